import type { Ms } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { acquireLease, releaseLease, renewLease } from '../db/server-leases.ts'
import type { Server } from '../db/servers.ts'
import type { Clock } from '../lib/clock.ts'

/** A lease outlives a hub that has died by at most this time, milliseconds. */
export const leaseMs: Ms = 10_000

/** How often a lease is prolonged, milliseconds. */
const renewMs: Ms = leaseMs / 3

/** Runs work on one row that nobody else may touch meanwhile. */
export type LeasesOf<Row> = {
  /**
   * Null when somebody else holds the lease. The work's signal aborts when `signal` does or when the lease could not be renewed:
   * then another hub may go on with the row, and the work must not write any more.
   */
  hold<T>(id: number, signal: AbortSignal, work: (row: Row, signal: AbortSignal) => Promise<T>): Promise<T | null>
}

/** The same for servers. */
export type Leases = LeasesOf<Server>

type Lease = { readonly id: number; readonly owner: string; readonly until: Ms }

/** How leases of one table are taken, prolonged and given back. */
export type LeaseVerbs<Row> = {
  acquire(lease: Lease & { readonly now: Ms }): Promise<Row | null>
  renew(lease: Lease): Promise<boolean>
  release(id: number, owner: string): Promise<void>
}

type LeaseDeps = { readonly clock: Clock; readonly owner: string }

/** Leases of servers in the name of `owner`, which names this process among all hubs. */
export function createLeases({ database: { db }, ...deps }: LeaseDeps & { readonly database: Database }): Leases {
  return leasesOn<Server>(deps, {
    acquire: (lease) => acquireLease(db, lease),
    renew: (lease) => renewLease(db, lease),
    release: (id, owner) => releaseLease(db, id, owner),
  })
}

/** Leases of the rows of any table. */
export function leasesOn<Row>({ clock, owner }: LeaseDeps, verbs: LeaseVerbs<Row>): LeasesOf<Row> {
  /** A database that does not answer may have kept the lease: until it has run out, nobody else can have taken it. */
  const keep = async (id: number, lost: AbortController, signal: AbortSignal): Promise<void> => {
    let safeUntil = clock.monotonic() + leaseMs - renewMs
    while (!signal.aborted) {
      await clock.sleep(renewMs, signal).catch(() => {})
      if (signal.aborted) return
      const [began, until] = [clock.monotonic(), clock.now() + leaseMs]
      const kept = await verbs.renew({ id, owner, until }).catch(() => null)
      if (kept === true) safeUntil = began + leaseMs - renewMs
      if (kept === false || clock.monotonic() >= safeUntil) return lost.abort(new Error('the lease was lost'))
    }
  }

  const hold: LeasesOf<Row>['hold'] = async (id, signal, work) => {
    const now = clock.now()
    const row = await verbs.acquire({ id, owner, now, until: now + leaseMs })
    if (row === null) return null
    const [lost, done] = [new AbortController(), new AbortController()]
    const keeping = keep(id, lost, AbortSignal.any([signal, done.signal]))
    try {
      return await work(row, AbortSignal.any([signal, lost.signal]))
    } finally {
      done.abort()
      await keeping
      await verbs.release(id, owner)
    }
  }

  return { hold }
}
