import { HubError } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import { allows, holds } from '../core/scopes.ts'
import type { Resource } from '../core/scopes.ts'

/** What an action needs: any one of the scopes, on the resource. */
export type Demand = {
  /** Empty: being somebody is enough. */
  readonly scopes: readonly string[]
  /** Null: the action is about no single thing. */
  readonly resource: Resource | null
  /** The handler honours filters itself (lists); holding a scope with any filter is enough to come in. */
  readonly filtered?: boolean
}

/**
 * Decides whether the caller may. Whoever holds one of the scopes, but for other things only, learns nothing about this one.
 * Errors: credentials_missing, resource_hidden, scope_missing.
 */
export function authorise(caller: Principal | null, demand: Demand): Principal {
  if (caller === null) throw new HubError('credentials_missing')
  const { scopes, resource } = demand
  if (scopes.length === 0) return caller
  if (demand.filtered === true && scopes.some((scope) => holds(caller.scopes, scope) !== 'none')) return caller
  if (scopes.some((scope) => (resource === null ? allows(caller.scopes, scope) : allows(caller.scopes, scope, resource)))) return caller
  const elsewhere = resource !== null && scopes.some((scope) => holds(caller.scopes, scope) === 'some')
  throw elsewhere ? new HubError('resource_hidden') : new HubError('scope_missing', { scopes: scopes.join(', ') })
}
