/** One start: how long it took until the server answered, milliseconds; null when it failed. */
export type Start = { readonly contestant: string; readonly atOnce: number; readonly isFirst: boolean; readonly ms: number | null }

/** The value below which the share of the others lies (nearest rank); NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * values.length))
  return values.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN
}

/** What the starts of one contestant come to, beside those of the first one. Milliseconds. */
function summaryOf(name: string, starts: readonly Start[], base: number) {
  const times = starts.flatMap(({ ms }) => (ms === null ? [] : [ms]))
  const median = quantile(times, 0.5)
  return {
    contestant: name,
    starts: starts.length,
    failed: starts.length - times.length,
    median,
    p90: quantile(times, 0.9),
    p99: quantile(times, 0.99),
    added: median - base,
    ratio: median / base,
  }
}

/** Prints a table for every kind of start, then everything as one line of JSON. The first of the names is what the others are compared with. */
export function printReport(names: readonly string[], starts: readonly Start[], conditions: Readonly<Record<string, unknown>>): void {
  const widths = [...new Set(starts.map(({ atOnce }) => atOnce))]
  const sections = widths.flatMap((atOnce) => {
    const some = starts.filter((start) => start.atOnce === atOnce)
    return [
      { title: `${atOnce} at a time`, starts: some },
      { title: `${atOnce} at a time, a new home each`, starts: some.filter(({ isFirst }) => isFirst) },
      { title: `${atOnce} at a time, the home was there`, starts: some.filter(({ isFirst }) => !isFirst) },
    ].filter((section) => section.starts.length > 0)
  })
  const results = sections.map((section) => {
    const of = (name: string): readonly Start[] => section.starts.filter(({ contestant }) => contestant === name)
    const base = summaryOf('', of(names[0] ?? ''), 0).median
    return { title: section.title, rows: names.map((name) => summaryOf(name, of(name), base)) }
  })
  for (const { title, rows } of results) {
    const head = [title.padEnd(36), ...['starts', 'failed', 'median', 'p90', 'p99', 'added', 'ratio'].map((word) => word.padStart(8))]
    process.stdout.write(`${head.join('')}\n`)
    for (const { contestant, ratio, ...numbers } of rows) {
      const { starts: count, failed, median, p90, p99, added } = numbers
      const cells = [...[count, failed, median, p90, p99, added].map((number) => String(Math.round(number))), ratio.toFixed(2)]
      process.stdout.write(`  ${contestant.padEnd(34)}${cells.map((cell) => cell.padStart(8)).join('')}\n`)
    }
    process.stdout.write('\n')
  }
  process.stdout.write(`${JSON.stringify({ conditions, results, starts })}\n`)
}
