import { formatScopes, intersect, union } from './scope-set.ts'
import { isKnownScope } from './scope-text.ts'
import { exceeding, requestedScopes, writtenScopes } from './scopes.ts'
import type { GroupFacts, ScopeSet } from './scope-set.ts'
import type { ScopeOwner } from './scopes.ts'

/** What a client may ask for. */
export type ClientScopes = {
  readonly allowed: readonly string[]
  /** Scope that gives access to the client itself. */
  readonly access: string
}

/** For whom a client asks. */
export type Grantor = { readonly owner: ScopeOwner; readonly held: ScopeSet; readonly groupsOf: GroupFacts }

/** Scopes that every client gets: who the person is. Its own access scope comes on top. */
const identify = ['read:users:name!user', 'read:users:groups!user']

const always = (client: ClientScopes): string[] => [...identify, client.access]

/**
 * The scopes that a `scope` parameter asks for (singleuser-and-web §2.4 A to C), or null when one is unknown. Left out: all that the client may have.
 * `identify` is an old word for what everybody gets. Names of roles are understood when every word is one.
 */
export function readScopeParameter(
  scope: string | null,
  client: ClientScopes,
  scopesOfRole: (role: string) => readonly string[] | null,
): readonly string[] | null {
  const words = (scope ?? '').split(' ').filter((word) => word !== '')
  const names = words.filter((word) => word !== 'identify')
  const asked = words.length === 0 ? client.allowed : names
  if (asked.every((name) => isKnownScope(name))) return [...new Set([...asked, ...always(client)])]
  const roles = asked.map(scopesOfRole)
  return roles.every((scopes) => scopes !== null) ? [...new Set([...roles.flat(), ...always(client)])] : null
}

/** Does the client ask for more than it may ever have (§2.4 D)? Compared as written first, then expanded for this person. */
export function asksTooMuch(
  asked: readonly string[],
  client: ClientScopes,
  { owner, groupsOf }: Pick<Grantor, 'owner' | 'groupsOf'>,
): boolean {
  const allowed = [...client.allowed, ...always(client)]
  if (allowed.includes('inherit')) return false
  const rest = asked.filter((scope) => !allowed.includes(scope))
  if (rest.includes('inherit')) return true
  const accessScope = client.access
  const limit = requestedScopes({ stored: allowed, owner, accessScope })
  return exceeding(writtenScopes({ stored: rest, owner, accessScope }), limit, groupsOf).length > 0
}

/** What of the asked scopes this person can give (§2.4 E): as written where they hold all of it, else the part that they hold, one by one. */
export function narrowScopes(asked: readonly string[], client: ClientScopes, { owner, held, groupsOf }: Grantor): string[] {
  const accessScope = client.access
  const mine = union(held, requestedScopes({ stored: [], owner, accessScope }))
  const narrowed = asked.flatMap((scope) => {
    if (scope === 'inherit') return [scope]
    const wanted = writtenScopes({ stored: [scope], owner, accessScope })
    return exceeding(wanted, mine, groupsOf).length === 0 ? [scope] : formatScopes(intersect(wanted, mine, groupsOf))
  })
  return [...new Set([...narrowed, ...always(client)])]
}

/** Is everything that is to be granted covered by what was granted before (§2.5)? */
export function isCovered(
  granted: readonly string[],
  before: readonly string[],
  client: ClientScopes,
  { owner, groupsOf }: Pick<Grantor, 'owner' | 'groupsOf'>,
): boolean {
  if (before.includes('inherit')) return true
  if (granted.includes('inherit')) return false
  const accessScope = client.access
  return (
    exceeding(writtenScopes({ stored: granted, owner, accessScope }), requestedScopes({ stored: before, owner, accessScope }), groupsOf)
      .length === 0
  )
}

/** The granted scopes beyond those that every client gets: what the confirmation page lists. */
export const notableScopes = (granted: readonly string[], client: ClientScopes): string[] =>
  granted.filter((scope) => !always(client).includes(scope))
