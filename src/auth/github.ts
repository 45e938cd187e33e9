import * as client from 'openid-client'
import { z } from 'zod'
import { HubError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Clock } from '../lib/clock.ts'
import type { RedirectAuthenticator, Refreshed, SignedIn } from './authenticator.ts'
import { githubSignedIn } from './github-account.ts'
import type { GithubTokens } from './github-account.ts'
import { createGithubApi, TokenRefused } from './github-api.ts'
import type { GithubOptions } from './github-options.ts'
import { apiBase, githubUserSchema, neededScopes, trimmed } from './github-rules.ts'
import type { GithubUser } from './github-rules.ts'
import { githubTokenFetch } from './github-tokens.ts'
import { explainProvider } from './provider-errors.ts'
import type { ProviderFacts } from './provider-errors.ts'
import { createProviderFetch } from './provider-fetch.ts'
import { redirectSettings } from './redirect-options.ts'
import { returnedUrl } from './returned-url.ts'

/** What the authenticator needs. */
export type GithubDeps = { readonly clock: Clock }

const KeptSchema = z.object({ access_token: z.string().min(1), refresh_token: z.string().min(1).optional(), github_user: githubUserSchema })

/** Signing in with GitHub (auth-and-security §3.1): an account is its number; names come and go. */
export function createGithub(options: GithubOptions, deps: GithubDeps): RedirectAuthenticator {
  const { id, title: service } = options
  const base = apiBase(options.githubUrl, options.apiUrl)
  const facts = (expected: string, received: string): ProviderFacts => ({ service, authenticator: id, expected, received })

  const whoIs = async (tokens: GithubTokens, signal: AbortSignal): Promise<SignedIn> => {
    const fetch = createProviderFetch({ service, signal })
    const api = createGithubApi({ base, service, token: tokens.access_token, fetch, clock: deps.clock })
    const user = await api.one('/user', githubUserSchema)
    if (user === null) throw new HubError('provider_answer_odd', { service, reason: 'it does not say who it is about' })
    return githubSignedIn(options, api, user, tokens)
  }

  return {
    kind: 'github',
    id,
    form: 'redirect',
    title: service,
    settings: redirectSettings(options),
    begin: async ({ callbackUrl, state, signal }) => {
      const verifier = client.randomPKCECodeVerifier()
      const scopes = neededScopes(options)
      const url = client.buildAuthorizationUrl(configuration(options, deps, signal), {
        redirect_uri: callbackUrl,
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      })
      return { url: url.href, pending: { verifier } }
    },
    finish: async ({ url, callbackUrl, state, pending, signal }) => {
      signal.throwIfAborted()
      const returned = returnedUrl({ url, callbackUrl, state })
      try {
        const checks = { expectedState: state, pkceCodeVerifier: pending['verifier'] ?? '', idTokenExpected: false }
        const tokens = await client.authorizationCodeGrant(configuration(options, deps, signal), returned, checks)
        return await whoIs(tokens, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof TokenRefused) throw new HubError('login_expired', { minutes: 10 }, { cause: error })
        throw explainProvider(error, facts(callbackUrl, `${url.origin}${url.pathname}`))
      }
    },
    refresh: async ({ authState, signal }) => {
      const kept = KeptSchema.safeParse(authState)
      if (!kept.success) return { kind: 'expired' }
      const { access_token, refresh_token, github_user } = kept.data
      const scope = Array.isArray(authState['scope']) ? authState['scope'].join(' ') : ''
      const ask = async (tokens: GithubTokens): Promise<Refreshed> => compared(github_user, authState, await whoIs(tokens, signal))
      try {
        return await ask({ access_token, scope, ...(refresh_token === undefined ? {} : { refresh_token }) })
      } catch (error) {
        if (!(error instanceof TokenRefused)) throw error
      }
      if (refresh_token === undefined) return { kind: 'expired' }
      const renewed = await renew(configuration(options, deps, signal), refresh_token, facts('', ''))
      return renewed === null ? { kind: 'expired' } : ask({ refresh_token, ...renewed }).catch(expiredWhenRefused)
    },
  }
}

/** The client of the library, for one call. */
function configuration(options: GithubOptions, { clock }: GithubDeps, signal: AbortSignal): client.Configuration {
  const url = trimmed(options.githubUrl)
  const { title: service } = options
  const config = new client.Configuration(
    {
      issuer: `${url}/login/oauth`,
      authorization_endpoint: `${url}/login/oauth/authorize`,
      token_endpoint: `${url}/login/oauth/access_token`,
    },
    options.clientId,
    {},
    client.ClientSecretPost(options.clientSecret),
  )
  config[client.customFetch] = githubTokenFetch({ service, clock, fetch: createProviderFetch({ service, signal }) })
  // The configuration refuses http for other machines.
  if (url.startsWith('http:')) client.allowInsecureRequests(config)
  return config
}

/** The same account, and is anything new about it? Another number is somebody else. */
function compared(before: GithubUser, authState: JsonObject, now: SignedIn): Refreshed {
  if (now.identity.subject !== `${before.id}`) return { kind: 'expired' }
  const isSame = JSON.stringify(authState) === JSON.stringify(now.authState)
  return { kind: isSame ? 'same' : 'changed', signedIn: now }
}

/** New tokens for a refresh token, or null when it counts no more. */
async function renew(config: client.Configuration, refreshToken: string, facts: ProviderFacts): Promise<GithubTokens | null> {
  try {
    return await client.refreshTokenGrant(config, refreshToken)
  } catch (error) {
    if (error instanceof client.ResponseBodyError && /^(?:bad_refresh_token|invalid_grant)$/.test(error.error)) return null
    throw explainProvider(error, facts)
  }
}

function expiredWhenRefused(error: unknown): Refreshed {
  if (error instanceof TokenRefused) return { kind: 'expired' }
  throw error
}
