import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Ms } from '../core/time.ts'
import type { Probed } from './http-client.ts'

/** A WebSocket that opened, with its first message; or what came instead. */
export type Upgraded = Probed | { readonly kind: 'upgraded'; readonly text: string }

type TryOptions = {
  readonly timeoutMs: Ms
  /** For addresses of this machine, which no certificate names. */
  readonly anyCertificate?: boolean
}

/** Opens a WebSocket at an http or https address, sends a message, and reads the first one, of less than 126 bytes. Never rejects. */
export function tryUpgrade(url: string, { timeoutMs, anyCertificate = false }: TryOptions): Promise<Upgraded> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  const deadline = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve) => {
    const options = { headers, agent: false as const, signal: deadline, rejectUnauthorized: !anyCertificate }
    const request = url.startsWith('https:') ? httpsRequest(url, options) : httpRequest(url, options)
    const fail = (error: Error): void => resolve(deadline.aborted ? { kind: 'timeout' } : { kind: 'failed', reason: codeOf(error) })
    request.once('error', fail)
    request.once('response', (response) => {
      response.destroy()
      resolve({ kind: 'answer', status: response.statusCode ?? 0, headers: response.headers })
    })
    request.once('upgrade', (_, socket, first) => {
      socket.once('error', fail)
      deadline.addEventListener('abort', () => socket.destroy())
      socket.once('close', () => resolve(deadline.aborted ? { kind: 'timeout' } : { kind: 'failed', reason: 'the connection was closed' }))
      readMessage(socket, first, (text) => resolve({ kind: 'upgraded', text }))
      socket.write(maskedPing())
    })
    request.end()
  })
}

/** A text message of two letters as clients send it (RFC 6455 §5.3). */
function maskedPing(): Buffer {
  const mask = randomBytes(4)
  const body = Buffer.from('hi').map((byte, index) => byte ^ (mask[index] ?? 0))
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body])
}

function readMessage(socket: Duplex, first: Buffer, done: (text: string) => void): void {
  let held = first
  const look = (): void => {
    const length = held[1] ?? 126
    if (held.length < 2 || held.length < 2 + length) return
    socket.off('data', take)
    socket.destroy()
    done(held.toString('utf8', 2, 2 + length))
  }
  const take = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk])
    look()
  }
  socket.on('data', take)
  look()
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : 'no answer')
