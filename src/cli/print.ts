import type { Host } from '../boot/host.ts'
import type { ExitCode } from './command.ts'

/** Prints a value as JSON. */
export function printJson(host: Host, value: unknown): ExitCode {
  host.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  return 0
}

/** Prints one line. */
export function printLine(host: Host, line: string): ExitCode {
  host.stdout.write(`${line}\n`)
  return 0
}

/** Prints rows below their heads, in columns. */
export function printTable(host: Host, heads: readonly string[], rows: readonly (readonly string[])[]): ExitCode {
  const all = [heads.map((head) => head.toUpperCase()), ...rows]
  const widths = heads.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return printLine(host, lines.join('\n'))
}
