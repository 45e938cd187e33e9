import { builtinCatalogue } from './scope-table.ts'
import type { ScopeCatalogue } from './scope-table.ts'

/** What a filter limits a scope to. */
export type FilterKind = 'user' | 'group' | 'server' | 'service'

/** One scope as written. `value` null: the placeholder `!user`, `!server` or `!service`, which means the owner's own. */
export type ScopeText = {
  readonly base: string
  readonly filter: { readonly kind: FilterKind; readonly value: string | null } | null
}

/** Room for the longest names of a user and a server. */
const maxScopeLength = 1024

const isKind = (text: string): text is FilterKind => text === 'user' || text === 'group' || text === 'server' || text === 'service'

/** Splits at the first `!` and the first `=`: names may contain both, scopes and kinds of filters neither. */
function splitScope(text: string): ScopeText | null {
  if (text.length > maxScopeLength) return null
  const bang = text.indexOf('!')
  if (bang === -1) return { base: text, filter: null }
  const base = text.slice(0, bang)
  const filter = text.slice(bang + 1)
  const equals = filter.indexOf('=')
  const kind = equals === -1 ? filter : filter.slice(0, equals)
  if (!isKind(kind)) return null
  if (equals === -1) return kind === 'group' ? null : { base, filter: { kind, value: null } }
  const value = filter.slice(equals + 1)
  const isEmpty = value === '' || (kind === 'server' && value.indexOf('/') < 1)
  return isEmpty ? null : { base, filter: { kind, value } }
}

/**
 * A scope with its filter (rest-api §3.4), or null when there is no such scope or the filter makes no sense.
 * `self`, `inherit` and `(no_scope)` take no filter. A server is written `user/server`, the default server `user/`.
 */
export function parseScope(text: string, catalogue: ScopeCatalogue = builtinCatalogue): ScopeText | null {
  const parsed = splitScope(text)
  if (parsed === null || !catalogue.rows.has(parsed.base)) return null
  const isMeta = parsed.base === 'self' || parsed.base === 'inherit' || parsed.base === '(no_scope)'
  return isMeta && parsed.filter !== null ? null : parsed
}

/** True for a scope that may be written into a role or a token. */
export const isKnownScope = (text: string, catalogue: ScopeCatalogue = builtinCatalogue): boolean => parseScope(text, catalogue) !== null

/** `access:servers!server=alice/`: the key of a server in filters. */
export const serverKey = (user: string, server: string): string => `${user}/${server}`

/** The owner in a key made by `serverKey`; names of users contain no slash. */
export const ownerInKey = (key: string): string => key.slice(0, key.indexOf('/'))
