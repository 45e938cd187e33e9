import { HubError } from '../core/errors.ts'
import { gainedByMembership, parseGroupName } from '../core/group-rules.ts'
import type { JsonObject } from '../core/json.ts'
import { parseUserName, shownName } from '../core/names.ts'
import type { ScopeSet } from '../core/scope-set.ts'
import type { Database, Db } from '../db/database.ts'
import { addMember, createGroup, deleteGroup, findGroup, removeMember, setGroupProperties } from '../db/groups.ts'
import type { Group } from '../db/groups.ts'
import { findUser, groupsOfUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'

/** Who changes groups, with what they may do: nobody widens their own reach by choosing the members. */
export type GroupEditor = { readonly actor: Actor; readonly scopes: ScopeSet }

/** Use cases of groups. Each deed is noted in the audit log. */
export type Groups = ReturnType<typeof createGroups>

/** Makes the use cases; they keep nothing, so making them anew for a request costs nothing. */
export function createGroups(deps: { readonly database: Database; readonly clock: Clock }) {
  const { database, clock } = deps

  /**
   * Makes groups, all with these members: all of them, or none.
   * Errors: bad_name, group_exists, bad_request (an unknown user), forbidden.
   */
  const create = (names: readonly string[], userNames: readonly string[], editor: GroupEditor): Promise<readonly Group[]> =>
    database.transaction(async (tx) => {
      const made: Group[] = []
      for (const name of names.map(requireGroupName)) {
        const group = await createGroup(tx, name)
        if (group === null) throw new HubError('group_exists', { group: shownName(name) })
        await putIn(tx, group, userNames, editor)
        await audit(tx, clock.now(), editor.actor, 'group.create', name, { users: [...userNames] })
        made.push(group)
      }
      return made
    })

  /** Removes a group; its members stay. Errors: group_not_found. */
  const remove = (name: string, actor: Actor): Promise<void> =>
    database.transaction(async (tx) => {
      await deleteGroup(tx, (await requireGroup(tx, name)).id)
      await audit(tx, clock.now(), actor, 'group.remove', name)
    })

  /** Puts people in. Errors: group_not_found, bad_request (an unknown user), forbidden. */
  const addMembers = (name: string, userNames: readonly string[], editor: GroupEditor): Promise<Group> =>
    database.transaction(async (tx) => {
      const group = requireByHand(await requireGroup(tx, name))
      await putIn(tx, group, userNames, editor)
      await audit(tx, clock.now(), editor.actor, 'group.add', name, { users: [...userNames] })
      return group
    })

  /** Takes people out; who is not in it stays out. Errors: group_not_found, bad_request (an unknown user), forbidden. */
  const removeMembers = (name: string, userNames: readonly string[], actor: Actor): Promise<Group> =>
    database.transaction(async (tx) => {
      const group = requireByHand(await requireGroup(tx, name))
      for (const user of await requireUsers(tx, userNames)) await removeMember(tx, group.id, user.id)
      await audit(tx, clock.now(), actor, 'group.take', name, { users: [...userNames] })
      return group
    })

  /** Replaces the properties. Errors: group_not_found. */
  const setProperties = (name: string, properties: JsonObject, actor: Actor): Promise<Group> =>
    database.transaction(async (tx) => {
      const group = await requireGroup(tx, name)
      await setGroupProperties(tx, group.id, properties)
      await audit(tx, clock.now(), actor, 'group.properties', name)
      return { ...group, properties }
    })

  return { create, remove, addMembers, removeMembers, setProperties }
}

function requireGroupName(raw: string): string {
  const parsed = parseGroupName(raw)
  if (!parsed.ok) throw new HubError('bad_name', { name: shownName(raw), reason: parsed.reason })
  return parsed.name
}

/** Errors: forbidden, when an authenticator decides who is in it. */
function requireByHand(group: Group): Group {
  if (group.managedBy !== null) throw new HubError('forbidden', { reason: `the members of this group come from ${group.managedBy}` })
  return group
}

/** Errors: group_not_found. */
export async function requireGroup(db: Db, name: string): Promise<Group> {
  const group = await findGroup(db, name)
  if (group === null) throw new HubError('group_not_found', { group: shownName(name) })
  return group
}

async function requireUsers(db: Db, names: readonly string[]): Promise<readonly User[]> {
  const found: User[] = []
  for (const raw of names) {
    const parsed = parseUserName(raw)
    const user = parsed.ok ? await findUser(db, parsed.name) : null
    if (user === null) throw new HubError('bad_request', { reason: `there is no user ${shownName(raw)}` })
    found.push(user)
  }
  return found
}

async function putIn(tx: Db, group: Group, userNames: readonly string[], { scopes }: GroupEditor): Promise<void> {
  for (const user of await requireUsers(tx, userNames)) {
    const [gained] = gainedByMembership(scopes, group.name, { name: user.name, groups: await groupsOfUser(tx, user.id) })
    if (gained !== undefined) throw new HubError('forbidden', { reason: `you would gain ${gained} over ${user.name}` })
    await addMember(tx, group.id, user.id)
  }
}
