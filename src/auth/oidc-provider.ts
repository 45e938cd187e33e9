import * as client from 'openid-client'
import { HubError } from '../core/errors.ts'
import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import { pauseAfter } from '../lib/retry.ts'
import type { OidcOptions } from './oidc-options.ts'
import { presetOf } from './oidc-options.ts'
import { issuerOf } from './oidc-presets.ts'
import { explainProvider } from './provider-errors.ts'
import type { ProviderFacts } from './provider-errors.ts'
import { createProviderFetch } from './provider-fetch.ts'
import type { ProviderFetch } from './provider-fetch.ts'

/** What the provider says about itself counts this long. */
const metadataMs: Ms = 3_600_000
/** When it cannot be had anew, it is asked for again after this long. */
const pauseMs: Ms = 60_000
const discoveryMs: Ms = 20_000
const discoveryTries = 3

/** A provider, as far as it is known. */
export type OidcProvider = {
  /** The client of the library, for one call. Errors: provider_unreachable, provider_answer_odd. */
  configuration(signal: AbortSignal): Promise<client.Configuration>
  /** A call that may need the keys of the provider: they are remembered for the next one, and after an error loaded anew. */
  withKeys<T>(config: client.Configuration, call: () => Promise<T>): Promise<T>
}

/**
 * A provider that is asked about itself when it is needed first, not before: the hub starts while it is away. The answer counts for an hour; when it
 * cannot be had anew, the old one goes on.
 */
export function createOidcProvider(options: OidcOptions, facts: ProviderFacts, { clock }: { readonly clock: Clock }): OidcProvider {
  const issuer = issuerOf(options) ?? ''
  let known: { readonly at: Ms; readonly metadata: client.ServerMetadata } | null = null
  let asking: Promise<client.ServerMetadata> | null = null
  let keys: Parameters<typeof client.setJwksCache>[1] | undefined

  const ask = async (): Promise<client.ServerMetadata> => {
    try {
      const signal = AbortSignal.timeout(discoveryMs)
      const metadata = await discover(options, issuer, { facts, clock, fetch: createProviderFetch({ service: facts.service, signal }) })
      known = { at: clock.monotonic(), metadata }
      return metadata
    } catch (error) {
      if (known === null) throw error
      known = { ...known, at: clock.monotonic() - metadataMs + pauseMs }
      return known.metadata
    } finally {
      asking = null
    }
  }

  const metadata = (signal: AbortSignal): Promise<client.ServerMetadata> => {
    signal.throwIfAborted()
    if (known !== null && clock.monotonic() - known.at < metadataMs) return Promise.resolve(known.metadata)
    asking ??= ask()
    return givenUpWith(asking, signal)
  }

  return {
    configuration: async (signal) => {
      const config = configure(options, await metadata(signal))
      config[client.customFetch] = libraryFetch(createProviderFetch({ service: facts.service, signal }))
      if (keys !== undefined) client.setJwksCache(config, keys)
      return config
    },
    withKeys: async (config, call) => {
      try {
        const result = await call()
        keys = client.getJwksCache(config)
        return result
      } catch (error) {
        keys = undefined
        throw error
      }
    },
  }
}

/** The same promise, but nobody waits for it who has given up. */
async function givenUpWith<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: given, reject } = Promise.withResolvers<never>()
  const giveUp = (): void => reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([promise, given])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

type Asking = { readonly facts: ProviderFacts; readonly clock: Clock; readonly fetch: ProviderFetch }

async function discover(options: OidcOptions, issuer: string, { facts, clock, fetch }: Asking): Promise<client.ServerMetadata> {
  const execute = isPlain(issuer) ? [client.allowInsecureRequests] : []
  for (let failures = 1; ; failures += 1) {
    try {
      const settings = { [client.customFetch]: libraryFetch(fetch), execute }
      const found = await client.discovery(new URL(issuer), options.clientId, undefined, undefined, settings)
      const metadata = found.serverMetadata()
      // The library makes exceptions for Entra, where one address speaks for many tenants.
      if (sameIssuer(metadata.issuer, issuer)) return metadata
      throw new HubError('provider_answer_odd', { ...facts, reason: 'it names another issuer' })
    } catch (error) {
      const explained = explainProvider(error, facts)
      if (explained.code !== 'provider_unreachable' || failures >= discoveryTries) throw explained
      await clock.sleep(pauseAfter(failures, { firstMs: 200, longestMs: 1_000 }))
    }
  }
}

const sameIssuer = (a: string, b: string): boolean => URL.canParse(a) && new URL(a).href === new URL(b).href

function configure(options: OidcOptions, metadata: client.ServerMetadata): client.Configuration {
  const config = new client.Configuration(metadata, options.clientId, {}, authenticationOf(options, metadata))
  // Without this the library trusts the connection alone and does not look at the signature of an id_token.
  client.enableNonRepudiationChecks(config)
  if (isPlain(metadata.issuer)) client.allowInsecureRequests(config)
  return config
}

/** The configuration refuses http for other machines. */
const isPlain = (issuer: string): boolean => issuer.startsWith('http:')

function authenticationOf({ clientSecret, clientAuthentication }: OidcOptions, metadata: client.ServerMetadata): client.ClientAuth {
  if (clientSecret === undefined) return client.None()
  const taken = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const method = clientAuthentication ?? (taken.includes('client_secret_basic') ? 'basic' : 'post')
  return method === 'basic' ? client.ClientSecretBasic(clientSecret) : client.ClientSecretPost(clientSecret)
}

/** Requests of the library; a provider that is broken itself has not refused anything. */
const libraryFetch =
  (fetch: ProviderFetch): client.CustomFetch =>
  async (url, { method, headers, body }) => {
    const response = await fetch(url, { method, headers, body: body instanceof URLSearchParams ? body : null })
    if (response.status >= 500) throw new HubError('provider_unreachable', { status: response.status })
    return response
  }

/** The scopes of an entry, each once. */
export const scopesOf = (options: OidcOptions): string => [...new Set(['openid', ...(options.scope ?? presetOf(options).scope)])].join(' ')
