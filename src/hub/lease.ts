import type { Ms } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { acquireLease, releaseLease, renewLease } from '../db/server-leases.ts'
import type { Server } from '../db/servers.ts'
import type { Clock } from '../lib/clock.ts'

/** A lease outlives a hub that has died by at most this time, milliseconds. */
export const leaseMs: Ms = 10_000

/** How often a lease is prolonged, milliseconds. */
const renewMs: Ms = leaseMs / 3

/** Runs work on a server that nobody else may touch meanwhile. */
export type Leases = {
  /**
   * Null when somebody else holds the lease. The work's signal aborts when `signal` does or when the lease could not be renewed:
   * then another hub may go on with the server, and the work must not write any more.
   */
  hold<T>(serverId: number, signal: AbortSignal, work: (server: Server, signal: AbortSignal) => Promise<T>): Promise<T | null>
}

/** Leases in the name of `owner`, which names this process among all hubs. */
export function createLeases(deps: { readonly database: Database; readonly clock: Clock; readonly owner: string }): Leases {
  const { database, clock, owner } = deps
  const { db } = database

  /** A database that does not answer may have kept the lease: until it has run out, nobody else can have taken it. */
  const keep = async (id: number, lost: AbortController, signal: AbortSignal): Promise<void> => {
    let safeUntil = clock.monotonic() + leaseMs - renewMs
    while (!signal.aborted) {
      await clock.sleep(renewMs, signal).catch(() => {})
      if (signal.aborted) return
      const [began, until] = [clock.monotonic(), clock.now() + leaseMs]
      const kept = await renewLease(db, { id, owner, until }).catch(() => null)
      if (kept === true) safeUntil = began + leaseMs - renewMs
      if (kept === false || clock.monotonic() >= safeUntil) return lost.abort(new Error('the lease was lost'))
    }
  }

  const hold: Leases['hold'] = async (id, signal, work) => {
    const now = clock.now()
    const server = await acquireLease(db, { id, owner, now, until: now + leaseMs })
    if (server === null) return null
    const [lost, done] = [new AbortController(), new AbortController()]
    const keeping = keep(id, lost, AbortSignal.any([signal, done.signal]))
    try {
      return await work(server, AbortSignal.any([signal, lost.signal]))
    } finally {
      done.abort()
      await keeping
      await releaseLease(db, id, owner)
    }
  }

  return { hold }
}
