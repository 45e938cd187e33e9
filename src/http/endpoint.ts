import type { z } from 'zod'
import type { ErrorCode } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import { callerOfApi, visitorOfApi } from './authenticate.ts'
import { authorise } from './authorise.ts'
import { readJson } from './body.ts'
import type { HttpDeps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { parseInput, queryObject } from './parse.ts'
import { compilePath } from './path-pattern.ts'
import { toResponse } from './reply.ts'
import type { AnyReply, Reply, ReplySpec } from './reply.ts'
import { resourceOf } from './resource.ts'
import type { Target } from './resource.ts'
import type { Route } from './route.ts'

/** What the API reference shows of an endpoint. */
export type EndpointFacts = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  /** Relative to `/hub/api`: `/users/:user/servers/:server?` (see `compilePath`). */
  readonly path: string
  /** One sentence for the API reference. */
  readonly summary: string
  /** Any one of them suffices. */
  readonly scopes?: readonly string[]
  /** A handler that honours filtered scopes itself: a list. */
  readonly filtered?: boolean
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  /** JSON body. A request without a body is parsed as `null`. */
  readonly body?: z.ZodType
  readonly reply: ReplySpec
  /** Errors beyond those of every endpoint. */
  readonly errors?: readonly ErrorCode[]
}

/** An endpoint as it is declared: what it is, what it takes, who may, what it answers. */
export type Declaration<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends ReplySpec> = EndpointFacts & {
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly reply: R
  /** The thing that the path names; scopes are checked for it. */
  readonly resource?: (params: z.output<P>) => Target
}

/** What a handler gets. `caller` is null only at endpoints that are open to everybody. */
export type Call<P, Q, B, C extends Principal | null> = {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly caller: C
  readonly exchange: Exchange
  readonly hub: HttpDeps
}

/** A finished endpoint, to be bound to what it works with. `open`: it needs no credential. */
export type Endpoint = { readonly facts: EndpointFacts & { readonly open: boolean }; bind(hub: HttpDeps): Route }

const bodyLimitBytes = 1_048_576

/** An endpoint for callers that are known: 403 for everybody else. Refusals are thrown as HubError. */
export function endpoint<
  const R extends ReplySpec,
  P extends z.ZodType = z.ZodUnknown,
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
>(declaration: Declaration<P, Q, B, R>) {
  const admit = async (exchange: Exchange, hub: HttpDeps, params: z.output<P>): Promise<Principal> => {
    const caller = await callerOfApi(exchange, hub)
    const { scopes = [], filtered = false, resource } = declaration
    if (caller === null || scopes.length === 0) return authorise(caller, { scopes: [], resource: null })
    const target = resource === undefined ? null : await resourceOf(hub.database.db, resource(params))
    return authorise(caller, { scopes, filtered, resource: target })
  }
  return { handledBy: (handler: Handler<P, Q, B, R, Principal>): Endpoint => finish(declaration, false, admit, handler) }
}

/** An endpoint that also answers to nobody in particular. `credentials: 'none'`: nobody is looked for, `caller` is null. */
export function openEndpoint<
  const R extends ReplySpec,
  P extends z.ZodType = z.ZodUnknown,
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
>(declaration: Declaration<P, Q, B, R> & { readonly credentials: 'none' | 'optional' }) {
  const admit = declaration.credentials === 'none' ? () => Promise.resolve(null) : visitorOfApi
  return { handledBy: (handler: Handler<P, Q, B, R, Principal | null>): Endpoint => finish(declaration, true, admit, handler) }
}

type Handler<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends ReplySpec, C extends Principal | null> = (
  call: Call<z.output<P>, z.output<Q>, z.output<B>, C>,
) => Promise<Reply<R>> | Reply<R>

function finish<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends ReplySpec, C extends Principal | null>(
  declaration: Declaration<P, Q, B, R>,
  open: boolean,
  admit: (exchange: Exchange, hub: HttpDeps, params: z.output<P>) => Promise<C>,
  handler: Handler<P, Q, B, R, C>,
): Endpoint {
  const answer = async (exchange: Exchange, hub: HttpDeps, raw: unknown): Promise<Response> => {
    const params = parseInput(declaration.params, raw, 'path')
    const caller = await admit(exchange, hub, params)
    const query = parseInput(declaration.query, queryObject(exchange.query), 'query')
    const sent = declaration.body === undefined ? null : await readJson(exchange.request, bodyLimitBytes)
    const body = parseInput(declaration.body, sent, 'body')
    const reply: AnyReply = await handler({ params, query, body, caller, exchange, hub })
    return reply instanceof Response ? reply : toResponse(reply)
  }
  return {
    facts: { ...declaration, open },
    bind: (hub) => ({
      surface: 'api',
      method: declaration.method,
      pattern: compilePath(`/api${declaration.path}`),
      answer: (exchange, raw) => answer(exchange, hub, raw),
    }),
  }
}
