import type { Clock } from '../../lib/clock.ts'
import type { ProcessRow } from '../../lib/process-stat.ts'
import { listProcesses } from './processes.ts'

/** The processes of the machine, as of half a second ago at most. */
export type ProcessTable = () => Promise<readonly ProcessRow[]>

/** How long all servers share one look at the machine, milliseconds. */
const sharedMs = 500

/** One table for all servers of a spawner: looking costs the same for one as for all. */
export function createProcessTable(clock: Clock): ProcessTable {
  let table: Promise<readonly ProcessRow[]> = Promise.resolve([])
  let lookedAt = -Infinity
  return () => {
    if (clock.monotonic() - lookedAt > sharedMs) {
      lookedAt = clock.monotonic()
      table = listProcesses()
    }
    return table
  }
}
