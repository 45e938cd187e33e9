import { readFileSync } from 'node:fs'

/** One row of the process table. */
export type ProcessRow = {
  readonly pid: number
  readonly parent: number
  readonly session: number
  /** Clock ticks since boot. */
  readonly startTime: string
  /** True for a process that has ended and was not reaped. */
  readonly dead: boolean
  readonly residentPages: number
  /** Processor time of the process and of its children that have ended, clock ticks. */
  readonly cpuTicks: number
}

/** Reads a file that may go away at any time. */
export function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

/** Identifier of this boot of the machine; `-` where the system has none. */
export const bootId = (): string => readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? '-'

/** One process by its number, from `/proc/PID/stat`; null when there is none. The name in parentheses may hold anything: proc(5). */
export function readProcess(pid: number): ProcessRow | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = 'X', parent, , session] = fields
  return {
    pid,
    parent: Number(parent),
    session: Number(session),
    startTime: fields[19] ?? '',
    dead: state === 'Z' || state === 'X',
    residentPages: Number(fields[21] ?? 0),
    // utime, stime, cutime, cstime: fields 14 to 17.
    cpuTicks: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0),
  }
}
