import { Agent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { HubError } from '../core/errors.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { escapePath } from '../core/names.ts'
import type { IsoTime, Ms } from '../core/time.ts'

/** A route as the proxy keeps it. `path` is in URL form (percent-encoded) and has no slash at its end. */
export type ProxyRoute = {
  readonly path: string
  readonly target: string
  readonly data: JsonObject
  readonly lastActivity: IsoTime | null
}

/** The control channel of one proxy. Every call throws HubError `server_route_failed`, with its cause, when the proxy does not do it. */
export type ProxyClient = {
  /** Changes with every start of the proxy: a new value means an empty table. Empty text for a proxy that does not say. */
  instance(signal: AbortSignal): Promise<string>
  list(signal: AbortSignal): Promise<readonly ProxyRoute[]>
  /** Makes or replaces a route. `path` in URL form, a slash at its end does not matter. */
  put(path: string, target: string, data: JsonObject, signal: AbortSignal): Promise<void>
  /** A route that does not exist is not an error. */
  delete(path: string, signal: AbortSignal): Promise<void>
  /** Closes the kept connections. */
  close(): void
}

type Call = { readonly method: string; readonly path: string; readonly body: string | null; readonly expect: readonly number[] }
type Answer = { readonly instance: string; readonly text: string }

const maxAnswerBytes = 67_108_864

/** A client of the control API on TCP (`url`, without path) or a unix socket. One kept connection, used in turn by at most `maxSockets` calls. */
export function createProxyClient(deps: {
  readonly api: { readonly url: string } | { readonly socketPath: string }
  readonly token: string | null
  readonly fetchDeadlineMs: Ms
  readonly maxSockets?: number
}): ProxyClient {
  const agent = new Agent({ keepAlive: true, maxSockets: deps.maxSockets ?? 1, timeout: deps.fetchDeadlineMs })
  const base = 'url' in deps.api ? placeOf(deps.api.url) : { socketPath: deps.api.socketPath }
  const headers = { ...(deps.token === null ? {} : { authorization: `token ${deps.token}` }), 'content-type': 'application/json' }

  const attempt = async (call: Call, signal: AbortSignal): Promise<Answer> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(deps.fetchDeadlineMs)])
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({ ...base, agent, method: call.method, path: call.path, headers, signal: limit }, resolve)
      request.on('error', reject)
      request.end(call.body ?? undefined)
    })
    const text = await readText(response)
    const status = response.statusCode ?? 0
    if (!call.expect.includes(status))
      throw new Error(`the proxy answered ${call.method} ${call.path} with ${status} ${text.slice(0, 200)}`)
    const instance = response.headers['x-orrery-instance']
    return { instance: typeof instance === 'string' ? instance : '', text }
  }
  const send = async (call: Call, signal: AbortSignal): Promise<Answer> => {
    try {
      return await retryOnce(() => attempt(call, signal))
    } catch (cause) {
      throw new HubError('server_route_failed', { method: call.method, path: call.path }, { cause })
    }
  }
  return {
    instance: async (signal) => (await send({ method: 'GET', path: '/api/', body: null, expect: [200, 404] }, signal)).instance,
    list: async (signal) => parseRoutes((await send({ method: 'GET', path: '/api/routes', body: null, expect: [200] }, signal)).text),
    put: async (path, target, data, signal) => {
      await send({ method: 'POST', path: routePath(path), body: JSON.stringify({ ...data, target }), expect: [201] }, signal)
    },
    delete: async (path, signal) => {
      await send({ method: 'DELETE', path: routePath(path), body: null, expect: [204, 404] }, signal)
    },
    close: () => agent.destroy(),
  }
}

function placeOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 80 : port) }
}

/** A path in URL form, without its last slash; characters that cannot stand in a request line are encoded. */
const routePath = (path: string): string => {
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path
  return `/api/routes${bare.replace(/[^!-~]+|[?#]/g, encodeURIComponent)}`
}

/** A decoded path of the table in URL form, byte for byte as paths of servers are written. */
const encodedPath = (path: string): string => path.split('/').map(escapePath).join('/')

/** Every call may be repeated; a kept connection may have been closed by a proxy that was started anew. */
async function retryOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isReset(error)) throw error
    return work()
  }
}

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > maxAnswerBytes) throw new RangeError(`answer larger than ${maxAnswerBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const isObject = (value: unknown): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value)

function parseRoutes(text: string): readonly ProxyRoute[] {
  const table: unknown = JSON.parse(text)
  if (!isObject(table)) throw new HubError('server_route_failed', { reason: 'the table is no object' })
  return Object.entries(table).map(([path, value]) => {
    const { target, last_activity: at, ...data } = isObject(value) ? value : {}
    return {
      path: encodedPath(path),
      target: typeof target === 'string' ? target : '',
      data,
      lastActivity: typeof at === 'string' ? at : null,
    }
  })
}
