import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { toIso, type IsoTime } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import { readOrNull, type ProcessRow } from '../../lib/process-stat.ts'
import { textOrNull, type Claim } from './claim.ts'
import { filesOf, type ProcessHandle } from './handle.ts'
import { membersOf } from './members.ts'
import type { ProcessTable } from './process-table.ts'
import { isAlive, sendSignal, treeOf } from './processes.ts'

/** Linux on every machine that Node.js supports; larger pages only make the estimate too small, and the exact count decides. */
export const pageBytes = 4096

/**
 * Ends a run that uses more memory than `limitBytes`, and leaves a mark that says so. There is no hard wall: the hub measures when it looks,
 * so that a server may exceed its limit for a few seconds. Shared pages count once: the sum of the resident sets is only the reason to count exactly.
 */
export type MemoryWatch = (handle: ProcessHandle, claim: Claim & { kind: 'held' }, limitBytes: number) => Promise<void>

/** A watch over all servers of a spawner. */
export function createMemoryWatch(clock: Clock, table: ProcessTable): MemoryWatch {
  return async (handle, claim, limitBytes) => {
    const members = treeOf(await table(), claim.leader.pid)
    if (sum(members, (row) => row.residentPages * pageBytes) > limitBytes) await endIfAbove(handle, claim, { limitBytes, clock })
  }
}

type Wall = { readonly limitBytes: number; readonly clock: Clock }

async function endIfAbove(handle: ProcessHandle, claim: Claim & { kind: 'held' }, { limitBytes, clock }: Wall): Promise<void> {
  const members = await membersOf(claim)
  const usedBytes = sum(members, proportionalBytes)
  if (usedBytes <= limitBytes || !isAlive(claim.leader)) return
  const end: WatchedEnd = { usedBytes, at: toIso(clock.now()) }
  await writeFile(filesOf(handle).memory, JSON.stringify(end), { mode: 0o600 })
  sendSignal(-claim.leader.pid, 'SIGKILL')
  for (const row of members) if (isAlive({ ...row, boot: claim.leader.boot })) sendSignal(row.pid, 'SIGKILL')
}

const watchedEnd = z.object({ usedBytes: z.number(), at: z.string() })

/** What the watch measured when it ended a run. */
export type WatchedEnd = { readonly usedBytes: number; readonly at: IsoTime }

/** The note of the watch; null when it has not ended the run. */
export async function readMemoryEnd(handle: ProcessHandle): Promise<WatchedEnd | null> {
  try {
    return watchedEnd.parse(JSON.parse((await textOrNull(filesOf(handle).memory)) ?? 'null'))
  } catch {
    return null
  }
}

/** A process's part of the memory: its own pages, and its share of those it has in common with others. */
function proportionalBytes(row: ProcessRow): number {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(readOrNull(`/proc/${row.pid}/smaps_rollup`) ?? '')?.[1]
  return kib === undefined ? row.residentPages * pageBytes : Number(kib) * 1024
}

const sum = (rows: readonly ProcessRow[], bytes: (row: ProcessRow) => number): number => rows.reduce((total, row) => total + bytes(row), 0)
