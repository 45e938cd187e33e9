import { timingSafeEqual, createHash } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Json, JsonObject } from '../core/json.ts'
import { toIso } from '../core/time.ts'
import type { Log } from '../lib/log.ts'
import type { Route, Routes } from './routes.ts'

const maxBodyBytes = 1_048_576

type Reply = { readonly status: number; readonly text?: string; readonly json?: Json }

type ApiDeps = {
  readonly routes: Routes
  /** Null: everybody who can connect may call. */
  readonly token: string | null
  /** Random, new for each process: tells a caller that the table is a new one. */
  readonly instance: string
  readonly log: Log
}

/** The control API: the route table as a REST resource. Requests that are not allowed are refused before their body is read. */
export function createApi(deps: ApiDeps): RequestListener {
  const { log, instance } = deps
  return (request, response) => {
    response.setHeader('X-Orrery-Instance', instance)
    handle(deps, request).then(
      (reply) => send(log, request, response, reply),
      (error: unknown) => {
        log.error('api.failed', { error })
        send(log, request, response, { status: 500, text: 'Internal Server Error' })
      },
    )
  }
}

function send(log: Log, request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const path = (request.url ?? '').split('?')[0]
  const fields = { status: reply.status, method: request.method, path }
  if (reply.status >= 500) log.error('api.request', fields)
  else if (reply.status >= 400) log.warn('api.request', fields)
  else log.info('api.request', fields)
  if (response.headersSent || response.destroyed) return
  response.statusCode = reply.status
  if (!request.complete) response.setHeader('Connection', 'close')
  if (reply.json !== undefined) response.setHeader('Content-Type', 'application/json')
  response.end(reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json))
}

/** Checks in their order: address, method, token, then the verb itself. */
async function handle(deps: ApiDeps, request: IncomingMessage): Promise<Reply> {
  const [rawPath = '', query = ''] = splitUrl(request.url ?? '')
  if (rawPath === '/api' || rawPath === '/api/')
    return allowed(deps, request) ? { status: 200, json: { instance: deps.instance } } : { status: 403 }
  const match = /^\/api\/routes(\/.*)?$/.exec(rawPath)
  if (match === null) return { status: 404, text: 'Not Found' }
  const verb = verbs.get(request.method ?? '')
  if (verb === undefined) return { status: 405, text: 'Method not supported' }
  if (!allowed(deps, request)) {
    deps.log.debug('api.token_refused', { path: rawPath })
    return { status: 403 }
  }
  const path = decoded(match[1] ?? '')
  return path === null ? { status: 400, text: 'The path cannot be decoded.' } : verb(deps, path, new URLSearchParams(query), request)
}

const splitUrl = (url: string): readonly string[] => {
  const at = url.indexOf('?')
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

function allowed(deps: ApiDeps, request: IncomingMessage): boolean {
  if (deps.token === null) return true
  const given = /^token\s+(.+)$/.exec(request.headers.authorization ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digest(given), digest(deps.token))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

type Verb = (deps: ApiDeps, path: string, query: URLSearchParams, request: IncomingMessage) => Reply | Promise<Reply>

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['GET', readRoutes],
  ['POST', addRoute],
  ['DELETE', removeRoute],
])

function readRoutes(deps: ApiDeps, path: string, query: URLSearchParams): Reply {
  if (path !== '' && path !== '/') {
    const route = deps.routes.get(path)
    return route === undefined ? { status: 404 } : { status: 200, json: shown(route) }
  }
  const since = query.get('inactiveSince') ?? query.get('inactive_since')
  const before = since === null ? Number.POSITIVE_INFINITY : Date.parse(since)
  if (Number.isNaN(before)) return { status: 400, text: `Invalid datestamp '${since}' must be ISO8601.` }
  const entries = [...deps.routes.all()].filter(([, route]) => route.activity.at < before)
  return { status: 200, json: Object.fromEntries(entries.map(([key, route]): [string, Json] => [key, shown(route)])) }
}

const shown = (route: Route): JsonObject => ({ ...route.data, target: route.targetText, last_activity: toIso(route.activity.at) })

async function addRoute(deps: ApiDeps, path: string, _query: URLSearchParams, request: IncomingMessage): Promise<Reply> {
  const text = await readBody(request)
  if (text === null) return { status: 413, text: `Body larger than ${maxBodyBytes} bytes` }
  const body = parseObject(text)
  if (typeof body === 'string') return { status: 400, text: `Body not valid JSON: ${body}` }
  const { target, last_activity: _, ...data } = body
  if (typeof target !== 'string') return { status: 400, text: "Must specify 'target' as string" }
  const route = deps.routes.put(path, target, data)
  deps.log.info('route.added', { path: route.path, target })
  return { status: 201 }
}

/** The object, or what is wrong with the text. */
function parseObject(text: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : 'not an object'
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable'
  }
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

function removeRoute(deps: ApiDeps, path: string): Reply {
  const removed = deps.routes.delete(path)
  if (removed) deps.log.info('route.removed', { path })
  return { status: removed ? 204 : 404 }
}

/** The whole body as text, or null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > maxBodyBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
