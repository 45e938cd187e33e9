import type { FileResult } from './run-test-file.ts'
import type { TestRow } from './test-row.ts'

/** Everything that has ended so far. */
export type Tally = {
  passed: number
  failed: number
  skipped: number
  readonly failures: string[]
  readonly skips: string[]
  /** What failed in files whose second run passed. */
  readonly unsteady: string[]
}

export const newTally = (): Tally => ({ passed: 0, failed: 0, skipped: 0, failures: [], skips: [], unsteady: [] })

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '    ')

/** Adds the result of a test file. With `strict` (continuous integration) a skipped test counts as failed. Returns the line to show for the file. */
export function addFile(tally: Tally, result: FileResult, strict: boolean): string {
  const of = (kind: string) => result.rows.filter((row) => row.kind === kind)
  const bad = [...of('failed'), ...(strict ? of('skipped').map((row) => ({ ...row, text: `skipped: ${row.text}` })) : [])]
  tally.passed += of('passed').length
  tally.failed += bad.length
  if (!strict) {
    tally.skipped += of('skipped').length
    tally.skips.push(...of('skipped').map((row) => `${result.file}: ${row.name}: ${row.text}`))
  }
  if (bad.length > 0) tally.failures.push(troubleOf(result, bad))
  const parts = [`${of('passed').length} passed`, count(bad.length, 'failed'), strict ? '' : count(of('skipped').length, 'skipped')]
  const notes = of('note').map((row) => `\n         ${row.text}`)
  return lineOf(bad.length === 0, result.file, parts.filter(Boolean).join(', '), result.seconds) + notes.join('')
}

/** Keeps what failed in a file that is run once more. Returns the line to show for the file. */
export function addUnsteady(tally: Tally, result: FileResult): string {
  const bad = result.rows.filter((row) => row.kind === 'failed')
  tally.unsteady.push(troubleOf(result, bad))
  return lineOf(false, result.file, `${bad.length} failed, once more`, result.seconds)
}

function troubleOf(result: FileResult, bad: readonly TestRow[]): string {
  const tail = result.output.trim() === '' ? [] : [`  output of ${result.file}:`, indent(lastLines(result.output, 60))]
  return [...bad.map((row) => `✗ ${result.file}: ${row.name}\n${indent(row.text)}`), ...tail].join('\n')
}

const count = (many: number, word: string): string => (many === 0 ? '' : `${many} ${word}`)

/** One line of the running report. */
export function lineOf(ok: boolean, name: string, text: string, seconds: number): string {
  return `${ok ? '  ok  ' : ' FAIL '} ${name.padEnd(48)} ${text.padEnd(22)} ${seconds.toFixed(1)} s`
}

/** The last line of every run; programs read it. */
export function lastLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`
}

const lastLines = (text: string, most: number): string => text.trimEnd().split('\n').slice(-most).join('\n')
