import type { Principal } from '../core/principal.ts'
import { serverAccessScope, serviceAccessScope } from '../core/roles.ts'
import { namedUsers } from '../core/scope-set.ts'
import { ownerScopes, requestedScopes, tokenScopes } from '../core/scopes.ts'
import type { GroupFacts, ScopeSet } from '../core/scope-set.ts'
import type { ScopeOwner } from '../core/scopes.ts'
import type { Db } from '../db/database.ts'
import { groupsByUserName } from '../db/groups.ts'
import { findClient } from '../db/oauth.ts'
import type { OAuthClient } from '../db/oauth.ts'
import { rolesOfService, rolesOfUser } from '../db/roles.ts'
import { findServerById } from '../db/servers.ts'
import { findServiceById } from '../db/services.ts'
import { plainTokenClient } from '../db/tokens.ts'
import type { Token } from '../db/tokens.ts'
import { findUserById, groupsOfUser } from '../db/users.ts'
import type { User } from '../db/users.ts'

/** A user or a service with everything they may do now. */
export type Holder = Pick<Principal, 'kind' | 'id' | 'name' | 'admin' | 'groups'> & { readonly owner: ScopeOwner; readonly held: ScopeSet }

/** A user, with the scopes of all roles that are theirs or come from their groups. */
export async function holderOfUser(db: Db, user: User): Promise<Holder> {
  const [groups, roles] = await Promise.all([groupsOfUser(db, user.id), rolesOfUser(db, user.id)])
  const owner: ScopeOwner = { kind: 'user', name: user.name, groups }
  const held = ownerScopes(
    owner,
    roles.map((role) => role.scopes),
  )
  return { kind: 'user', id: user.id, name: user.name, admin: user.admin, groups, owner, held }
}

/** A service with the scopes of its roles; null when it is gone. */
export async function holderOfService(db: Db, serviceId: number): Promise<Holder | null> {
  const service = await findServiceById(db, serviceId)
  if (service === null) return null
  const roles = await rolesOfService(db, service.id)
  const owner: ScopeOwner = { kind: 'service', name: service.name }
  const held = ownerScopes(
    owner,
    roles.map((role) => role.scopes),
  )
  return { kind: 'service', id: service.id, name: service.name, admin: service.admin, groups: [], owner, held }
}

/** Whose token it is; null when they are gone or may not sign in. */
export async function holderOfToken(db: Db, token: Token): Promise<Holder | null> {
  if (token.serviceId !== null) return holderOfService(db, token.serviceId)
  const user = token.userId === null ? null : await findUserById(db, token.userId)
  return user === null || user.status !== 'active' ? null : holderOfUser(db, user)
}

/** Groups of the users that the filters of these sets name: what an intersection has to know. */
export async function groupFacts(db: Db, ...sets: readonly ScopeSet[]): Promise<GroupFacts> {
  const groups = await groupsByUserName(db, namedUsers(...sets))
  return (name) => groups.get(name) ?? []
}

/** The OAuth client that obtained a token, and the scope by which its server or service is used. Both null for plain tokens. */
export async function issuerOf(
  db: Db,
  token: Token,
): Promise<{ readonly client: OAuthClient | null; readonly accessScope: string | null }> {
  const client = token.clientId === plainTokenClient ? null : await findClient(db, token.clientId)
  if (client === null) return { client, accessScope: null }
  return { client, accessScope: await accessScopeOf(db, client) }
}

async function accessScopeOf(db: Db, client: OAuthClient): Promise<string | null> {
  if (client.serviceId !== null) {
    const service = await findServiceById(db, client.serviceId)
    return service === null ? null : serviceAccessScope(service.name)
  }
  const server = client.serverId === null ? null : await findServerById(db, client.serverId)
  const owner = server === null ? null : await findUserById(db, server.userId)
  return server === null || owner === null ? null : serverAccessScope(owner.name, server.name)
}

/** What a token may do now: what it was given, never more than its owner (rest-api §3.5). */
export async function scopesOfToken(db: Db, token: Token, holder: Holder, accessScope: string | null): Promise<ScopeSet> {
  const grant = { stored: token.scopes, owner: holder.owner, accessScope }
  const groupsOf = await groupFacts(db, requestedScopes(grant), holder.held)
  return tokenScopes({ ...grant, held: holder.held, groupsOf })
}
