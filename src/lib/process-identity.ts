import { hostname } from 'node:os'
import { bootId, readProcess } from './process-stat.ts'

/** What tells one process from every other one that ever had or will have its number: machine, boot, pid and start time. */
export type ProcessIdentity = { readonly host: string; readonly boot: string; readonly pid: number; readonly startTime: string }

/** Start time of a process in clock ticks since boot (`/proc/PID/stat`, field 22; proc(5)), or null when there is no such process. */
export function startTimeOf(pid: number): string | null {
  const row = readProcess(pid)
  return row === null || row.dead || row.startTime === '' ? null : row.startTime
}

/** The identity of this process. On systems without `/proc` boot is `-` and the start time empty. */
export function ownIdentity(): ProcessIdentity {
  return { host: hostname(), boot: bootId(), pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
}

/** One line that names a process: `host/boot/pid/start`. */
export const formatIdentity = (identity: ProcessIdentity): string =>
  [identity.host, identity.boot, identity.pid, identity.startTime].map((part) => encodeURIComponent(part)).join('/')

/**
 * True when the named process is certainly gone: it ran on this machine and nobody with its pid and start time is alive.
 * False when it lives, or when it ran elsewhere, so that nothing can be known.
 */
export function isCertainlyGone(line: string): boolean {
  const [host, boot, pid, startTime] = line.split('/').map((part) => decodeURIComponent(part))
  if (host !== hostname() || pid === undefined || startTime === undefined || startTime === '') return false
  if (boot !== bootId()) return true
  return startTimeOf(Number(pid)) !== startTime
}
