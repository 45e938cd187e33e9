import type { Selectable } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import { changedRows, readObject } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** A group of accounts. */
export type Group = {
  readonly id: number
  readonly name: string
  readonly properties: JsonObject
  /** Id of the authenticator that decides the members; null when people do. */
  readonly managedBy: string | null
}

const toGroup = (row: Selectable<Schema['groups']>): Group => ({
  id: row.id,
  name: row.name,
  properties: readObject(row.properties),
  managedBy: row.managed_by,
})

/** Makes a group; null when the name is taken. */
export async function createGroup(
  db: Db,
  name: string,
  properties: JsonObject = {},
  managedBy: string | null = null,
): Promise<Group | null> {
  const row = await db
    .insertInto('groups')
    .values({ name, properties: JSON.stringify(properties), managed_by: managedBy })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toGroup(row)
}

/** The group of that name, or null. */
export async function findGroup(db: Db, name: string): Promise<Group | null> {
  const row = await db.selectFrom('groups').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toGroup(row)
}

/** Groups by id; with `names` only those. */
export async function listGroups(
  db: Db,
  query: { readonly names?: readonly string[]; readonly offset?: number; readonly limit?: number } = {},
): Promise<readonly Group[]> {
  const { names, offset = 0, limit = 1_000_000 } = query
  if (names?.length === 0) return []
  const rows = await db
    .selectFrom('groups')
    .selectAll()
    .$if(names !== undefined, (select) => select.where('name', 'in', names ?? []))
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.map(toGroup)
}

/** Says who decides the members. Whoever is in it stays in. */
export async function setManagedBy(db: Db, id: number, managedBy: string | null): Promise<void> {
  await db.updateTable('groups').set({ managed_by: managedBy }).where('id', '=', id).execute()
}

/** Takes everybody out of a group. */
export async function clearMembers(db: Db, groupId: number): Promise<void> {
  await db.deleteFrom('group_members').where('group_id', '=', groupId).execute()
}

/** Groups of an account whose members this authenticator decides. */
export async function managedGroupsOfUser(db: Db, userId: number, managedBy: string): Promise<readonly Group[]> {
  const mine = db.selectFrom('group_members').select('group_members.group_id').where('group_members.user_id', '=', userId)
  const rows = await db.selectFrom('groups').selectAll().where('managed_by', '=', managedBy).where('id', 'in', mine).orderBy('id').execute()
  return rows.map(toGroup)
}

/** Removes a group. False when there was none. */
export async function deleteGroup(db: Db, id: number): Promise<boolean> {
  return changedRows(await db.deleteFrom('groups').where('id', '=', id).executeTakeFirst()) > 0
}

/** Replaces the properties of a group. */
export async function setGroupProperties(db: Db, id: number, properties: JsonObject): Promise<void> {
  await db
    .updateTable('groups')
    .set({ properties: JSON.stringify(properties) })
    .where('id', '=', id)
    .execute()
}

/** Names of the members, sorted. */
export async function membersOfGroup(db: Db, groupId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('users', 'users.id', 'group_members.user_id')
    .select('users.name')
    .where('group_members.group_id', '=', groupId)
    .orderBy('users.name')
    .execute()
  return rows.map((row) => row.name)
}

/** Puts an account into a group; being in it already is fine. */
export async function addMember(db: Db, groupId: number, userId: number): Promise<void> {
  await db
    .insertInto('group_members')
    .values({ group_id: groupId, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Takes an account out of a group; not being in it is fine. */
export async function removeMember(db: Db, groupId: number, userId: number): Promise<void> {
  await db.deleteFrom('group_members').where('group_id', '=', groupId).where('user_id', '=', userId).execute()
}

/** Group names of many accounts at once: user id → sorted group names. Accounts without groups are left out. */
export async function groupsOfUsers(db: Db, userIds: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  if (userIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .select(['group_members.user_id', 'groups.name'])
    .where('group_members.user_id', 'in', userIds)
    .orderBy('groups.name')
    .execute()
  const byUser = Map.groupBy(rows, (row) => row.user_id)
  return new Map([...byUser].map(([userId, found]) => [userId, found.map((row) => row.name)]))
}

/** Group names of the users of these names: user name → sorted group names. Names without an account or a group are left out. */
export async function groupsByUserName(db: Db, userNames: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (userNames.length === 0) return new Map()
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .innerJoin('users', 'users.id', 'group_members.user_id')
    .select(['users.name as user_name', 'groups.name as group_name'])
    .where('users.name', 'in', userNames)
    .orderBy('groups.name')
    .execute()
  const byUser = Map.groupBy(rows, (row) => row.user_name)
  return new Map([...byUser].map(([user, found]) => [user, found.map((row) => row.group_name)]))
}
