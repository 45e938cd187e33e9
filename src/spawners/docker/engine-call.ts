import Docker from 'dockerode'
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Connection } from './connection.ts'

/** One request to the engine's API. */
export type EngineRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  /** A tar archive as the body. */
  readonly archive?: Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** How long the call may take altogether, milliseconds. Streams: until their head. */
  readonly timeoutMs?: number
}

/** Sends requests to one engine. Both reject with EngineFailure, or with the reason of the signal. */
export type EngineCall = {
  readonly url: string
  json(request: EngineRequest): Promise<unknown>
  stream(request: EngineRequest): Promise<Readable>
}

/** What the engine, or the way to it, said instead of an answer. `status` is null when there was no answer, `code` is then that of the system. */
export class EngineFailure extends Error {
  readonly status: number | null
  readonly code: string | null
  constructor(message: string, status: number | null, code: string | null, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EngineFailure'
    this.status = status
    this.code = code
  }
}

const callTimeoutMs = 60_000
const successes = Object.fromEntries([200, 201, 202, 204, 304].map((status) => [status, true]))

/** Opens the way to an engine. Nothing is sent yet. */
export function createEngineCall(connection: Connection): EngineCall {
  const { url, tls, ...place } = connection
  const none = { ca: undefined, cert: undefined, key: undefined }
  // Every member is given, so that nothing comes from the surroundings of the process.
  const docker = new Docker({ ...place, ...(tls ?? none), timeout: undefined, username: undefined })
  const send = async (request: EngineRequest, isStream: boolean): Promise<unknown> => {
    const signal = request.signal
    signal?.throwIfAborted()
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new Error('the engine took too long to answer')), request.timeoutMs ?? callTimeoutMs)
    try {
      return await dial(docker, request, isStream, signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]))
    } catch (error) {
      signal?.throwIfAborted()
      throw deadline.signal.aborted ? new EngineFailure('the engine took too long to answer', null, 'ETIMEDOUT') : failureOf(error)
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    url,
    json: (request) => send(request, false),
    stream: async (request) => {
      const stream = await send(request, true)
      if (!(stream instanceof Readable)) throw new EngineFailure('the engine gave no stream', null, null)
      // Whoever reads the stream hears of errors; a stream that nobody reads any more must not end the process.
      stream.on('error', () => {})
      return stream
    },
  }
}

function dial(docker: Docker, request: EngineRequest, isStream: boolean, signal: AbortSignal): Promise<unknown> {
  const { method, path, query = {}, body = {}, archive, headers } = request
  const options = {
    path: `${path}?`,
    method,
    options: { _query: query, _body: body },
    abortSignal: signal,
    isStream,
    allowEmpty: true,
    statusCodes: successes,
    ...(archive === undefined ? {} : { file: archive }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  }
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error: unknown, data: unknown) => {
      if (error === null || error === undefined) resolve(data)
      else reject(error instanceof Error ? error : new Error('the engine could not be asked'))
    })
  })
}

const refusal = z.object({ statusCode: z.number(), json: z.object({ message: z.string() }).optional().catch(undefined) })

function failureOf(error: unknown): EngineFailure {
  const refused = refusal.safeParse(error)
  const message = error instanceof Error ? error.message : 'unknown'
  if (refused.success) {
    const { statusCode, json } = refused.data
    const text = json?.message ?? message.replace(/^\(HTTP code \d+\) .*? - /, '')
    return new EngineFailure(text.trim(), statusCode, null, { cause: error })
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  return new EngineFailure(message, null, code, { cause: error })
}

/** True for an answer with that status. */
export const hasStatus = (error: unknown, ...statuses: number[]): boolean =>
  error instanceof EngineFailure && error.status !== null && statuses.includes(error.status)

/** The result, or null when the engine does not know the thing. */
export async function orAbsent<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (hasStatus(error, 404)) return null
    throw error
  }
}
