import type { ProcessRow } from '../../lib/process-stat.ts'
import type { Claim } from './claim.ts'
import { markOf, readFacts } from './facts.ts'
import type { ProcessHandle } from './handle.ts'
import { environmentOf, listProcesses, treeOf } from './processes.ts'

/** The server, its kernels, its terminals and what runs in them: the session of the leader and everything that descends from it. */
export async function membersOf(claim: Claim & { kind: 'held' }): Promise<ProcessRow[]> {
  return treeOf(await listProcesses(), claim.leader.pid)
}

/**
 * What is left of a run whose leader is gone. Kernels have sessions of their own and become children of somebody else, but they still carry the
 * server's address and token in their environment. What was started with an emptied environment is not found.
 */
export async function leftoversOf(handle: ProcessHandle, claim: Claim & { kind: 'held' }): Promise<ProcessRow[]> {
  const marks = (await readFacts(handle))?.marks ?? []
  if (marks.length === 0) return []
  const rows = await listProcesses()
  return rows.filter((row) => {
    if (Number(row.startTime) < Number(claim.leader.startTime)) return false
    const mark = markOf(environmentOf(row.pid) ?? new Map())
    return mark !== null && marks.some((known) => known.serviceUrl === mark.serviceUrl && known.tokenHash === mark.tokenHash)
  })
}
