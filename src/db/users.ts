import { sql } from 'kysely'
import type { Insertable, Selectable } from 'kysely'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { beginningWith, changedRows, containing, countRows, toBit } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** `active` may sign in; `pending` waits for approval; `blocked` may not. */
export type UserStatus = 'active' | 'pending' | 'blocked'

/** An account. `authState` is a sealed envelope. */
export type User = {
  readonly id: number
  readonly name: string
  /** Name under which the account's files are kept: never changes, never given to anybody else. */
  readonly homeName: string
  readonly admin: boolean
  readonly status: UserStatus
  readonly createdAt: IsoTime
  readonly lastActivityAt: IsoTime | null
  readonly authState: string | null
}

/** What may be changed of an account. */
export type UserPatch = {
  readonly name?: string
  readonly homeName?: string
  readonly admin?: boolean
  readonly status?: UserStatus
  readonly lastActivityAt?: IsoTime
  readonly authState?: string | null
}

/** Which accounts to list. `names` and `groupNames` together are a union; both missing: everybody. */
export type UserQuery = {
  readonly names?: readonly string[]
  readonly groupNames?: readonly string[]
  /** Any part of the name. */
  readonly nameFilter?: string
  readonly status?: UserStatus
  /** `active`: a server that is not stopped; `ready`: one that runs; `inactive`: neither. */
  readonly state?: 'active' | 'ready' | 'inactive'
  readonly sort?: keyof typeof sorts
  readonly offset?: number
  readonly limit?: number
}

const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase()

const toUser = (row: Selectable<Schema['users']>): User => ({
  id: row.id,
  name: row.name,
  homeName: row.home_name,
  admin: row.admin === 1,
  status: row.status,
  createdAt: row.created_at,
  lastActivityAt: row.last_activity_at,
  authState: row.auth_state,
})

/** The user's name, with a number when there are files of that name still: of somebody who was renamed, or is gone. A `/` is part of no user name. */
async function freeHomeName(db: Db, name: string): Promise<string> {
  const alike = sql<boolean>`(home_name = ${name} or home_name like ${beginningWith(`${name}/`)} escape '\\')`
  const held = await db.selectFrom('users').select('home_name').where(alike).execute()
  const left = await db.selectFrom('left_files').select('home_name').where('state', '!=', 'done').where(alike).execute()
  const rows = [...held, ...left]
  const taken = new Set(rows.map((row) => row.home_name))
  if (!taken.has(name)) return name
  const numbered = rows.map((_, index) => `${name}/${index + 2}`)
  return numbered.find((candidate) => !taken.has(candidate)) ?? name
}

/** Makes an account; null when the name, or one that looks the same, is taken. */
export async function createUser(
  db: Db,
  user: { readonly name: string; readonly admin?: boolean; readonly status?: UserStatus; readonly now: Ms },
): Promise<User | null> {
  const values: Insertable<Schema['users']> = {
    name: user.name,
    name_key: nameKey(user.name),
    home_name: await freeHomeName(db, user.name),
    admin: toBit(user.admin ?? false),
    status: user.status ?? 'active',
    created_at: toIso(user.now),
    last_activity_at: null,
    auth_state: null,
  }
  const row = await db
    .insertInto('users')
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

/** The account of that exact (normalised) name, or null. */
export async function findUser(db: Db, name: string): Promise<User | null> {
  const row = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

/** The account with that id, or null. */
export async function findUserById(db: Db, id: number): Promise<User | null> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

/** True when the name, or one that looks the same, belongs to an account other than `exceptId`. */
export async function isNameTaken(db: Db, name: string, exceptId = 0): Promise<boolean> {
  const row = await db.selectFrom('users').select('id').where('name_key', '=', nameKey(name)).where('id', '!=', exceptId).executeTakeFirst()
  return row !== undefined
}

const activeServers = (db: Db, kinds: readonly ('starting' | 'running' | 'stopping')[]) =>
  db.selectFrom('servers').select('servers.user_id').where('servers.state_kind', 'in', kinds)

const membersOf = (db: Db, groupNames: readonly string[]) =>
  db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .select('group_members.user_id')
    .where('groups.name', 'in', groupNames)

function selectUsers(db: Db, query: UserQuery) {
  const { names, groupNames, nameFilter, status, state } = query
  const running = ['running'] as const
  const active = ['starting', 'running', 'stopping'] as const
  return db
    .selectFrom('users')
    .$if(names !== undefined || groupNames !== undefined, (select) =>
      select.where((when) =>
        when.or([
          ...(names === undefined || names.length === 0 ? [] : [when('users.name', 'in', names)]),
          ...(groupNames === undefined || groupNames.length === 0 ? [] : [when('users.id', 'in', membersOf(db, groupNames))]),
        ]),
      ),
    )
    .$if(nameFilter !== undefined, (select) =>
      select.where(sql<boolean>`users.name like ${containing((nameFilter ?? '').toLowerCase())} escape '\\'`),
    )
    .$if(status !== undefined, (select) => select.where('users.status', '=', status ?? 'active'))
    .$if(state === 'active', (select) => select.where('users.id', 'in', activeServers(db, active)))
    .$if(state === 'ready', (select) => select.where('users.id', 'in', activeServers(db, running)))
    .$if(state === 'inactive', (select) => select.where('users.id', 'not in', activeServers(db, active)))
}

const sorts = {
  id: { column: 'users.id', descending: false },
  '-id': { column: 'users.id', descending: true },
  name: { column: 'users.name', descending: false },
  '-name': { column: 'users.name', descending: true },
  last_activity: { column: 'users.last_activity_at', descending: false },
  '-last_activity': { column: 'users.last_activity_at', descending: true },
} as const

/** One page of accounts in the order asked for (missing activity counts as oldest), and how many there are in all. */
export async function listUsers(db: Db, query: UserQuery = {}): Promise<{ readonly items: readonly User[]; readonly total: number }> {
  const { sort = 'id', offset = 0, limit } = query
  const { column, descending } = sorts[sort]
  const rows = await selectUsers(db, query)
    .selectAll('users')
    .orderBy(column, (order) => (descending ? order.desc().nullsLast() : order.asc().nullsFirst()))
    .orderBy('users.id')
    .limit(limit ?? 1_000_000)
    .offset(offset)
    .execute()
  const counted = await selectUsers(db, query).select(countRows().as('total')).executeTakeFirstOrThrow()
  return { items: rows.map(toUser), total: counted.total }
}

/** How many accounts there are, or how many administrators that may sign in. */
export async function countUsers(db: Db, only?: 'active_admins'): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select(countRows().as('total'))
    .$if(only === 'active_admins', (select) => select.where('admin', '=', 1).where('status', '=', 'active'))
    .executeTakeFirstOrThrow()
  return row.total
}

/** Changes the given fields; null when there is no such account. Check `isNameTaken` before a new name. */
export async function updateUser(db: Db, id: number, patch: UserPatch): Promise<User | null> {
  const values = {
    ...(patch.name === undefined ? {} : { name: patch.name, name_key: nameKey(patch.name) }),
    ...(patch.homeName === undefined ? {} : { home_name: patch.homeName }),
    ...(patch.admin === undefined ? {} : { admin: toBit(patch.admin) }),
    ...(patch.status === undefined ? {} : { status: patch.status }),
    ...(patch.lastActivityAt === undefined ? {} : { last_activity_at: patch.lastActivityAt }),
    ...(patch.authState === undefined ? {} : { auth_state: patch.authState }),
  }
  if (Object.keys(values).length === 0) return findUserById(db, id)
  const row = await db.updateTable('users').set(values).where('id', '=', id).returningAll().executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

/**
 * Lets one transaction at a time decide about what belongs to an account: it is locked until the end of this one. Call it first.
 * False when the account is gone.
 */
export async function lockUser(tx: Db, id: number): Promise<boolean> {
  const result = await tx.updateTable('users').set({ id }).where('id', '=', id).executeTakeFirst()
  return changedRows(result) > 0
}

/** Removes the account with everything that belongs to it. False when there was none. */
export async function deleteUser(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('users').where('id', '=', id).executeTakeFirst()
  return changedRows(result) > 0
}

/** Notes activity, forward only, and only when the noted time is older than `at - resolutionMs`. */
export async function touchUser(db: Db, id: number, at: Ms, resolutionMs: number): Promise<void> {
  const before = toIso(at - resolutionMs)
  await db
    .updateTable('users')
    .set({ last_activity_at: toIso(at) })
    .where('id', '=', id)
    .where((when) => when.or([when('last_activity_at', 'is', null), when('last_activity_at', '<', before)]))
    .execute()
}

/** Names of the groups of an account, sorted. */
export async function groupsOfUser(db: Db, userId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .select('groups.name')
    .where('group_members.user_id', '=', userId)
    .orderBy('groups.name')
    .execute()
  return rows.map((row) => row.name)
}

/** Names of these accounts by their ids. */
export async function namesOfUsers(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, row.name]))
}
