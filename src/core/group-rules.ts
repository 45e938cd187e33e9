import type { ParsedName } from './names.ts'
import { allows } from './scopes.ts'
import type { Resource } from './scopes.ts'
import { listScopes } from './scope-set.ts'
import type { ScopeSet } from './scope-set.ts'

const maxGroupNameBytes = 255

/** The name of a group in NFC, case kept, or why it cannot be used. Groups come from configuration, the API and identity providers. */
export function parseGroupName(raw: string): ParsedName {
  if (raw.length > maxGroupNameBytes || new TextEncoder().encode(raw).length > maxGroupNameBytes)
    return { ok: false, reason: 'it is too long' }
  const name = raw.normalize('NFC')
  if (name.trim() === '') return { ok: false, reason: 'it is empty' }
  if (name !== name.trim()) return { ok: false, reason: 'it begins or ends with a blank' }
  if (/[/\\]/.test(name) || name === '.' || name === '..') return { ok: false, reason: 'it means a folder' }
  if (/\p{C}|\p{Zl}|\p{Zp}/u.test(name)) return { ok: false, reason: 'it contains an invisible character' }
  return { ok: true, name }
}

/** Scopes that say something about the group itself, not about its members. */
const aboutGroups = new Set([
  'admin:groups',
  'groups',
  'read:groups',
  'read:groups:name',
  'list:groups',
  'delete:groups',
  'read:roles:groups',
])

/**
 * Scopes that their holder would gain over a user by putting them into the group: whoever may act on all members of a group
 * must not choose them at will. Empty: nothing is gained.
 */
export function gainedByMembership(
  held: ScopeSet,
  group: string,
  user: { readonly name: string; readonly groups: readonly string[] },
): string[] {
  const resource: Resource = { kind: 'user', ...user }
  return listScopes(held)
    .filter(({ base, filter }) => filter?.kind === 'group' && filter.value === group && !aboutGroups.has(base))
    .map(({ base }) => base)
    .filter((base) => !allows(held, base, resource))
}
