import type { Selectable, Updateable } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Desired, Handle, ServerState, ServerStateKind, Trouble } from '../core/server-state.ts'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { changedRows, countRows, readJson, readJsonOrNull, readObject, toBit } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** A server of a user, running or not. `apiToken` is a sealed envelope; null while stopped. */
export type Server = {
  readonly id: number
  readonly userId: number
  /** Empty for the default server. */
  readonly name: string
  readonly displayName: string
  readonly state: ServerState
  readonly desired: Desired
  readonly removeWhenStopped: boolean
  readonly generation: number
  readonly handle: Handle
  readonly apiToken: string | null
  readonly userOptions: JsonObject
  /** Why the last step towards what is wanted did not work. */
  readonly trouble: Trouble | null
  readonly attemptId: string | null
  readonly startedAt: IsoTime | null
  readonly createdAt: IsoTime
  readonly lastActivityAt: IsoTime | null
  readonly leaseOwner: string | null
  readonly leaseUntil: IsoTime | null
}

/** What may be changed of a server. */
export type ServerPatch = Partial<Omit<Server, 'id' | 'userId' | 'name' | 'createdAt' | 'leaseOwner' | 'leaseUntil'>>

/** Which servers to list; several conditions must all hold. */
export type ServerQuery = {
  readonly userIds?: readonly number[]
  readonly kinds?: readonly ServerStateKind[]
  readonly offset?: number
  readonly limit?: number
}

/** The row of a server as the rest of the program sees it. */
export const toServer = (row: Selectable<Schema['servers']>): Server => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  displayName: row.display_name,
  state: readJson<ServerState>(row.state),
  desired: row.desired,
  removeWhenStopped: row.remove_when_stopped === 1,
  generation: row.generation,
  handle: readJsonOrNull(row.handle),
  apiToken: row.api_token,
  userOptions: readObject(row.user_options),
  trouble: readJsonOrNull<Trouble>(row.trouble),
  attemptId: row.attempt_id,
  startedAt: row.started_at,
  createdAt: row.created_at,
  lastActivityAt: row.last_activity_at,
  leaseOwner: row.lease_owner,
  leaseUntil: row.lease_until,
})

/** The columns that a patch sets. */
const serverColumns = (patch: ServerPatch): Updateable<Schema['servers']> => ({
  ...(patch.displayName === undefined ? {} : { display_name: patch.displayName }),
  ...(patch.state === undefined ? {} : { state: JSON.stringify(patch.state), state_kind: patch.state.kind }),
  ...(patch.desired === undefined ? {} : { desired: patch.desired }),
  ...(patch.removeWhenStopped === undefined ? {} : { remove_when_stopped: toBit(patch.removeWhenStopped) }),
  ...(patch.generation === undefined ? {} : { generation: patch.generation }),
  ...(patch.handle === undefined ? {} : { handle: patch.handle === null ? null : JSON.stringify(patch.handle) }),
  ...(patch.apiToken === undefined ? {} : { api_token: patch.apiToken }),
  ...(patch.userOptions === undefined ? {} : { user_options: JSON.stringify(patch.userOptions) }),
  ...(patch.trouble === undefined ? {} : { trouble: patch.trouble === null ? null : JSON.stringify(patch.trouble) }),
  ...(patch.attemptId === undefined ? {} : { attempt_id: patch.attemptId }),
  ...(patch.startedAt === undefined ? {} : { started_at: patch.startedAt }),
  ...(patch.lastActivityAt === undefined ? {} : { last_activity_at: patch.lastActivityAt }),
})

/** The server of that user and name (empty: the default one), or null when it was never made. */
export async function findServer(db: Db, userId: number, name: string): Promise<Server | null> {
  const row = await db.selectFrom('servers').selectAll().where('user_id', '=', userId).where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toServer(row)
}

/** The server with that id, or null. */
export async function findServerById(db: Db, id: number): Promise<Server | null> {
  const row = await db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toServer(row)
}

/** All servers of a user, the default one first, then by name. */
export async function serversOfUser(db: Db, userId: number): Promise<readonly Server[]> {
  const rows = await db.selectFrom('servers').selectAll().where('user_id', '=', userId).orderBy('name').execute()
  return rows.map(toServer)
}

/** Servers by id. An empty `userIds` or `kinds` finds nothing. */
export async function listServers(db: Db, query: ServerQuery = {}): Promise<readonly Server[]> {
  const { userIds, kinds, offset = 0, limit = 1_000_000 } = query
  if (userIds?.length === 0 || kinds?.length === 0) return []
  const rows = await db
    .selectFrom('servers')
    .selectAll()
    .$if(userIds !== undefined, (select) => select.where('user_id', 'in', userIds ?? []))
    .$if(kinds !== undefined, (select) => select.where('state_kind', 'in', kinds ?? []))
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.map(toServer)
}

/** The row of that server, made (stopped) when it is missing. */
export async function upsertServer(
  db: Db,
  server: { readonly userId: number; readonly name: string; readonly displayName?: string; readonly now: Ms },
): Promise<Server> {
  const stopped: ServerState = { kind: 'stopped' }
  const row = await db
    .insertInto('servers')
    .values({
      user_id: server.userId,
      name: server.name,
      display_name: server.displayName ?? server.name,
      state: JSON.stringify(stopped),
      state_kind: stopped.kind,
      desired: 'stopped',
      remove_when_stopped: 0,
      generation: 0,
      user_options: '{}',
      created_at: toIso(server.now),
    })
    // Setting a column to itself makes RETURNING give the row that was there.
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doUpdateSet((column) => ({ name: column.ref('excluded.name') })))
    .returningAll()
    .executeTakeFirstOrThrow()
  return toServer(row)
}

/**
 * Writes what is wanted of a server, with the state that follows from it. With `ifGeneration` only when the server still has that generation,
 * and with `ifKind` only in that state: two requests at once cannot both win. Null when the row is gone or has moved on.
 */
export async function writeIntent(
  db: Db,
  id: number,
  intent: ServerPatch & { readonly desired: Desired },
  condition: { readonly ifGeneration?: number; readonly ifKind?: ServerStateKind } = {},
): Promise<Server | null> {
  const { ifGeneration, ifKind } = condition
  const row = await db
    .updateTable('servers')
    .set(serverColumns(intent))
    .where('id', '=', id)
    .$if(ifGeneration !== undefined, (update) => update.where('generation', '=', ifGeneration ?? 0))
    .$if(ifKind !== undefined, (update) => update.where('state_kind', '=', ifKind ?? 'stopped'))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toServer(row)
}

/** Changes a server for whoever holds its lease. False: the lease is lost (or the row is gone) and nothing was changed. */
export async function updateServerUnderLease(db: Db, id: number, owner: string, patch: ServerPatch): Promise<boolean> {
  const columns = serverColumns(patch)
  // An empty patch still answers whether the lease is held.
  const set = Object.keys(columns).length === 0 ? { lease_owner: owner } : columns
  const result = await db.updateTable('servers').set(set).where('id', '=', id).where('lease_owner', '=', owner).executeTakeFirst()
  return changedRows(result) > 0
}

/** Notes why the last step did not work, or (null) that it did; whoever holds the lease. */
export async function noteTrouble(db: Db, id: number, trouble: Trouble | null): Promise<void> {
  await db.updateTable('servers').set(serverColumns({ trouble })).where('id', '=', id).execute()
}

/** Takes the row of a server that does not run away, with its attempts, events, tokens and OAuth client. False when there is none. */
export async function removeServer(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('servers').where('id', '=', id).where('state_kind', 'in', ['stopped', 'failed']).executeTakeFirst()
  return changedRows(result) > 0
}

/** Notes activity; an older time than the noted one changes nothing. */
export async function touchServer(db: Db, id: number, at: Ms): Promise<void> {
  const time = toIso(at)
  await db
    .updateTable('servers')
    .set({ last_activity_at: time })
    .where('id', '=', id)
    .where((when) => when.or([when('last_activity_at', 'is', null), when('last_activity_at', '<', time)]))
    .execute()
}

/** How many servers are in one of these states. */
export async function countServers(db: Db, kinds: readonly ServerStateKind[]): Promise<number> {
  if (kinds.length === 0) return 0
  const row = await db.selectFrom('servers').select(countRows().as('total')).where('state_kind', 'in', kinds).executeTakeFirstOrThrow()
  return row.total
}
