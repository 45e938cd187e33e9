import { readFile } from 'node:fs/promises'
import type { Reading } from '../../core/usage.ts'
import type { Clock } from '../../lib/clock.ts'
import { readProcess, type ProcessRow } from '../../lib/process-stat.ts'
import { holderLives, readClaim } from './claim.ts'
import { readFacts } from './facts.ts'
import type { ProcessHandle } from './handle.ts'
import { pageBytes } from './memory.ts'
import type { ProcessTable } from './process-table.ts'
import { treeOf } from './processes.ts'

/** Clock ticks in a second, as programs see them on every Linux: proc(5), USER_HZ. */
const ticksPerSecond = 100

/** What a server and all that it started use. Null when it does not live, and where there is no `/proc`. Files are not counted: a home may be large. */
export async function readUsage(
  { clock, table }: { readonly clock: Clock; readonly table: ProcessTable },
  handle: ProcessHandle,
): Promise<Reading | null> {
  const claim = await readClaim(handle)
  if (claim.kind !== 'held' || !holderLives(claim)) return null
  // Which processes there are may be half a second old; what each of them has used is of this moment.
  const at = clock.now()
  const members = treeOf(await table(), claim.leader.pid).flatMap((row) => readProcess(row.pid) ?? [])
  if (members.length === 0) return null
  const bytes = await Promise.all(members.map(proportionalBytes))
  return {
    at,
    cpuSeconds: sum(members.map((row) => row.cpuTicks)) / ticksPerSecond,
    cpuLimit: null,
    memoryBytes: sum(bytes),
    memoryLimitBytes: (await readFacts(handle))?.memLimit ?? null,
    disk: null,
    memoryKillAt: null,
  }
}

/** As the watch counts it, but without holding up the hub: the kernel walks all pages of the process for this. */
async function proportionalBytes(row: ProcessRow): Promise<number> {
  const text = await readFile(`/proc/${row.pid}/smaps_rollup`, 'latin1').catch(() => '')
  const kib = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1]
  return kib === undefined ? row.residentPages * pageBytes : Number(kib) * 1024
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
