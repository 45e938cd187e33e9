import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Log } from '../../../lib/log.ts'
import { findCall } from './calls.ts'
import type { EngineWay } from './engine-way.ts'
import { createLookUp } from './look-up.ts'
import type { Permits } from './permits.ts'
import { parseTarget } from './target.ts'
import type { JudgeDeps, Verdict } from './verdict.ts'

/** What a guard is made from. */
export type GuardDeps = { readonly way: EngineWay; readonly permits: Permits; readonly log: Log }

const longestBody = 1024 * 1024
const shownCharacters = 300
/** Headers of the engine's answers that mean something to a client. */
const passedHeaders = ['content-type', 'x-docker-container-path-stat'] as const

/** Makes the HTTP server that stands before the engine. It is not listening yet. */
export function createGuard({ way, permits, log }: GuardDeps): Server {
  const deps: JudgeDeps = { permits, lookUp: createLookUp(way, permits), seenRanges: new Set() }

  const refuse = (request: IncomingMessage, response: ServerResponse, reason: string): void => {
    log.warn('guard.refused', { method: request.method ?? '', target: (request.url ?? '').slice(0, shownCharacters), reason })
    // What is left of the request is not read.
    response.setHeader('Connection', 'close')
    answer(response, 403, { message: `The engine guard refuses this: ${reason}.` })
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const verdict = await judge(request, deps)
    if (verdict.kind === 'refused') return refuse(request, response, verdict.reason)
    if (verdict.kind === 'absent') return answer(response, 404, { message: verdict.message })
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    log.debug('guard.passed', { method: verdict.message.method, path: verdict.message.path })
    await passOn(await way.open({ ...verdict.message, signal: gone.signal }), response, verdict.reshape)
  }

  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.destroyed) return
      log.error('guard.failed', { method: request.method ?? '', target: (request.url ?? '').slice(0, shownCharacters), error })
      if (response.headersSent) response.destroy()
      else answer(response, 502, { message: `The engine cannot be reached: ${error instanceof Error ? error.message : 'unknown'}` })
    })
  })
  const refuseSocket = (request: IncomingMessage, socket: NodeJS.WritableStream & { destroy(): unknown }): void => {
    log.warn('guard.refused', { method: request.method ?? '', target: (request.url ?? '').slice(0, shownCharacters), reason: 'an upgrade' })
    const text = JSON.stringify({ message: 'The engine guard refuses this: a connection may not become another protocol.' })
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    )
  }
  server.on('upgrade', refuseSocket).on('connect', refuseSocket)
  server.on('clientError', (error: Error, socket) => {
    // Somebody who goes away in the middle of a word asks for nothing.
    const isGone = !('code' in error) || !String(error.code).startsWith('HPE_')
    if (isGone) {
      socket.destroy()
      return
    }
    log.warn('guard.refused', { method: '', target: '', reason: `no HTTP: ${error.message}` })
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  return server
}

async function judge(request: IncomingMessage, deps: JudgeDeps): Promise<Verdict> {
  const refusal = (reason: string): Verdict => ({ kind: 'refused', reason })
  const target = parseTarget(request.url ?? '')
  if (target === null) return refusal('its address can be understood in more than one way')
  const found = findCall(request.method ?? '', target)
  if (typeof found === 'string') return refusal(found)
  if (request.headers['transfer-encoding'] !== undefined) return refusal('its body comes in pieces')
  const body = await readBody(request)
  if (body === null) return refusal('its body is too long')
  return await found.call.judge({ target, parameters: { id: found.id }, headers: request.headers, body }, deps)
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > longestBody) return null
  const chunks: Buffer[] = []
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The engine's answer, as it comes. One that is reshaped is JSON of which the whole is needed. */
async function passOn(from: IncomingMessage, to: ServerResponse, reshape: ((content: unknown) => unknown) | undefined): Promise<void> {
  const status = from.statusCode ?? 502
  if (reshape !== undefined && status === 200) return answer(to, 200, reshape(await json(from)))
  const headers = passedHeaders.flatMap((name) => (from.headers[name] === undefined ? [] : [[name, from.headers[name]] as const]))
  to.writeHead(status, Object.fromEntries(headers))
  to.flushHeaders()
  await pipeline(from, to)
}

function answer(response: ServerResponse, status: number, content: unknown): void {
  const text = JSON.stringify(content)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text)
}
