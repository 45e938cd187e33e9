import type { Ms } from '../core/time.ts'
import type { Claims } from './oidc-rules.ts'

type Facts = { readonly claims: Claims; readonly payload: string; readonly clientId: string; readonly now: Ms }
type Check = { readonly refuses: (facts: Facts) => boolean; readonly reason: string }

const skewSeconds = 60

/** OpenID Connect Core §2 and §3.1.3.7, as far as the library leaves it to its callers. */
const checks: readonly Check[] = [
  { refuses: ({ claims, clientId }) => claims['azp'] !== undefined && claims['azp'] !== clientId, reason: 'it was given to somebody else' },
  {
    refuses: ({ claims, now }) => typeof claims['iat'] !== 'number' || claims['iat'] > now / 1000 + skewSeconds,
    reason: 'it is from the future',
  },
  {
    refuses: ({ claims }) => typeof claims['sub'] !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(claims['sub']),
    reason: 'it is about nobody',
  },
  { refuses: ({ payload }) => repeatsAName(payload), reason: 'it says something twice' },
]

/** What is wrong with an id_token whose signature, issuer, audience, nonce and time the library has found good. Null: nothing. */
export function tokenFault(idToken: string, facts: Omit<Facts, 'payload'>): string | null {
  const payload = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8')
  return checks.find((check) => check.refuses({ ...facts, payload }))?.reason ?? null
}

/** Does the outermost object of a JSON text name a member twice? Parsers differ in which of the two counts (RFC 8259 §4). */
export function repeatsAName(json: string): boolean {
  const seen = new Set<unknown>()
  let depth = 0
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (name !== undefined) {
      if (depth !== 1) continue
      const read: unknown = JSON.parse(name)
      if (seen.has(read)) return true
      seen.add(read)
    } else if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
  }
  return false
}
