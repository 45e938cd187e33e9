import { parseListedName } from '../core/access-rules.ts'
import { parseUserName } from '../core/names.ts'
import { builtinRoles, isRoleName } from '../core/roles.ts'
import { isKnownScope } from '../core/scope-text.ts'
import type { Ms } from '../core/time.ts'
import type { Database, Db } from '../db/database.ts'
import { createGroup, findGroup } from '../db/groups.ts'
import { assignRole, clearRole, deleteRolesExcept, findRole, upsertRole, usersOfRole } from '../db/roles.ts'
import type { Role } from '../db/roles.ts'
import { waitForTurn } from '../db/settings.ts'
import { findService } from '../db/services.ts'
import { createUser, findUser, listUsers, updateUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { applyBlocks } from './apply-blocks.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { groupTargets, reclaimGroups } from './managed-groups.ts'
import type { RoleOptions } from './role-options.ts'

const builtinNames: readonly string[] = Object.keys(builtinRoles)

/**
 * Makes the roles in the database those of the configuration (rest-api §3.7), in one transaction: built-in ones always, configured ones with exactly the
 * given members, others removed. Users and groups that are named and missing are made; blocked ones are shut out. Load the services first.
 * Throws one sentence for each thing that is wrong.
 */
export async function loadRoles(
  deps: { readonly database: Database; readonly clock: Clock },
  configured: readonly RoleOptions[],
  people: {
    readonly adminUsers: readonly string[]
    readonly blockedUsers?: readonly string[]
    readonly managedGroups?: readonly string[]
  },
): Promise<void> {
  const problems = findProblems(configured)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const now = deps.clock.now()
  await deps.database.transaction(async (tx) => {
    await waitForTurn(tx, 'configuration')
    const override = new Map(configured.map((role) => [role.name, role]))
    for (const role of Object.values(builtinRoles)) await keepBuiltin(tx, role, override.get(role.name))
    await deleteRolesExcept(tx, [...builtinNames, ...override.keys()])
    const spokenOf = [...configured.flatMap((role) => role.groups), ...groupTargets(configured)]
    await reclaimGroups(tx, spokenOf, new Set(people.managedGroups))
    for (const role of configured) await keepConfigured(tx, role, now)
    // `google:alice` says nothing about an account until she has signed in.
    const admins = people.adminUsers.filter((name) => parseListedName(name).authenticator === null)
    for (const name of admins) await grantAdmin(tx, name, now)
    await matchAdminRole(tx, (override.get('admin')?.users.length ?? 0) > 0)
    await applyBlocks(tx, people.blockedUsers ?? [], now)
  })
}

function findProblems(configured: readonly RoleOptions[]): string[] {
  return configured.flatMap((role) => {
    const problems: string[] = []
    if (!isRoleName(role.name)) problems.push(`The role name ${role.name} cannot be used.`)
    if (configured.filter((other) => other.name === role.name).length > 1) problems.push(`The role ${role.name} is given twice.`)
    if (role.name === 'admin' && (role.scopes.length > 0 || role.description !== ''))
      problems.push('Scopes and description of the role admin cannot be changed.')
    for (const scope of role.scopes)
      if (!isKnownScope(scope)) problems.push(`The role ${role.name} names the scope ${scope}, which does not exist.`)
    for (const name of role.users)
      if (!parseUserName(name).ok) problems.push(`The role ${role.name} names the user ${name}, which cannot be a name.`)
    return problems
  })
}

async function keepBuiltin(tx: Db, role: Omit<Role, 'id' | 'builtin'>, override: RoleOptions | undefined): Promise<void> {
  const scopes = override === undefined || override.scopes.length === 0 ? role.scopes : override.scopes
  const description = override === undefined || override.description === '' ? role.description : override.description
  await upsertRole(tx, { name: role.name, description, scopes, builtin: true })
}

async function keepConfigured(tx: Db, role: RoleOptions, now: Ms): Promise<void> {
  const isBuiltin = builtinNames.includes(role.name)
  const kept = isBuiltin ? await findRole(tx, role.name) : null
  const { name, description, scopes } = role
  const { id } = kept ?? (await upsertRole(tx, { name, description, scopes, builtin: false }))
  // The members of `user` are everybody, those of `admin` follow the flag of the account unless they are listed.
  const keepsUsers = role.name === 'user' || (role.name === 'admin' && role.users.length === 0)
  if (!keepsUsers) await clearRole(tx, id, 'users')
  await clearRole(tx, id, 'groups')
  await clearRole(tx, id, 'services')
  for (const user of role.users) await assignRole(tx, id, { userId: await userIdOf(tx, user, now) })
  for (const group of role.groups) await assignRole(tx, id, { groupId: await groupIdOf(tx, group) })
  for (const service of role.services) await assignRole(tx, id, { serviceId: await serviceIdOf(tx, service, role.name) })
}

async function userIdOf(tx: Db, raw: string, now: Ms): Promise<number> {
  const parsed = parseUserName(raw)
  const name = parsed.ok ? parsed.name : raw
  const user = (await findUser(tx, name)) ?? (await createUser(tx, { name, now }))
  if (user === null) throw new Error(`There is already an account that looks like ${name}.`)
  await giveDefaultRoles(tx, { userId: user.id }, user.admin)
  return user.id
}

async function groupIdOf(tx: Db, name: string): Promise<number> {
  const group = (await findGroup(tx, name)) ?? (await createGroup(tx, name))
  if (group === null) throw new Error(`The group ${name} could not be made.`)
  return group.id
}

async function serviceIdOf(tx: Db, name: string, role: string): Promise<number> {
  const service = await findService(tx, name)
  if (service === null) throw new Error(`The role ${role} names the service ${name}, which is not configured.`)
  return service.id
}

/** `adminUsers` only ever makes administrators. */
async function grantAdmin(tx: Db, raw: string, now: Ms): Promise<void> {
  const id = await userIdOf(tx, raw, now)
  await updateUser(tx, id, { admin: true })
  await giveDefaultRoles(tx, { userId: id }, true)
}

/** Flag and role say the same. `listed`: the configuration names the administrators, others lose the flag; else the flag decides. */
async function matchAdminRole(tx: Db, listed: boolean): Promise<void> {
  const role = await findRole(tx, 'admin')
  if (role === null) return
  const { items } = await listUsers(tx)
  const holders = new Set(await usersOfRole(tx, role.id))
  for (const user of items) {
    const admin = listed ? holders.has(user.id) : user.admin
    if (admin !== user.admin) await updateUser(tx, user.id, { admin })
    if (admin !== holders.has(user.id)) await giveDefaultRoles(tx, { userId: user.id }, admin)
  }
}
