import { builtinCatalogue, selfScopes } from './scope-table.ts'
import type { ScopeCatalogue } from './scope-table.ts'
import { expandScopes, formatScope, intersect, listScopes, union } from './scope-set.ts'
import type { ConcreteScope, Grant, GroupFacts, ScopeSet } from './scope-set.ts'
import { ownerInKey, parseScope, serverKey } from './scope-text.ts'
import type { FilterKind } from './scope-text.ts'

/** Whose scopes they are. */
export type ScopeOwner =
  | { readonly kind: 'user'; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: 'service'; readonly name: string }

/** What an action is about. `groups`: groups of the user, or of the server's owner. */
export type Resource =
  | { readonly kind: 'user'; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: 'server'; readonly user: string; readonly server: string; readonly groups: readonly string[] }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'service'; readonly name: string }

/** Values that the placeholders `!user`, `!server`, `!service` stand for. */
type Placeholders = { readonly [K in FilterKind]?: string }

const ownerPlaceholders = (owner: ScopeOwner): Placeholders => (owner.kind === 'user' ? { user: owner.name } : { service: owner.name })

/** Written scopes without placeholders and `self`. Unknown scopes, and placeholders that stand for nothing here, grant nothing. */
function makeConcrete(text: string, values: Placeholders, catalogue: ScopeCatalogue): ConcreteScope[] {
  const parsed = parseScope(text, catalogue)
  if (parsed === null || parsed.base === '(no_scope)' || parsed.base === 'inherit') return []
  if (parsed.base === 'self') {
    const { user } = values
    return user === undefined ? [] : selfScopes.map((base) => ({ base, filter: { kind: 'user', value: user } }))
  }
  if (parsed.filter === null) return [{ base: parsed.base, filter: null }]
  const { kind } = parsed.filter
  const value = parsed.filter.value ?? values[kind]
  return value === undefined ? [] : [{ base: parsed.base, filter: { kind, value } }]
}

const expandTexts = (texts: readonly string[], values: Placeholders, catalogue: ScopeCatalogue): ScopeSet =>
  expandScopes(
    texts.flatMap((text) => makeConcrete(text, values, catalogue)),
    catalogue,
  )

/** Scopes by which an owner may be told apart: name, and groups of a user. */
export function identityScopes(owner: ScopeOwner): string[] {
  return owner.kind === 'user'
    ? [`read:users:name!user=${owner.name}`, `read:users:groups!user=${owner.name}`]
    : [`read:services:name!service=${owner.name}`]
}

/** Everything an owner may do: the scopes of all their roles (for a user also those of their groups) and `extra` ones, such as shares. */
export function ownerScopes(
  owner: ScopeOwner,
  roleScopes: readonly (readonly string[])[],
  extra: readonly string[] = [],
  catalogue: ScopeCatalogue = builtinCatalogue,
): ScopeSet {
  return expandTexts([...roleScopes.flat(), ...extra], ownerPlaceholders(owner), catalogue)
}

/** The same set with the identity scopes of its owner: for the reply of `GET /user`, which everybody with a valid token gets. */
export const withIdentity = (set: ScopeSet, owner: ScopeOwner): ScopeSet => union(set, ownerScopes(owner, [identityScopes(owner)]))

/** A token as far as scopes are concerned. */
export type TokenGrant = {
  /** Scopes as stored. */
  readonly stored: readonly string[]
  readonly owner: ScopeOwner
  /** What the owner may do now. */
  readonly held: ScopeSet
  /** Access scope of the OAuth client that obtained it, `access:servers!server=alice/`; also gives `!server` and `!service` their value. */
  readonly accessScope?: string | null
  readonly groupsOf: GroupFacts
}

/** Scopes as written for a token, expanded and concrete, before any limit. `inherit` is not a scope here. */
export function writtenScopes(token: Omit<TokenGrant, 'held' | 'groupsOf'>, catalogue: ScopeCatalogue = builtinCatalogue): ScopeSet {
  const access = typeof token.accessScope === 'string' ? parseScope(token.accessScope, catalogue) : null
  const issuer: Placeholders = typeof access?.filter?.value === 'string' ? { [access.filter.kind]: access.filter.value } : {}
  return expandTexts(token.stored, { ...issuer, ...ownerPlaceholders(token.owner) }, catalogue)
}

/** Scopes of a token before the owner's limit: what is stored, who the owner is, and access to the client that obtained it. */
export function requestedScopes(token: Omit<TokenGrant, 'held' | 'groupsOf'>, catalogue: ScopeCatalogue = builtinCatalogue): ScopeSet {
  const access = typeof token.accessScope === 'string' ? [token.accessScope] : []
  return writtenScopes({ ...token, stored: [...token.stored, ...identityScopes(token.owner), ...access] }, catalogue)
}

/** What a token may do now: never more than its owner (rest-api §3.5). `inherit` means everything the owner may do. */
export function tokenScopes(token: TokenGrant, catalogue: ScopeCatalogue = builtinCatalogue): ScopeSet {
  if (token.stored.includes('inherit')) return token.held
  return intersect(requestedScopes(token, catalogue), token.held, token.groupsOf)
}

function reaches(grant: Grant, resource: Resource): boolean {
  if (grant === 'all') return true
  const inGroup = (groups: readonly string[]): boolean => groups.some((group) => grant.group.has(group))
  switch (resource.kind) {
    case 'user':
      return grant.user.has(resource.name) || inGroup(resource.groups)
    case 'server':
      return grant.server.has(serverKey(resource.user, resource.server)) || grant.user.has(resource.user) || inGroup(resource.groups)
    case 'group':
      return grant.group.has(resource.name)
    case 'service':
      return grant.service.has(resource.name)
    default:
      return resource satisfies never
  }
}

/** May the holder do it to this resource? Without a resource the scope must be held unfiltered. */
export function allows(set: ScopeSet, scope: string, resource?: Resource): boolean {
  const grant = set.grants.get(scope)
  if (grant === undefined) return false
  return resource === undefined ? grant === 'all' : reaches(grant, resource)
}

/** `some`: only with filters. */
export function holds(set: ScopeSet, scope: string): 'all' | 'some' | 'none' {
  const grant = set.grants.get(scope)
  if (grant === undefined) return 'none'
  return grant === 'all' ? 'all' : 'some'
}

/** What a scope reaches, for turning it into a query. All lists empty: the scope is not held. `servers` are written `user/server`. */
export type ScopeReach =
  | 'all'
  | {
      readonly users: readonly string[]
      readonly groups: readonly string[]
      readonly servers: readonly string[]
      readonly services: readonly string[]
    }

/** The filters with which a scope is held. */
export function filtersOf(set: ScopeSet, scope: string): ScopeReach {
  const grant = set.grants.get(scope)
  if (grant === 'all') return 'all'
  if (grant === undefined) return { users: [], groups: [], servers: [], services: [] }
  return { users: [...grant.user], groups: [...grant.group], servers: [...grant.server], services: [...grant.service] }
}

function covers(held: ScopeSet, { base, filter }: ConcreteScope, groupsOf: GroupFacts): boolean {
  const grant = held.grants.get(base)
  if (grant === undefined || grant === 'all' || filter === null) return grant === 'all'
  const owner = filter.kind === 'server' ? ownerInKey(filter.value) : filter.value
  if (grant[filter.kind].has(filter.value)) return true
  if (filter.kind !== 'user' && filter.kind !== 'server') return false
  return (filter.kind === 'server' && grant.user.has(owner)) || groupsOf(owner).some((group) => grant.group.has(group))
}

/** Those of `wanted` that reach further than `held`, in wire form. Empty: nothing exceeds. */
export const exceeding = (wanted: ScopeSet, held: ScopeSet, groupsOf: GroupFacts): string[] =>
  listScopes(wanted)
    .filter((scope) => !covers(held, scope, groupsOf))
    .map(formatScope)
