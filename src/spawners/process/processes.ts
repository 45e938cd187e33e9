import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { bootId, readOrNull, readProcess } from '../../lib/process-stat.ts'
import type { ProcessRow } from '../../lib/process-stat.ts'

/** What tells a process from every other that has or had its number: the start time is in clock ticks since boot, or text of `ps`. */
export type Identity = { readonly pid: number; readonly startTime: string; readonly boot: string }

const hasProc = existsSync('/proc/self/stat')

/** True while the very process of the identity lives; a zombie, and another process with its number, do not count. */
export function isAlive(identity: Identity): boolean {
  if (identity.boot !== bootId()) return false
  if (!hasProc) return startTimeByPs(identity.pid) === identity.startTime
  const row = readProcess(identity.pid)
  return row !== null && !row.dead && row.startTime === identity.startTime
}

/** All processes of the machine that this one may see. Lets other work go on in between. Empty where there is no `/proc`. */
export async function listProcesses(): Promise<ProcessRow[]> {
  if (!hasProc) return []
  const rows: ProcessRow[] = []
  for (const [index, name] of readdirSync('/proc').entries()) {
    if (index % 200 === 199) await breathe()
    const row = /^\d+$/.test(name) ? readProcess(Number(name)) : null
    if (row !== null && !row.dead) rows.push(row)
  }
  return rows
}

/** Of the given rows those that belong to the session of `leader` or descend from it, itself included. */
export function treeOf(rows: readonly ProcessRow[], leader: number): ProcessRow[] {
  const children = Map.groupBy(rows, (row) => row.parent)
  const found = new Map(rows.filter((row) => row.pid === leader || row.session === leader).map((row) => [row.pid, row]))
  // A Map visits what is added while it is walked.
  for (const [pid] of found) for (const child of children.get(pid) ?? []) found.set(child.pid, child)
  return [...found.values()]
}

/** Value of a variable in the environment that a process was started with; null when it has none or may not be read. */
export function environmentOf(pid: number): ReadonlyMap<string, string> | null {
  const text = readOrNull(`/proc/${pid}/environ`)
  if (text === null) return null
  return new Map(text.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
}

/** Sends a signal; a process (or, with a negative number, a group) that is already gone is no error. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function startTimeByPs(pid: number): string | null {
  try {
    const [state = '', ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', `${pid}`], { encoding: 'utf8', stdio: 'pipe' })
      .trim()
      .split(/\s+/)
    return state.startsWith('Z') ? null : start.join('_')
  } catch {
    return null
  }
}
