import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** An answer of the engine that says no. `status` is that of HTTP; the message is the engine's own. */
export class EngineError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Body = { readonly json: unknown } | { readonly stream: Readable; readonly type: string }

/** What goes with a request. Arrays and objects of the query are sent as JSON, as the engine wants its filters. */
export type CallOptions = {
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: Body
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** The HTTP API of a Docker engine, by the newest version the engine speaks. Every call rejects with `EngineError` when the answer is not 2xx or 304. */
export type EngineApi = {
  /** The parsed answer; undefined when it has no body. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<unknown>
  /** The answer as text. */
  readonly text: (method: string, path: string, options?: CallOptions) => Promise<string>
  /** The answer as it comes. */
  readonly open: (method: string, path: string, options?: CallOptions) => Promise<IncomingMessage>
  /** Every JSON line of a long answer (pull, push, build); rejects with `EngineError` at a line that says `error`. */
  readonly lines: (method: string, path: string, options?: CallOptions) => Promise<readonly unknown[]>
}

const complaint = z.object({ message: z.string() })
const errorLine = z.object({ error: z.string() })

/** Calls to the engine that listens on this unix socket. */
export function engineApi(socketPath: string): EngineApi {
  const open = async (method: string, path: string, options: CallOptions = {}): Promise<IncomingMessage> => {
    const response = await send(socketPath, { method, path, options })
    const status = response.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304) return response
    throw new EngineError(status, messageOf(await text(response)))
  }
  const readText = async (method: string, path: string, options: CallOptions = {}): Promise<string> =>
    text(await open(method, path, options))
  const call = async (method: string, path: string, options: CallOptions = {}): Promise<unknown> => {
    const body = await readText(method, path, options)
    return body === '' ? undefined : parse(body)
  }
  const lines = async (method: string, path: string, options: CallOptions = {}): Promise<readonly unknown[]> => {
    const parsed = (await readText(method, path, options)).split('\n').flatMap((line) => (line.trim() === '' ? [] : [parse(line)]))
    const failed = parsed.map((line) => errorLine.safeParse(line)).find((line) => line.success)
    if (failed?.data !== undefined) throw new EngineError(500, `${failed.data.error}\n${tailOf(parsed)}`)
    return parsed
  }
  return { call, text: readText, open, lines }
}

function send(
  socketPath: string,
  { method, path, options }: { method: string; path: string; options: CallOptions },
): Promise<IncomingMessage> {
  const { query = {}, body, headers = {}, signal } = options
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, asText(value)])).toString()
  const type = body === undefined ? {} : { 'content-type': 'json' in body ? 'application/json' : body.type }
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath,
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: { host: 'docker', ...type, ...headers },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    })
    request.on('response', resolve).on('error', reject)
    if (body === undefined) request.end()
    else if ('json' in body) request.end(JSON.stringify(body.json))
    else body.stream.on('error', (error) => request.destroy(error)).pipe(request)
  })
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const parse = (body: string): unknown => JSON.parse(body)

function messageOf(body: string): string {
  try {
    const said = complaint.safeParse(parse(body))
    return said.success ? said.data.message : body
  } catch {
    return body
  }
}

/** The end of what a build printed before it failed. */
function tailOf(lines: readonly unknown[]): string {
  const printed = z.object({ stream: z.string() })
  const texts = lines.map((line) => printed.safeParse(line)).flatMap((line) => (line.success ? [line.data.stream] : []))
  return texts.join('').trimEnd().split('\n').slice(-40).join('\n')
}
