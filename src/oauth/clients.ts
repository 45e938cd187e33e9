import type { ClientScopes } from '../core/oauth-scopes.ts'
import { serverAccessScope, serviceAccessScope } from '../core/roles.ts'
import type { GroupFacts } from '../core/scope-set.ts'
import type { Resource } from '../core/scopes.ts'
import type { Db } from '../db/database.ts'
import { groupsOfUsers } from '../db/groups.ts'
import { findClient } from '../db/oauth.ts'
import type { OAuthClient } from '../db/oauth.ts'
import { findServerById } from '../db/servers.ts'
import { findServiceById } from '../db/services.ts'
import { findUser, findUserById } from '../db/users.ts'

/** A registered client and what it stands for. */
export type KnownClient = OAuthClient & {
  /** What its users get access to. */
  readonly target: Extract<Resource, { kind: 'server' | 'service' }>
  /** Account of the server's owner; null for services. */
  readonly ownerId: number | null
  readonly scopes: ClientScopes
}

/** The client with that id, or null. A client that stands for neither a server nor a service cannot take part in a flow. */
export async function loadClient(db: Db, id: string | null): Promise<KnownClient | null> {
  const row = id === null ? null : await findClient(db, id)
  if (row === null) return null
  return row.serverId === null ? clientOfService(db, row) : clientOfServer(db, row, row.serverId)
}

async function clientOfServer(db: Db, row: OAuthClient, serverId: number): Promise<KnownClient | null> {
  const server = await findServerById(db, serverId)
  const owner = server === null ? null : await findUserById(db, server.userId)
  if (server === null || owner === null) return null
  const groups = await groupsOfUsers(db, [owner.id])
  const target = { kind: 'server', user: owner.name, server: server.name, groups: groups.get(owner.id) ?? [] } as const
  return { ...row, target, ownerId: owner.id, scopes: { allowed: row.allowedScopes, access: serverAccessScope(owner.name, server.name) } }
}

async function clientOfService(db: Db, row: OAuthClient): Promise<KnownClient | null> {
  const service = row.serviceId === null ? null : await findServiceById(db, row.serviceId)
  if (service === null) return null
  const scopes = { allowed: row.allowedScopes, access: serviceAccessScope(service.name) }
  return { ...row, target: { kind: 'service', name: service.name }, ownerId: null, scopes }
}

/** Groups of the users of these names, for intersections of scopes. Names without an account are in no group. */
export async function loadGroupFacts(db: Db, names: readonly string[]): Promise<GroupFacts> {
  const users = await Promise.all(names.map((name) => findUser(db, name)))
  const known = users.filter((user) => user !== null)
  const groups = await groupsOfUsers(
    db,
    known.map((user) => user.id),
  )
  const byName = new Map(known.map((user) => [user.name, groups.get(user.id) ?? []]))
  return (name) => byName.get(name) ?? []
}
