import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, RequestOptions } from 'node:http'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { z } from 'zod'
import { silentLog } from '../../src/lib/log.ts'
import type { Log } from '../../src/lib/log.ts'
import { runProxy } from '../../src/proxy/main.ts'
import { defaultForwarding, defaultLimits } from '../../src/proxy/settings.ts'
import type { ForwardingRules, ProxyLimits, ProxySettings } from '../../src/proxy/settings.ts'
import { rawSocket, watchSocket } from './raw-socket.ts'
import type { RawSocket } from './raw-socket.ts'

/** Where to put what has to be undone: a test context, or a list of a whole file. */
export type Owner = { after(undo: () => unknown): void }

/** A proxy in this process, with its control API on TCP. */
export type ProxyWorld = {
  readonly port: number
  readonly apiPort: number
  readonly apiUrl: string
  /** A raw connection to the public side. */
  connect(): Promise<RawSocket>
  /** One call of the control API. */
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>
  /** Makes a route. */
  route(path: string, target: string): Promise<void>
  /** `last_activity` of a route in milliseconds. */
  activity(path: string): Promise<number>
  /** Connections that are open, those in a TLS handshake too. */
  connections(): number
  stop(): Promise<void>
}

/** A response as node:http reads it. */
export type Reply = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Token of the control API of every world. */
export const worldToken = 'a token for tests'

type Overrides = Partial<Omit<ProxySettings, 'limits' | 'forwarding'>> & {
  readonly limits?: Partial<ProxyLimits>
  readonly forwarding?: Partial<ForwardingRules>
  readonly log?: Log
}

/** Settings of a proxy on free ports of this machine. */
export function testSettings({ limits, forwarding, ...rest }: Omit<Overrides, 'log'> = {}): ProxySettings {
  return {
    listen: { host: '127.0.0.1', port: 0 },
    api: { host: '127.0.0.1', port: 0 },
    token: worldToken,
    insecureApi: false,
    tls: null,
    acme: null,
    apiTls: null,
    clientTls: null,
    insecure: false,
    ciphers: null,
    minTlsVersion: null,
    redirect: null,
    defaultTarget: null,
    hub: null,
    errorTarget: null,
    errorPath: null,
    pidFile: null,
    trustedProxies: ['127.0.0.1'],
    ...rest,
    limits: { ...defaultLimits, drainMs: 300, ...limits },
    forwarding: { ...defaultForwarding, ...forwarding },
  }
}

/** Starts a proxy on free ports; it is stopped when the test ends. */
export async function startProxy(t: Owner, { log = silentLog, ...overrides }: Overrides = {}): Promise<ProxyWorld> {
  const stopping = new AbortController()
  const settings = testSettings(overrides)
  const running = await runProxy(settings, { log, signal: stopping.signal })
  const stop = (): Promise<void> => {
    stopping.abort()
    return running.closed
  }
  t.after(stop)
  const port = Number(/:(\d+)$/.exec(running.address)?.[1] ?? 0)
  const apiPort = Number(/:(\d+)$/.exec(running.apiAddress)?.[1] ?? 0)
  const api: ProxyWorld['api'] = (method, path, body, headers = { authorization: `token ${worldToken}` }) =>
    call({ host: '127.0.0.1', port: apiPort, method, path, headers, agent: false }, body === undefined ? null : JSON.stringify(body))
  return {
    port,
    apiPort,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    connect: () => rawSocket({ host: '127.0.0.1', port }),
    api,
    route: async (path, target) => {
      const reply = await api('POST', `/api/routes${path}`, { target })
      if (reply.status !== 201) throw new Error(`no route: ${reply.status} ${reply.body}`)
    },
    activity: async (path) => {
      const shown: unknown = JSON.parse((await api('GET', '/api/routes')).body)
      const at: unknown = shown instanceof Object && path in shown ? Reflect.get(Reflect.get(shown, path), 'last_activity') : null
      return Date.parse(String(at))
    },
    connections: () => running.connections(),
    stop,
  }
}

/** One request by node:http; the connection is closed afterwards unless the options name an agent. */
export async function call(options: RequestOptions, body: string | Buffer | null = null): Promise<Reply> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ agent: false, ...options }, resolve)
    request.on('error', reject)
    request.end(body ?? undefined)
  })
  response.setEncoding('latin1')
  let text = ''
  for await (const part of response) text += String(part)
  return { status: response.statusCode ?? 0, headers: response.headers, rawHeaders: response.rawHeaders, body: text }
}

const portOf = (server: Server): number => {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

/** An upstream by node:http. */
export async function startUpstream(t: Owner, listener: RequestListener): Promise<{ url: string; port: number; server: Server }> {
  const server = createHttpServer(listener)
  await listening(server)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${portOf(server)}`, port: portOf(server), server }
}

/** An upstream that answers every request with what it received, as JSON: `method`, `url`, `headers`, `rawHeaders`, `body`. */
export async function startEcho(t: Owner): Promise<{ url: string; port: number; count: () => number }> {
  let count = 0
  const { url, port } = await startUpstream(t, (request, response) => {
    count++
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method, url: path, headers, rawHeaders } = request
      const answer = JSON.stringify({ method, url: path, headers, rawHeaders, body: Buffer.concat(parts).toString('latin1') })
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) })
      response.end(answer)
    })
  })
  return { url, port, count: () => count }
}

const echoSchema = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  rawHeaders: z.array(z.string()),
  body: z.string(),
})

/** What the echo saw. */
export type Echoed = z.output<typeof echoSchema>

/** The JSON of an echo in a raw response. */
export const echoed = (text: string): Echoed => echoSchema.parse(JSON.parse(text.slice(text.indexOf('{'))))

/** An upstream that is played by the test: every connection is handed out as a raw socket. It is closed when the play fails. */
export async function startScripted(
  t: Owner,
  play: (connection: RawSocket, index: number) => unknown,
): Promise<{ url: string; port: number; connections: readonly RawSocket[] }> {
  const connections: RawSocket[] = []
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    const connection = watchSocket(socket)
    connections.push(connection)
    Promise.resolve(play(connection, connections.length - 1)).catch(() => connection.destroy())
  })
  await listening(server)
  t.after(() => {
    for (const connection of connections) connection.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${portOf(server)}`, port: portOf(server), connections }
}

/** True when the text holds a whole response: head, and a body as long as its Content-Length says. */
export function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0)
  return text.length >= end + 4 + length
}
