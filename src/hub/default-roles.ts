import { builtinRoles } from '../core/roles.ts'
import type { Db } from '../db/database.ts'
import { assignRole, findRole, unassignRole, upsertRole } from '../db/roles.ts'
import type { Role, RoleHolder } from '../db/roles.ts'

async function builtinRole(tx: Db, name: 'user' | 'admin'): Promise<Role> {
  return (await findRole(tx, name)) ?? (await upsertRole(tx, { ...builtinRoles[name], builtin: true }))
}

/** Gives the role `user` (people only), and the role `admin` to administrators and to nobody else (rest-api §3.7). */
export async function giveDefaultRoles(tx: Db, holder: Exclude<RoleHolder, { groupId: number }>, admin: boolean): Promise<void> {
  if ('userId' in holder) await assignRole(tx, (await builtinRole(tx, 'user')).id, holder)
  const role = await builtinRole(tx, 'admin')
  await (admin ? assignRole(tx, role.id, holder) : unassignRole(tx, role.id, holder))
}
