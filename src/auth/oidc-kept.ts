import * as client from 'openid-client'
import { z } from 'zod'
import { HubError } from '../core/errors.ts'
import { toIso } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import type { SignedIn } from './authenticator.ts'
import type { OidcOptions } from './oidc-options.ts'
import { judgeClaims, mergeClaims } from './oidc-rules.ts'
import type { Claims } from './oidc-rules.ts'
import type { ProviderFacts } from './provider-errors.ts'

/** What is kept of a sign-in. `expires_at`: when the access token ends; `oauth_user`: the answer of the userinfo endpoint. */
export const KeptSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  id_token: z.string().min(1).optional(),
  scope: z.array(z.string()).catch([]),
  expires_at: z.iso.datetime().nullable(),
  id_token_claims: z.record(z.string(), z.json()).refine((claims) => typeof claims['sub'] === 'string'),
  oauth_user: z.record(z.string(), z.json()),
})

/** Of one sign-in. */
export type Kept = z.output<typeof KeptSchema>

/** Claims about one token, not about the person. */
const passing = new Set(['exp', 'iat', 'nbf', 'auth_time', 'nonce', 'at_hash', 'c_hash', 's_hash', 'jti', 'sid', 'rat', 'uti', 'aio', 'rh'])

const JsonClaims = z.record(z.string(), z.json())

/** Claims about the person. */
export const lasting = (claims: Claims): Kept['id_token_claims'] =>
  JsonClaims.parse(Object.fromEntries(Object.entries(claims).filter(([name, value]) => !passing.has(name) && value !== undefined)))

type Told = Pick<Kept, 'id_token_claims' | 'oauth_user'>

/** What the userinfo endpoint says about the person of the token; nothing where there is none. */
export async function userinfoOf(
  config: client.Configuration,
  accessToken: string,
  told: Pick<Told, 'id_token_claims'>,
): Promise<Told['oauth_user']> {
  if (config.serverMetadata().userinfo_endpoint === undefined) return {}
  const { sub } = told.id_token_claims
  return lasting(await client.fetchUserInfo(config, accessToken, typeof sub === 'string' ? sub : ''))
}

/** What is to be kept of these tokens and of what was told. */
export function keptOf(tokens: client.TokenEndpointResponse, told: Told, clock: Clock): Kept {
  const { access_token, refresh_token, id_token, scope = '', expires_in } = tokens
  return {
    access_token,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(id_token === undefined ? {} : { id_token }),
    scope: scope.split(/[ ,]+/).filter((one) => one !== ''),
    expires_at: expires_in === undefined ? null : toIso(clock.now() + expires_in * 1000),
    id_token_claims: told.id_token_claims,
    oauth_user: told.oauth_user,
  }
}

/** What the options make of it. Errors: provider_answer_odd, email_unverified, domain_not_allowed. */
export function signedIn(options: OidcOptions, facts: ProviderFacts, kept: Kept): SignedIn {
  const judged = judgeClaims(options, mergeClaims(kept.id_token_claims, kept.oauth_user))
  if (judged.kind === 'identity') return { identity: judged.identity, authState: JsonClaims.parse(kept) }
  if (judged.kind === 'odd') throw new HubError('provider_answer_odd', { ...facts, reason: judged.reason })
  throw new HubError(judged.kind, { ...facts, domains: options.requiredDomains.join(', ') })
}
