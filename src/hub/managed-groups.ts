import type { AccessRules } from '../core/access-rules.ts'
import { parseGroupName } from '../core/group-rules.ts'
import { parseScope } from '../core/scope-text.ts'
import type { Db } from '../db/database.ts'
import { addMember, clearMembers, createGroup, findGroup, managedGroupsOfUser, removeMember, setManagedBy } from '../db/groups.ts'
import { listRoles, rolesOfGroup } from '../db/roles.ts'
import type { Role } from '../db/roles.ts'

/** More groups of one person than this are not looked at. */
const mostGroups = 500

/** What an authenticator says about the groups of somebody who signs in. */
export type SaidGroups = {
  readonly authenticator: string
  readonly groups: readonly string[]
  readonly rules: Pick<AccessRules, 'managedGroups'>
}

/**
 * Puts an account into exactly these of the groups that the authenticator keeps, and makes those that are missing. Groups made by people, of another
 * authenticator, with roles, or named in a scope stay as they are unless `access.managedGroups` has them: their names are no secret, and at many
 * providers everybody may make a group of any name.
 */
export async function keepGroups(tx: Db, userId: number, { authenticator, groups, rules }: SaidGroups): Promise<void> {
  const targets = new Set(groupTargets(await listRoles(tx)))
  const kept = new Set<number>()
  for (const name of usableNames(groups)) {
    const group = (await findGroup(tx, name)) ?? null
    const isSaid = rules.managedGroups.has(name)
    if (!isSaid && (targets.has(name) || (group !== null && group.managedBy !== authenticator))) continue
    if (!isSaid && group !== null && (await rolesOfGroup(tx, group.id)).length > 0) continue
    const place = group ?? (await createGroup(tx, name, {}, authenticator)) ?? (await findGroup(tx, name))
    if (place === null) continue
    if (place.managedBy !== authenticator) await setManagedBy(tx, place.id, authenticator)
    await addMember(tx, place.id, userId)
    kept.add(place.id)
  }
  for (const group of await managedGroupsOfUser(tx, userId, authenticator))
    if (!kept.has(group.id)) await removeMember(tx, group.id, userId)
}

/** Groups that the configuration speaks of belong to the operator: whoever an authenticator put in goes out. `names`: groups with roles or in scopes. */
export async function reclaimGroups(tx: Db, names: Iterable<string>, managedGroups: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    const group = managedGroups.has(name) ? null : await findGroup(tx, name)
    if (group === null || group.managedBy === null) continue
    await clearMembers(tx, group.id)
    await setManagedBy(tx, group.id, null)
  }
}

/** Names of groups that the scopes of roles are limited to. */
export const groupTargets = (roles: readonly Pick<Role, 'scopes'>[]): readonly string[] =>
  roles.flatMap((role) =>
    role.scopes.flatMap((scope) => {
      const filter = parseScope(scope)?.filter
      return filter?.kind === 'group' && filter.value !== null ? [filter.value] : []
    }),
  )

const usableNames = (groups: readonly string[]): readonly string[] => [
  ...new Set(
    groups.slice(0, mostGroups).flatMap((raw) => {
      const parsed = parseGroupName(raw)
      return parsed.ok ? [parsed.name] : []
    }),
  ),
]
