import * as client from 'openid-client'
import { HubError } from '../core/errors.ts'
import { toIso } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import type { Refreshed } from './authenticator.ts'
import { keptOf, KeptSchema, lasting, signedIn, userinfoOf } from './oidc-kept.ts'
import type { Kept } from './oidc-kept.ts'
import type { OidcOptions } from './oidc-options.ts'
import type { OidcProvider } from './oidc-provider.ts'
import { mergeClaims } from './oidc-rules.ts'
import type { Claims } from './oidc-rules.ts'
import { tokenFault } from './oidc-token-checks.ts'
import type { ProviderFacts } from './provider-errors.ts'

/** Whom to ask, and how to judge the answer. */
export type Asked = { readonly options: OidcOptions; readonly provider: OidcProvider; readonly clock: Clock; readonly facts: ProviderFacts }

/**
 * New tokens for the refresh token, if there is one, and userinfo. Without a refresh token the access token is asked with as long as it lives; after
 * that there is nothing to ask with, and the sign-in goes on to its own end.
 */
export async function askAgain(asked: Asked, kept: Kept, signal: AbortSignal): Promise<Refreshed> {
  const { options, facts, provider, clock } = asked
  const isOver = kept.expires_at !== null && kept.expires_at <= toIso(clock.now())
  if (kept.refresh_token === undefined && isOver) return { kind: 'same', signedIn: signedIn(options, facts, kept) }
  const config = await provider.configuration(signal)
  const tokens = await renewed(provider, config, kept)
  if (tokens === null) return { kind: 'expired' }
  const claims = tokens.claims?.()
  const fault = claims === undefined ? null : tokenFault(tokens.id_token ?? '', { claims, clientId: options.clientId, now: clock.now() })
  if (fault !== null) throw new HubError('provider_answer_odd', { ...facts, reason: fault })
  if (claims !== undefined && (claims.sub !== kept.id_token_claims['sub'] || claims.iss !== kept.id_token_claims['iss']))
    return { kind: 'expired' }
  const id_token_claims = claims === undefined ? withoutThose(kept) : renewedClaims(options, kept, claims)
  const userinfo = await userinfoOf(config, tokens.access_token, { id_token_claims }).catch((error: unknown) => whyNot(error, kept))
  if (userinfo === null) return { kind: 'expired' }
  const now = keptOf(tokens, { id_token_claims, oauth_user: userinfo }, clock)
  const held = KeptSchema.parse({
    ...now,
    scope: now.scope.length === 0 ? kept.scope : now.scope,
    id_token: now.id_token ?? kept.id_token,
    expires_at: kept.refresh_token === undefined ? kept.expires_at : now.expires_at,
  })
  const isSame = JSON.stringify(held) === JSON.stringify(kept)
  return { kind: isSame ? 'same' : 'changed', signedIn: signedIn(options, facts, held) }
}

/** Who it is about never changes. */
const lastingNames = new Set(['iss', 'sub', 'tid', 'oid'])

/** What the userinfo endpoint said before is asked of it again: what it leaves out now is gone. */
const withoutThose = ({ id_token_claims, oauth_user }: Kept): Kept['id_token_claims'] =>
  Object.fromEntries(Object.entries(id_token_claims).filter(([name]) => lastingNames.has(name) || !Object.hasOwn(oauth_user, name)))

/** What a new id_token says, and what only the first one said; who is in which group, only the new one. */
function renewedClaims({ groupsClaim }: OidcOptions, kept: Kept, claims: Claims): Kept['id_token_claims'] {
  const gone = new Set([groupsClaim, groupsClaim.split('.')[0], '_claim_names', 'hasgroups'])
  const older = Object.fromEntries(Object.entries(withoutThose(kept)).filter(([name]) => !gone.has(name)))
  return lasting(mergeClaims(lasting(claims), older))
}

type Tokens = client.TokenEndpointResponse & { claims?(): client.IDToken | undefined }

/** Null: what was given counts no more. */
async function renewed(provider: OidcProvider, config: client.Configuration, kept: Kept): Promise<Tokens | null> {
  const { access_token, refresh_token } = kept
  if (refresh_token === undefined) return { access_token, token_type: 'bearer', scope: kept.scope.join(' ') }
  try {
    const tokens = await provider.withKeys(config, () => client.refreshTokenGrant(config, refresh_token))
    return Object.assign(tokens, { refresh_token: tokens.refresh_token ?? refresh_token })
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') return null
    throw error
  }
}

/**
 * Null: what was given counts no more. When the provider has just given new tokens and only this answer is missing, the last one goes on: an error
 * would throw away a refresh token that counts once.
 */
function whyNot(error: unknown, kept: Kept): Kept['oauth_user'] | null {
  if (error instanceof client.WWWAuthenticateChallengeError) return null
  if (error instanceof client.ResponseBodyError && error.status === 401) return null
  if (kept.refresh_token !== undefined && isSilence(error)) return kept.oauth_user
  throw error
}

/** The library wraps what a request threw. */
const isSilence = (error: unknown): boolean =>
  error instanceof HubError
    ? error.code === 'provider_unreachable'
    : error instanceof Error && error.cause !== undefined && isSilence(error.cause)
