import type { Principal } from '../core/principal.ts'
import { loginCookie } from './cookies.ts'
import type { HttpDeps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { needsXsrf } from './csrf.ts'

const tokenHeader = /^(?:token|bearer)\s+(\S+)$/i

/** The token of an `Authorization` header, or null for everything that is not `token X` or `Bearer X`. */
export const tokenOf = (headers: Headers): string | null => tokenHeader.exec(headers.get('authorization')?.trim() ?? '')?.[1] ?? null

/** A form of another origin can post without asking, but not as JSON: a cookie that comes with another content type does not count. */
function cookieCounts(exchange: Exchange): boolean {
  const type = exchange.headers.get('content-type')
  if (exchange.method !== 'POST' || type === null) return true
  return type.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

/**
 * The caller by the login cookie: the one login that its values belong to. A page of somebody's server on the same origin can plant a cookie of
 * another login beside the true one, and nothing says which is which: two logins are none.
 */
export async function callerByCookie(exchange: Exchange, hub: HttpDeps): Promise<Principal | null> {
  const logins = new Map<number | null, Principal>()
  for (const value of new Set(exchange.cookies.all(loginCookie(hub.options).name))) {
    const caller = await hub.tokens.ofSession(value)
    if (caller !== null) logins.set(caller.loginId, caller)
  }
  const [caller = null] = logins.values()
  return remember(exchange, logins.size === 1 ? caller : null)
}

/** The caller by the token; null for none and for one that is unknown or has expired. */
export async function callerByToken(exchange: Exchange, hub: HttpDeps): Promise<Principal | null> {
  const token = tokenOf(exchange.headers)
  if (token === null) return null
  return remember(exchange, await hub.tokens.ofToken(token))
}

function remember(exchange: Exchange, caller: Principal | null): Principal | null {
  if (caller !== null) exchange.seen.caller = caller
  return caller
}

/**
 * Who calls the API (rest-api §4.1, §4.4, §4.5): a token first, then the cookie, which needs an XSRF token.
 * Somebody unknown who comes from a page gets the same answer as somebody known, so that the page learns nothing.
 * Errors: xsrf_missing, xsrf_mismatch.
 */
export async function callerOfApi(exchange: Exchange, hub: HttpDeps): Promise<Principal | null> {
  const holder = await callerByToken(exchange, hub)
  if (holder !== null) return holder
  const visitor = cookieCounts(exchange) ? await callerByCookie(exchange, hub) : null
  const hides = visitor === null && exchange.headers.has('origin')
  if ((visitor !== null || hides) && needsXsrf(exchange, 'api')) hub.xsrf.check(exchange, visitor, null)
  return visitor
}

/**
 * The same for endpoints that are open to everybody: nobody is refused for being unknown.
 * Errors: xsrf_missing, xsrf_mismatch, for a cookie that counts.
 */
export async function visitorOfApi(exchange: Exchange, hub: HttpDeps): Promise<Principal | null> {
  const holder = await callerByToken(exchange, hub)
  if (holder !== null) return holder
  const visitor = cookieCounts(exchange) ? await callerByCookie(exchange, hub) : null
  if (visitor !== null && needsXsrf(exchange, 'api')) hub.xsrf.check(exchange, visitor, null)
  return visitor
}
