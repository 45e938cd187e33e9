import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { json } from 'node:stream/consumers'
import type { Connection } from '../connection.ts'

/** One request to the engine, written anew by the guard. */
export type EngineMessage = {
  readonly method: string
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Buffer | string
  readonly signal?: AbortSignal
}

/** The way to the engine behind the guard. Both reject when the engine cannot be reached. */
export type EngineWay = {
  /** The answer as it comes. */
  open(message: EngineMessage): Promise<IncomingMessage>
  /** The parsed answer of a question; null when the engine does not know the thing. Rejects for every other refusal. */
  look(path: string): Promise<unknown>
}

const lookMs = 30_000

/** Opens the way. Nothing is sent yet. */
export function createEngineWay({ socketPath, host, port, tls }: Connection): EngineWay {
  const place = socketPath === undefined ? { host, port, ...tls } : { socketPath }
  const send = tls === null ? httpRequest : httpsRequest
  const open = ({ method, path, headers = {}, body, signal }: EngineMessage): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
      const options = { ...place, method, path, agent: false as const, headers: { Host: 'engine', ...headers, ...length } }
      const request = send({ ...options, ...(signal === undefined ? {} : { signal }) }, resolve)
      request.on('error', reject)
      request.end(body)
    })
  const look = async (path: string): Promise<unknown> => {
    const answer = await open({ method: 'GET', path, signal: AbortSignal.timeout(lookMs) })
    const content: unknown = await json(answer)
    if (answer.statusCode === 404) return null
    if (answer.statusCode !== 200) throw new Error(`the engine answers with ${answer.statusCode ?? 0}`)
    return content
  }
  return { open, look }
}
