import { createHash } from 'node:crypto'
import { HubError } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import type { Clock } from '../lib/clock.ts'
import { safeEqual, signValue, verifyValue } from '../lib/secrets.ts'
import { cookieNames } from './cookies.ts'
import type { Exchange } from './exchange.ts'
import type { Surface } from './route.ts'

/** Guards what a cookie allows against pages of other origins (singleuser-and-web §4.3–4.5). */
export type XsrfGuard = {
  /** The token for forms of this caller: the one of a valid cookie, else a fresh one, which then has to be set. The same for the whole exchange. */
  token(exchange: Exchange, caller: Principal | null): { readonly value: string; readonly fresh: boolean }
  /** A token for a login that has just begun. */
  tokenOfLogin(sessionId: string): string
  /**
   * Refuses a request that carries no token of this caller. `argument` is the `_xsrf` field of a form, when there is one.
   * Errors: xsrf_missing, xsrf_mismatch.
   */
  check(exchange: Exchange, caller: Principal | null, argument: string | null): void
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** How long the token of somebody who is not signed in is good, seconds. */
export const anonymousXsrfSeconds = 3_600

const readOnly = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What a browser says of requests that a page of the hub, or the person, makes; nothing, when it does not say. A neighbouring host is foreign. */
const ownSites: ReadonlySet<string | null> = new Set([null, 'same-origin', 'none'])

/**
 * Must this request of a cookie holder carry the token? Pages: when it can change something. API: also for reading,
 * unless the browser says that nobody's script gets to see the answer.
 */
export function needsXsrf(exchange: Exchange, surface: Surface): boolean {
  const { method, headers } = exchange
  if (surface === 'page') return !readOnly.has(method)
  const mode = headers.get('sec-fetch-mode') ?? 'navigate'
  if (method === 'HEAD' || method === 'OPTIONS' || mode === 'websocket') return false
  if (!readOnly.has(method)) return true
  return !(mode === 'navigate' || (mode === 'no-cors' && headers.get('sec-fetch-site') === 'same-origin'))
}

/** Whom a token is for: a login, or an address and browser as long as nobody is signed in. */
function identityOf(exchange: Exchange, caller: Principal | null): string {
  if (caller?.sessionId) return `in:${caller.sessionId}`
  const browser = createHash('sha256')
    .update(`${exchange.client.address}\n${exchange.headers.get('user-agent') ?? ''}`)
    .digest('base64url')
  return `out:${exchange.cookies.all(cookieNames.session)[0] ?? 'none'}:${browser}`
}

function sentToken(exchange: Exchange, argument: string | null): string | null {
  const { query, headers } = exchange
  return argument ?? query.get('_xsrf') ?? headers.get('x-xsrftoken') ?? headers.get('x-csrftoken')
}

/** `secrets`: keys that sign, the first one for new tokens; the same in every replica. */
export function createXsrfGuard(deps: { readonly secrets: readonly [Uint8Array, ...Uint8Array[]]; readonly clock: Clock }): XsrfGuard {
  const encode = (identity: string): string => signValue(deps.secrets[0], identity, 'xsrf', deps.clock.now())

  const validCookie = (exchange: Exchange, identity: string): string | null => {
    const maxAgeMs = identity.startsWith('in:') ? 31 * dayMs : hourMs
    const belongs = (value: string): boolean => verifyValue(deps.secrets, value, 'xsrf', { now: deps.clock.now(), maxAgeMs }) === identity
    return exchange.cookies.all(cookieNames.xsrf).find(belongs) ?? null
  }

  const token = (exchange: Exchange, caller: Principal | null): { value: string; fresh: boolean } => {
    if (exchange.seen.xsrf !== null) return exchange.seen.xsrf
    const identity = identityOf(exchange, caller)
    const kept = validCookie(exchange, identity)
    exchange.seen.xsrf = kept === null ? { value: encode(identity), fresh: true } : { value: kept, fresh: false }
    return exchange.seen.xsrf
  }

  const check = (exchange: Exchange, caller: Principal | null, argument: string | null): void => {
    const { method, headers } = exchange
    const sent = sentToken(exchange, argument)
    if (sent === null || sent === '') throw new HubError('xsrf_missing', { method })
    const kept = validCookie(exchange, identityOf(exchange, caller))
    const foreign = !readOnly.has(method) && !ownSites.has(headers.get('sec-fetch-site'))
    if (kept === null || foreign || !safeEqual(kept, sent)) throw new HubError('xsrf_mismatch', { method })
  }

  return { token, check, tokenOfLogin: (sessionId) => encode(`in:${sessionId}`) }
}
