import { STATUS_CODES } from 'node:http'
import { framing } from './body.ts'
import { lingerMs, setDeadline } from './deadline.ts'
import type { AnswerFields, ErrorPage } from './error-pages.ts'
import { expiry, phase } from './state.ts'
import type { Client } from './state.ts'

/** Ends the connection after what was written; what the client still sends is read and thrown away, so that the answer reaches it. */
export function closeSoon(client: Client): void {
  client.phase = phase.closing
  client.held = null
  setDeadline(client, expiry.stall, client.plane.limits.stallTimeoutMs)
  if (client.paused) resumeClient(client)
  client.socket.end(() => setDeadline(client, expiry.linger, lingerMs))
}

/** Stops reading from the client until `resumeClient`. */
export function pauseClient(client: Client): void {
  client.paused = true
  client.socket.pause()
}

/** Reads from the client again. */
export function resumeClient(client: Client): void {
  client.paused = false
  client.socket.resume()
}

/** Writes an own answer and goes on with the next request, or closes when the connection cannot be kept. */
export function answer(client: Client, status: number, fields: AnswerFields, body: Buffer): void {
  const { gather, events } = client.plane
  if (!client.body.done || client.plane.stopping) client.keepAlive = false
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
    `Connection: ${client.keepAlive ? 'keep-alive' : 'close'}`,
  ]
  gather.open(client.socket, 0)
  gather.text(`${lines.join('\r\n')}\r\n\r\n`)
  if (!client.isHead) gather.bytes(body, 0, body.length)
  gather.flush()
  if (client.keepAlive) events.nextRequest(client)
  else closeSoon(client)
}

/** Refuses what cannot be read as one request: nothing behind it on this connection is read any more. */
export function refuse(client: Client, status: number, reason: string): void {
  client.plane.log.debug('proxy.refused', { status, reason, address: client.address })
  client.keepAlive = false
  client.isHead = false
  answer(client, status, [['Content-Type', 'text/plain; charset=utf-8']], Buffer.from(`${status} ${STATUS_CODES[status] ?? 'Error'}\n`))
}

/**
 * Answers an exchange that cannot go on: with an error page, or bare for an upgrade (nobody would see the page). The rest of the request's
 * body is not waited for.
 */
export function failExchange(client: Client, status: number, reason: string): void {
  const { log, pages } = client.plane
  log.warn('proxy.failed', { status, path: client.url.split('?')[0]?.slice(0, 200), reason })
  client.sent = null
  client.held = client.body.done ? client.held : null
  if (client.upgrade) {
    client.keepAlive = false
    client.upgrade = false
    answer(client, status, [], Buffer.alloc(0))
    return
  }
  client.phase = phase.answering
  setDeadline(client, expiry.stall, client.plane.limits.stallTimeoutMs)
  void answerWithPage(client, status, pages.page(status, client.url))
}

async function answerWithPage(client: Client, status: number, making: Promise<ErrorPage>): Promise<void> {
  const page = await making
  if (client.phase === phase.answering && !client.socket.destroyed)
    answer(client, status, [...page.fields, ['Cache-Control', 'no-store']], page.body)
}

/** Makes a broken answer visible: the client must not take what it has for the whole. */
export function cutClient(client: Client, bodyKind: number): void {
  const plain = !client.secure && bodyKind === framing.untilClose && client.socket.remoteAddress !== undefined
  if (plain) client.socket.resetAndDestroy()
  else client.socket.destroy()
}
