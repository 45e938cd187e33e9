import type { Selectable } from 'kysely'
import { changedRows, readTexts, toBit } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** A named list of scopes. `builtin`: one of `user`, `admin`, `server`, `token`. */
export type Role = {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
  readonly builtin: boolean
}

/** Who may hold a role. */
export type RoleHolder = { readonly userId: number } | { readonly groupId: number } | { readonly serviceId: number }

const toRole = (row: Selectable<Schema['roles']>): Role => ({
  id: row.id,
  name: row.name,
  description: row.description,
  scopes: readTexts(row.scopes),
  builtin: row.builtin === 1,
})

/** Keeps a role; one of the same name is replaced, its holders stay. */
export async function upsertRole(db: Db, role: Omit<Role, 'id'>): Promise<Role> {
  const set = { description: role.description, scopes: JSON.stringify(role.scopes), builtin: toBit(role.builtin) }
  const row = await db
    .insertInto('roles')
    .values({ name: role.name, ...set })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(set))
    .returningAll()
    .executeTakeFirstOrThrow()
  return toRole(row)
}

/** The role of that name, or null. */
export async function findRole(db: Db, name: string): Promise<Role | null> {
  const row = await db.selectFrom('roles').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toRole(row)
}

/** All roles by name. */
export async function listRoles(db: Db): Promise<readonly Role[]> {
  const rows = await db.selectFrom('roles').selectAll().orderBy('name').execute()
  return rows.map(toRole)
}

/** Removes every role whose name is not in the list. Returns how many. */
export async function deleteRolesExcept(db: Db, names: readonly string[]): Promise<number> {
  return changedRows(
    await db
      .deleteFrom('roles')
      .where('name', 'not in', [...names, ''])
      .executeTakeFirst(),
  )
}

const holderColumns = (holder: RoleHolder) => ({
  user_id: 'userId' in holder ? holder.userId : null,
  group_id: 'groupId' in holder ? holder.groupId : null,
  service_id: 'serviceId' in holder ? holder.serviceId : null,
})

/** Gives a role; holding it already is fine. */
export async function assignRole(db: Db, roleId: number, holder: RoleHolder): Promise<void> {
  await db
    .insertInto('role_assignments')
    .values({ role_id: roleId, ...holderColumns(holder) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Takes a role away; not holding it is fine. */
export async function unassignRole(db: Db, roleId: number, holder: RoleHolder): Promise<void> {
  const { user_id, group_id, service_id } = holderColumns(holder)
  await db
    .deleteFrom('role_assignments')
    .where('role_id', '=', roleId)
    .where('user_id', user_id === null ? 'is' : '=', user_id)
    .where('group_id', group_id === null ? 'is' : '=', group_id)
    .where('service_id', service_id === null ? 'is' : '=', service_id)
    .execute()
}

/** Takes a role away from everybody of one sort. */
export async function clearRole(db: Db, roleId: number, sort: 'users' | 'groups' | 'services'): Promise<void> {
  const column = ({ users: 'user_id', groups: 'group_id', services: 'service_id' } as const)[sort]
  await db.deleteFrom('role_assignments').where('role_id', '=', roleId).where(column, 'is not', null).execute()
}

/** Roles a user holds, directly or as a member of a group, by name, each once. */
export async function rolesOfUser(db: Db, userId: number): Promise<readonly Role[]> {
  const groups = db.selectFrom('group_members').select('group_members.group_id').where('group_members.user_id', '=', userId)
  const held = db
    .selectFrom('role_assignments')
    .select('role_assignments.role_id')
    .where((when) => when.or([when('role_assignments.user_id', '=', userId), when('role_assignments.group_id', 'in', groups)]))
  const rows = await db.selectFrom('roles').selectAll().where('roles.id', 'in', held).orderBy('roles.name').execute()
  return rows.map(toRole)
}

const directRoles = async (db: Db, column: 'user_id' | 'group_id' | 'service_id', id: number): Promise<readonly Role[]> => {
  const held = db.selectFrom('role_assignments').select('role_id').where(column, '=', id)
  const rows = await db.selectFrom('roles').selectAll().where('id', 'in', held).orderBy('name').execute()
  return rows.map(toRole)
}

/** Roles given to the user in person, by name: what the user model shows. */
export const directRolesOfUser = (db: Db, userId: number): Promise<readonly Role[]> => directRoles(db, 'user_id', userId)

/** Roles of a group, by name. */
export const rolesOfGroup = (db: Db, groupId: number): Promise<readonly Role[]> => directRoles(db, 'group_id', groupId)

/** Roles of a service, by name. */
export const rolesOfService = (db: Db, serviceId: number): Promise<readonly Role[]> => directRoles(db, 'service_id', serviceId)

/** Names of the roles given in person to many users at once: user id → sorted names. Users without any are left out. */
export async function directRolesOfUsers(db: Db, userIds: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  if (userIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('role_assignments')
    .innerJoin('roles', 'roles.id', 'role_assignments.role_id')
    .select(['role_assignments.user_id', 'roles.name'])
    .where('role_assignments.user_id', 'in', userIds)
    .orderBy('roles.name')
    .execute()
  const byUser = Map.groupBy(rows, (row) => row.user_id ?? 0)
  return new Map([...byUser].map(([userId, found]) => [userId, found.map((row) => row.name)]))
}

/** Ids of the users who were given the role in person. */
export async function usersOfRole(db: Db, roleId: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('role_assignments')
    .select('user_id')
    .where('role_id', '=', roleId)
    .where('user_id', 'is not', null)
    .orderBy('user_id')
    .execute()
  return rows.flatMap((row) => (row.user_id === null ? [] : [row.user_id]))
}
