import { HubError } from '../core/errors.ts'
import { shownName } from '../core/names.ts'
import type { Ms } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { findServer, touchServer } from '../db/servers.ts'
import { touchUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'

/** Activity that somebody reports: of the person, of servers by name, or both. */
export type ReportedActivity = {
  readonly user: { readonly id: number; readonly name: string }
  readonly at: Ms | null
  readonly servers: ReadonlyMap<string, Ms>
}

/** Clocks of notebook machines may be ahead by this much, milliseconds. */
const futureToleranceMs = 59 * 60_000

/**
 * Notes reported activity, forward only: all of it, or nothing.
 * Errors: bad_request for an unknown server or a time in the future.
 */
export function createNoteActivity(deps: { readonly database: Database; readonly clock: Clock }) {
  return (report: ReportedActivity): Promise<void> =>
    deps.database.transaction(async (tx) => {
      const latest = deps.clock.now() + futureToleranceMs
      for (const at of [report.at ?? 0, ...report.servers.values()]) {
        if (at > latest) throw new HubError('bad_request', { reason: 'last_activity lies in the future' })
      }
      for (const [name, at] of report.servers) {
        const server = await findServer(tx, report.user.id, name)
        if (server === null)
          throw new HubError('bad_request', { reason: `No such server '${shownName(name)}' for user ${report.user.name}` })
        await touchServer(tx, server.id, at)
      }
      if (report.at !== null) await touchUser(tx, report.user.id, report.at, 0)
    })
}
