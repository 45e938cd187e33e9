import { versions } from './contestants.ts'
import type { Measurement } from './load.ts'

type Conditions = {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  readonly cpu: string
  readonly bodyBytes: number
  readonly upstream: string
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Prints medians and ratios as a table, then everything as one line of JSON. */
export function printTable(results: ReadonlyMap<string, readonly Measurement[]>, conditions: Conditions): void {
  const rows = [...results].map(([name, rounds]) => {
    const of = (key: keyof Measurement): number => median(rounds.map((round) => round[key]))
    const rates = rounds.map(({ requestsPerSecond }) => requestsPerSecond)
    return {
      name,
      rate: of('requestsPerSecond'),
      low: Math.min(...rates),
      high: Math.max(...rates),
      p50: of('p50Ms'),
      p99: of('p99Ms'),
      memory: of('memoryMb'),
      cpu: of('cpuMicroseconds'),
    }
  })
  const chp = rows.find(({ name }) => name === 'chp')?.rate
  const nginx = rows.find(({ name }) => name === 'nginx')?.rate
  const ratio = (rate: number, base: number | undefined): string => (base === undefined ? '' : (rate / base).toFixed(2))
  const head = ['proxy', 'requests/s', 'lowest', 'highest', '× chp', '× nginx', 'p50 ms', 'p99 ms', 'cpu µs/req', 'rss MB']
  const cells = rows.map(({ name, rate, low, high, p50, p99, memory, cpu }) => [
    name,
    String(Math.round(rate)),
    String(Math.round(low)),
    String(Math.round(high)),
    ratio(rate, chp),
    ratio(rate, nginx),
    p50.toFixed(2),
    p99.toFixed(2),
    cpu.toFixed(1),
    String(memory),
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')
  process.stdout.write(`${[line(head), ...cells.map(line)].join('\n')}\n\n`)
  process.stdout.write(`${JSON.stringify({ conditions, versions: versions(), medians: rows, rounds: Object.fromEntries(results) })}\n`)
}
