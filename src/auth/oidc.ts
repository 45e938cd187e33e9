import * as client from 'openid-client'
import { HubError } from '../core/errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { RedirectAuthenticator } from './authenticator.ts'
import { keptOf, KeptSchema, lasting, signedIn, userinfoOf } from './oidc-kept.ts'
import { oidcId, presetOf } from './oidc-options.ts'
import type { OidcOptions } from './oidc-options.ts'
import { createOidcProvider, scopesOf } from './oidc-provider.ts'
import type { OidcProvider } from './oidc-provider.ts'
import { askAgain } from './oidc-refresh.ts'
import type { Asked } from './oidc-refresh.ts'
import { tokenFault } from './oidc-token-checks.ts'
import { explainProvider } from './provider-errors.ts'
import type { ProviderFacts } from './provider-errors.ts'
import { redirectSettings } from './redirect-options.ts'
import { returnedUrl } from './returned-url.ts'

/** What the authenticator needs. */
export type OidcDeps = { readonly clock: Clock }

/** Signing in with an OpenID provider (auth-and-security §2, §3.2–3.6): OpenID Connect Core §3.1, with PKCE, nonce and state, by a certified library. */
export function createOidc(options: OidcOptions, { clock }: OidcDeps): RedirectAuthenticator {
  const id = oidcId(options)
  const title = options.title ?? presetOf(options).title
  const factsOf = (expected: string, received: string): ProviderFacts => ({ service: title, authenticator: id, expected, received })
  const provider = createOidcProvider(options, factsOf('', ''), { clock })
  const asked: Asked = { options, provider, clock, facts: factsOf('', '') }

  return {
    kind: 'oidc',
    id,
    form: 'redirect',
    title,
    settings: redirectSettings(options),
    begin: ({ callbackUrl, state, signal }) =>
      explained(factsOf(callbackUrl, ''), signal, async () => {
        const config = await provider.configuration(signal)
        const [verifier, nonce] = [client.randomPKCECodeVerifier(), client.randomNonce()]
        const url = client.buildAuthorizationUrl(config, {
          ...options.extraAuthorizeParams,
          ...hintOf(options),
          redirect_uri: callbackUrl,
          scope: scopesOf(options),
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        })
        return { url: url.href, pending: { verifier, nonce } }
      }),
    finish: async ({ url, callbackUrl, state, pending, signal }) => {
      signal.throwIfAborted()
      const returned = returnedUrl({ url, callbackUrl, state })
      const facts = factsOf(callbackUrl, `${url.origin}${url.pathname}`)
      return explained(facts, signal, async () => {
        const config = await provider.configuration(signal)
        const checks = { expectedState: state, expectedNonce: pending['nonce'] ?? '', pkceCodeVerifier: pending['verifier'] ?? '' }
        const tokens = await provider.withKeys(config, () =>
          client.authorizationCodeGrant(config, returned, { ...checks, idTokenExpected: true }),
        )
        const claims = tokens.claims()
        const fault = tokenFault(tokens.id_token ?? '', { claims: claims ?? {}, clientId: options.clientId, now: clock.now() })
        if (claims === undefined || fault !== null) throw new HubError('provider_answer_odd', { ...facts, reason: fault })
        const told = { id_token_claims: lasting(claims) }
        const oauth_user = await userinfoOf(config, tokens.access_token, told)
        return signedIn(options, facts, keptOf(tokens, { ...told, oauth_user }, clock))
      })
    },
    ...(options.signOutThere
      ? { signOutUrl: (request: SignOutRequest) => explained(asked.facts, request.signal, () => signOutUrl(provider, request)) }
      : {}),
    refresh: ({ authState, signal }) => {
      const kept = KeptSchema.safeParse(authState)
      if (!kept.success) return Promise.resolve({ kind: 'expired' })
      return explained(asked.facts, signal, () => askAgain(asked, kept.data, signal))
    },
  }
}

type SignOutRequest = Parameters<NonNullable<RedirectAuthenticator['signOutUrl']>>[0]

/** OpenID Connect RP-Initiated Logout 1.0 §2. The address to come back to has to be registered there. */
async function signOutUrl(provider: OidcProvider, { authState, returnTo, signal }: SignOutRequest): Promise<string | null> {
  const config = await provider.configuration(signal)
  if (config.serverMetadata().end_session_endpoint === undefined) return null
  const idToken = KeptSchema.safeParse(authState).data?.id_token
  const hint = idToken === undefined ? {} : { id_token_hint: idToken }
  const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo, ...hint })
  return /^https?:$/.test(url.protocol) ? url.href : null
}

/** Only a hint for the page of Google: what counts is the claim. */
const hintOf = ({ preset, requiredDomains }: OidcOptions): Record<string, string> =>
  preset === 'google' && requiredDomains.length === 1 ? { hd: requiredDomains[0] ?? '' } : {}

async function explained<T>(facts: ProviderFacts, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    signal.throwIfAborted()
    throw explainProvider(error, facts)
  }
}
