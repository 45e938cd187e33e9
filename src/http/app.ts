import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { userOriginPattern } from '../core/addresses.ts'
import { HubError } from '../core/errors.ts'
import { callerOfApi } from './authenticate.ts'
import { hubPrefixOf } from './deps.ts'
import type { HttpDeps } from './deps.ts'
import type { Endpoint } from './endpoint.ts'
import { openExchange } from './exchange.ts'
import type { Arrival, Exchange, Place } from './exchange.ts'
import { answerForServers, answerOutside } from './frame.ts'
import { addHeaders } from './headers.ts'
import type { Page } from './page.ts'
import { asHubError, problemHeaders, problemReply } from './problem.ts'
import { createRouter } from './router.ts'
import type { Surface } from './route.ts'
import { addPageCookies } from './session-cookies.ts'
import { metricsPages } from './metrics.ts'
import { createUpkeepPages } from './upkeep-pages.ts'

/** Renders an error for people, as a whole document. Must not throw for an error of rendering itself. */
export type ErrorPage = (error: HubError, exchange: Exchange, hub: HttpDeps) => Promise<string> | string

/** What the app answers with. */
export type AppParts = {
  readonly endpoints: readonly Endpoint[]
  readonly pages: readonly Page[]
  readonly errorPage: ErrorPage
}

type Env = { Bindings: Partial<HttpBindings> }

/** The edge of the hub as one function from request to reply; `boot` gives it a socket, tests call `app.request()`. */
export function createApp(hub: HttpDeps, parts: AppParts): Hono<Env> {
  const serve = createHandler(hub, parts)
  const app = new Hono<Env>()
  app.all('*', (context) => serve(context.req.raw, arrivalOf(context.req.raw, context.env)))
  return app
}

function arrivalOf(request: Request, env: Partial<HttpBindings> | undefined): Arrival {
  const incoming = env?.incoming
  if (incoming !== undefined) return { target: incoming.url ?? '', peer: incoming.socket.remoteAddress ?? null }
  const { pathname, search } = new URL(request.url)
  return { target: `${pathname}${search}`, peer: null }
}

function createHandler(hub: HttpDeps, parts: AppParts): (request: Request, arrival: Arrival) => Promise<Response> {
  const hubPrefix = hubPrefixOf(hub.options)
  const place: Place = { trusted: hub.trusted, publicUrl: hub.publicUrl, hubPrefix, hubPlace: hub.options }
  const formTargets = userOriginPattern(hub.options)
  const router = createRouter([...parts.endpoints, ...parts.pages, ...createUpkeepPages(), ...metricsPages].map((part) => part.bind(hub)))

  const route = async (exchange: Exchange): Promise<Response> => {
    if (exchange.forServers) return answerForServers(exchange, hub)
    if (!exchange.path.startsWith(hubPrefix)) return answerOutside(exchange, hub.options.baseUrl)
    const found = router(exchange.method, exchange.path.slice(hubPrefix.length - 1))
    if (found.kind === 'nothing') throw new HubError('not_found')
    if (found.kind === 'other_methods') return answerOtherMethod(exchange, hub, found)
    exchange.seen.route = found.route.pattern.text
    exchange.seen.surface = found.route.surface
    return found.route.answer(exchange, found.params)
  }

  const explain = async (exchange: Exchange, thrown: unknown): Promise<Response> => {
    const error = asHubError(thrown, exchange.id)
    logFailure(hub, exchange, error)
    if (exchange.seen.surface === 'api') return problemReply(error)
    const headers = { ...problemHeaders(error), 'Content-Type': 'text/html; charset=UTF-8' }
    return new Response(await parts.errorPage(error, exchange, hub), { status: error.status, headers })
  }

  return async (request, arrival) => {
    const began = hub.clock.monotonic()
    const exchange = tryOpen(request, arrival, place)
    if (exchange instanceof HubError) {
      const reply = problemReply(exchange)
      addHeaders(reply.headers, 'api', { hubPrefix, https: false, id: '-' })
      return reply
    }
    const response = await route(exchange)
      .catch((thrown: unknown) => explain(exchange, thrown))
      .catch((thrown: unknown) => problemReply(asHubError(thrown, exchange.id)))
    const headers = new Headers(response.headers)
    const isPage = (headers.get('content-type') ?? '').startsWith('text/html')
    const { surface } = exchange.seen
    if (isPage && surface === 'page') addPageCookies(exchange, hub, exchange.seen.caller)
    for (const line of exchange.cookies.outgoing()) headers.append('Set-Cookie', line)
    addHeaders(headers, surface, { hubPrefix, https: exchange.client.protocol === 'https', id: exchange.id, formTargets })
    logAccess(hub, exchange, response.status, hub.clock.monotonic() - began)
    return new Response(response.body, { status: response.status, headers })
  }
}

function tryOpen(request: Request, arrival: Arrival, place: Place): Exchange | HubError {
  try {
    return openExchange(request, arrival, place)
  } catch (thrown) {
    return asHubError(thrown, '')
  }
}

/** A path that exists, with a method that it does not have. A cookie holder is told so only after the XSRF check. */
async function answerOtherMethod(
  exchange: Exchange,
  hub: HttpDeps,
  found: { readonly methods: readonly string[]; readonly surface: Surface },
): Promise<Response> {
  if (found.surface === 'api' && exchange.method === 'OPTIONS')
    return new Response('', { status: 200, headers: { Allow: found.methods.join(', '), 'Content-Type': 'application/json' } })
  if (found.surface === 'api') await callerOfApi(exchange, hub)
  throw new HubError('method_not_allowed')
}

/** What the hub could not do is an error of the log; what nobody waits for any more is none. */
function logFailure(hub: HttpDeps, exchange: Exchange, error: HubError): void {
  if (error.status < 500) return
  const fields = { id: exchange.id, code: error.code, detail: error.detail, error: error.cause ?? error }
  if (exchange.request.signal.aborted) return hub.log.debug('http.abandoned', fields)
  hub.log.error('http.failed', fields)
}

/** One line for each request. No query values, headers or bodies: secrets live there. */
function logAccess(hub: HttpDeps, exchange: Exchange, status: number, tookMs: number): void {
  const { seen, client } = exchange
  const fields = {
    id: exchange.id,
    method: exchange.method,
    path: exchange.path.slice(0, 256),
    route: seen.route,
    status,
    ms: Math.round(tookMs),
    address: client.address,
    caller: seen.caller?.name ?? null,
  }
  hub.metrics.request({ method: exchange.method, handler: seen.route ?? 'none', code: status }, tookMs / 1000)
  if (status >= 500) return hub.log.warn('http.answered', fields)
  hub.log.debug('http.answered', fields)
}
