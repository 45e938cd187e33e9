import type { Principal } from '../core/principal.ts'
import type { OpenedSession } from '../hub/sessions.ts'
import { cookieNames, loginCookie } from './cookies.ts'
import { anonymousXsrfSeconds } from './csrf.ts'
import { hubPrefixOf } from './deps.ts'
import type { HttpDeps } from './deps.ts'
import { isNavigation } from './exchange.ts'
import type { Exchange } from './exchange.ts'

/** Notebook servers read the session id, also on hosts of their own. */
function sessionPlace({ options }: HttpDeps): { readonly path: string; readonly domain: string | undefined } {
  const { baseUrl, subdomainHost } = options
  return { path: baseUrl, domain: subdomainHost === undefined ? undefined : new URL(subdomainHost).hostname }
}

/** Gives the browser the cookies of a new login; the XSRF token changes with it. */
export function startSession(exchange: Exchange, hub: HttpDeps, opened: OpenedSession): void {
  const hubPrefix = hubPrefixOf(hub.options)
  const { cookies } = exchange
  const login = loginCookie(hub.options)
  cookies.set(login.name, opened.cookieValue, {
    path: login.path,
    httpOnly: true,
    maxAgeSeconds: hub.options.cookieMaxAgeDays * 86_400,
  })
  cookies.set(cookieNames.session, opened.sessionId, { ...sessionPlace(hub), httpOnly: true })
  cookies.set(cookieNames.xsrf, hub.xsrf.tokenOfLogin(opened.sessionId), { path: hubPrefix, httpOnly: false })
}

/** Takes the cookies of a login back. */
export function endSession(exchange: Exchange, hub: HttpDeps): void {
  const hubPrefix = hubPrefixOf(hub.options)
  const login = loginCookie(hub.options)
  const session = sessionPlace(hub)
  exchange.cookies.clear(login.name, login.path)
  exchange.cookies.clear(cookieNames.session, session.path, session.domain)
  exchange.cookies.clear(cookieNames.xsrf, hubPrefix)
  exchange.cookies.clear('jupyterhub-services', `${hub.options.baseUrl}services`)
}

/**
 * Cookies that go with a page: the XSRF token that was put into it, and the session id when the browser lost it.
 * Only on navigations: what a script fetches changes no cookie.
 */
export function addPageCookies(exchange: Exchange, hub: HttpDeps, caller: Principal | null): void {
  if (!isNavigation(exchange)) return
  const { cookies, seen } = exchange
  if (seen.xsrf?.fresh === true) {
    const age = caller === null ? { maxAgeSeconds: anonymousXsrfSeconds } : {}
    cookies.set(cookieNames.xsrf, seen.xsrf.value, { path: hubPrefixOf(hub.options), httpOnly: false, ...age })
  }
  const sessionId = caller?.via === 'cookie' ? caller.sessionId : null
  if (sessionId === null || cookies.all(cookieNames.session)[0] === sessionId) return
  cookies.set(cookieNames.session, sessionId, { ...sessionPlace(hub), httpOnly: true })
}
