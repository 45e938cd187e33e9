import { HubError } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import { callerByCookie, callerByToken } from './authenticate.ts'
import { authorise } from './authorise.ts'
import { readForm } from './body.ts'
import { needsXsrf } from './csrf.ts'
import { hubPrefixOf } from './deps.ts'
import type { HttpDeps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { compilePath } from './path-pattern.ts'
import { resourceOf } from './resource.ts'
import type { Target } from './resource.ts'
import type { Route } from './route.ts'

/** A page as it is declared. */
export type PageDeclaration = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  /** Relative to the hub prefix: `/spawn/:user/:server?`, `/user/:user/*rest` (see `compilePath`). */
  readonly path: string
  /** API tokens count too, not only the login cookie. */
  readonly tokens?: boolean
  /** Any one of them suffices; only for pages that need a login. */
  readonly scopes?: readonly string[]
  readonly resource?: (params: Readonly<Record<string, string>>) => Target
  /**
   * What happens to a form without a good XSRF token. `refuse`: 403 (the default). `report`: the handler finds it in `xsrfProblem`.
   * `ignore`: not looked at, for what is no form of ours (an OAuth token request).
   */
  readonly xsrf?: 'refuse' | 'report' | 'ignore'
  /** Reads a posted form into `form`; the default. Off for handlers that read the body themselves. */
  readonly readsForm?: boolean
}

/** What a page gets. */
export type PageCall<C extends Principal | null = Principal | null> = {
  readonly exchange: Exchange
  readonly hub: HttpDeps
  readonly params: Readonly<Record<string, string>>
  /** Fields that were posted; empty for GET. */
  readonly form: URLSearchParams
  readonly caller: C
  /** For the hidden `_xsrf` field of forms. */
  readonly xsrf: string
  /** Why the XSRF check failed, for pages that report it themselves. */
  readonly xsrfProblem: HubError | null
}

/** A finished page, to be bound to what it works with. */
export type Page = { bind(hub: HttpDeps): Route }

const formLimitBytes = 65_536

/** A page that everybody may see. */
export function openPage(declaration: PageDeclaration) {
  return {
    handledBy: (handler: (call: PageCall) => Promise<Response> | Response): Page => finish(declaration, async (_, call) => handler(call)),
  }
}

/** A page for those who are signed in: GET leads to the login, everything else is 403. */
export function page(declaration: PageDeclaration) {
  const { scopes = [], resource } = declaration
  return {
    handledBy: (handler: (call: PageCall<Principal>) => Promise<Response> | Response): Page =>
      finish(declaration, async (hub, call) => {
        const { caller, exchange } = call
        if (caller === null && ['GET', 'HEAD'].includes(exchange.method)) return toLogin(hub, exchange)
        const target = resource === undefined || caller === null ? null : await resourceOf(hub.database.db, resource(call.params))
        return handler({ ...call, caller: authorise(caller, { scopes, resource: target }) })
      }),
  }
}

/** Sends the browser to another page of this site. `path` is a path that this program has made or checked. */
export const redirect = (path: string, status: 301 | 302 | 303 = 302): Response =>
  new Response(null, { status, headers: { Location: path } })

function toLogin(hub: HttpDeps, exchange: Exchange): Response {
  return redirect(`${hubPrefixOf(hub.options)}login?next=${encodeURIComponent(`${exchange.path}${exchange.search}`)}`)
}

function finish(declaration: PageDeclaration, run: (hub: HttpDeps, call: PageCall) => Promise<Response>): Page {
  const answer = async (hub: HttpDeps, exchange: Exchange, params: Readonly<Record<string, string>>): Promise<Response> => {
    const reads = declaration.readsForm !== false && !['GET', 'HEAD'].includes(exchange.method)
    const form = reads ? await readForm(exchange.request, formLimitBytes) : new URLSearchParams()
    const holder = declaration.tokens === true ? await callerByToken(exchange, hub) : null
    const caller = holder ?? (await callerByCookie(exchange, hub))
    const xsrfProblem = holder === null ? xsrfProblemOf(declaration, { exchange, hub, caller, form }) : null
    if (xsrfProblem !== null && declaration.xsrf !== 'report') throw xsrfProblem
    return run(hub, { exchange, hub, params, form, caller, xsrfProblem, xsrf: hub.xsrf.token(exchange, caller).value })
  }
  return {
    bind: (hub) => ({
      surface: 'page',
      method: declaration.method,
      pattern: compilePath(declaration.path),
      answer: (exchange, params) => answer(hub, exchange, params),
    }),
  }
}

type XsrfQuestion = Pick<PageCall, 'exchange' | 'hub' | 'caller' | 'form'>

function xsrfProblemOf(declaration: PageDeclaration, { exchange, hub, caller, form }: XsrfQuestion): HubError | null {
  if (declaration.xsrf === 'ignore' || !needsXsrf(exchange, 'page')) return null
  try {
    hub.xsrf.check(exchange, caller, form.get('_xsrf'))
    return null
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown
    throw thrown
  }
}
