import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import { changedRows } from './columns.ts'
import type { Db } from './database.ts'
import { toServer } from './servers.ts'
import type { Server } from './servers.ts'

/** Takes the lease of a server that nobody holds at `now`; null when somebody does. One statement, so that of two hubs one wins. */
export async function acquireLease(
  db: Db,
  lease: { readonly id: number; readonly owner: string; readonly now: Ms; readonly until: Ms },
): Promise<Server | null> {
  const row = await db
    .updateTable('servers')
    .set({ lease_owner: lease.owner, lease_until: toIso(lease.until) })
    .where('id', '=', lease.id)
    .where((when) => when.or([when('lease_until', 'is', null), when('lease_until', '<', toIso(lease.now))]))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toServer(row)
}

/** Prolongs a lease. False when it was lost. */
export async function renewLease(db: Db, lease: { readonly id: number; readonly owner: string; readonly until: Ms }): Promise<boolean> {
  const set = { lease_until: toIso(lease.until) }
  const result = await db
    .updateTable('servers')
    .set(set)
    .where('id', '=', lease.id)
    .where('lease_owner', '=', lease.owner)
    .executeTakeFirst()
  return changedRows(result) > 0
}

/** Gives a lease back, if it is still held. */
export async function releaseLease(db: Db, id: number, owner: string): Promise<void> {
  await db
    .updateTable('servers')
    .set({ lease_owner: null, lease_until: null })
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .execute()
}

/** Gives back every lease of an owner that is known to be dead. Returns how many. */
export async function releaseLeasesOf(db: Db, owner: string): Promise<number> {
  const result = await db
    .updateTable('servers')
    .set({ lease_owner: null, lease_until: null })
    .where('lease_owner', '=', owner)
    .executeTakeFirst()
  return changedRows(result)
}

/** Everybody who holds a lease, sorted. */
export async function leaseOwners(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('servers')
    .select('lease_owner')
    .distinct()
    .where('lease_owner', 'is not', null)
    .orderBy('lease_owner')
    .execute()
  return rows.flatMap((row) => (row.lease_owner === null ? [] : [row.lease_owner]))
}

/**
 * Servers that the loop has to look at and nobody holds at `now`: those that start, stop or run, those that are not as wanted,
 * and those to be removed. By id, beginning after `afterId`.
 */
export async function dueServers(db: Db, now: Ms, limit: number, afterId = 0): Promise<readonly Server[]> {
  const rows = await db
    .selectFrom('servers')
    .selectAll()
    .where('id', '>', afterId)
    .where((when) => when.or([when('lease_until', 'is', null), when('lease_until', '<', toIso(now))]))
    .where((when) =>
      when.or([
        when('state_kind', 'in', ['starting', 'running', 'stopping']),
        when('desired', '=', 'running'),
        when('remove_when_stopped', '=', 1),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toServer)
}
