import type { ScopeSet } from './scope-set.ts'
import type { ScopeOwner } from './scopes.ts'

/** Who asks, and what they may do. */
export type Principal = {
  readonly kind: 'user' | 'service'
  readonly id: number
  readonly name: string
  readonly admin: boolean
  /** Names of the groups a user is in. */
  readonly groups: readonly string[]
  readonly scopes: ScopeSet
  readonly via: 'token' | 'cookie'
  readonly tokenId: number | null
  /** Value of the cookie `jupyterhub-session-id` that belongs to the login, or that the OAuth token carries. */
  readonly sessionId: string | null
  /** Row of the browser session; null for tokens. */
  readonly loginId: number | null
  /** A server's own API token: what it does is no activity of the user. */
  readonly tokenIsServer: boolean
}

/** The principal as an owner of scopes. */
export const ownerOf = (who: Pick<Principal, 'kind' | 'name' | 'groups'>): ScopeOwner =>
  who.kind === 'user' ? { kind: 'user', name: who.name, groups: who.groups } : { kind: 'service', name: who.name }
