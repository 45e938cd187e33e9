import { HubError } from '../core/errors.ts'
import type { Addresses } from '../core/server-model.ts'
import type { GroupRecord, ServiceFacts, UserFacts } from '../core/models.ts'
import type { Db } from '../db/database.ts'
import { groupsOfUsers, membersOfGroup } from '../db/groups.ts'
import type { Group } from '../db/groups.ts'
import { directRolesOfUsers, rolesOfGroup, rolesOfService } from '../db/roles.ts'
import { findServer, listServers } from '../db/servers.ts'
import type { Server } from '../db/servers.ts'
import { findServiceById } from '../db/services.ts'
import { findUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { HttpDeps } from './deps.ts'

/** Where things are, for models. */
export const addressesOf = (hub: HttpDeps): Addresses => ({
  baseUrl: hub.options.baseUrl,
  subdomainHost: hub.options.subdomainHost,
  publicOrigin: hub.publicUrl?.origin ?? null,
})

/** What the models of these users need, in four queries however many they are, in the same order. */
export async function factsOfUsers(db: Db, users: readonly User[]): Promise<readonly UserFacts[]> {
  const ids = users.map((user) => user.id)
  const roles = await directRolesOfUsers(db, ids)
  const groups = await groupsOfUsers(db, ids)
  const servers = Map.groupBy(await listServers(db, { userIds: ids }), (server) => server.userId)
  return users.map((user) => ({
    name: user.name,
    admin: user.admin,
    roles: roles.get(user.id) ?? [],
    groups: groups.get(user.id) ?? [],
    createdAt: user.createdAt,
    lastActivityAt: user.lastActivityAt,
    servers: servers.get(user.id) ?? [],
  }))
}

/** The same for one user. */
export async function factsOfUser(db: Db, user: User): Promise<UserFacts> {
  const [facts] = await factsOfUsers(db, [user])
  if (facts === undefined) throw new HubError('user_not_found', { user: user.name })
  return facts
}

/** Errors: user_not_found. */
export async function existingUser(db: Db, name: string): Promise<User> {
  const user = await findUser(db, name)
  if (user === null) throw new HubError('user_not_found', { user: name.slice(0, 64) })
  return user
}

/** Errors: user_not_found, server_not_found. */
export async function existingServer(
  db: Db,
  path: { readonly user: string; readonly server: string },
): Promise<{ user: User; server: Server }> {
  const user = await existingUser(db, path.user)
  const server = await findServer(db, user.id, path.server)
  if (server === null) throw new HubError('server_not_found', { user: user.name, server: path.server.slice(0, 64) })
  return { user, server }
}

/** What the model of a group needs. */
export async function factsOfGroup(db: Db, group: Group): Promise<GroupRecord> {
  const users = await membersOfGroup(db, group.id)
  const roles = await rolesOfGroup(db, group.id)
  return { name: group.name, users, properties: group.properties, roles: roles.map((role) => role.name) }
}

/** What the model of a service needs; null when it is gone. */
export async function factsOfService(db: Db, serviceId: number): Promise<ServiceFacts | null> {
  const service = await findServiceById(db, serviceId)
  if (service === null) return null
  const roles = await rolesOfService(db, service.id)
  return { ...service, roles: roles.map((role) => role.name), command: [], pid: 0 }
}
