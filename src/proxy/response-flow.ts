import { cutClient, closeSoon, failExchange } from './answer.ts'
import { beginBody, framing, takeBody } from './body.ts'
import { composeResponse } from './compose-response.ts'
import { awaitUpstream, lingerMs, setDeadline } from './deadline.ts'
import { nextRequest } from './request-flow.ts'
import { parseResponseHead } from './response-head.ts'
import type { ResponseHead } from './response-head.ts'
import { expiry, phase } from './state.ts'
import type { Client, Upstream } from './state.ts'
import { keepUpstream, openUpstream } from './upstream.ts'

const maxResponseHeadBytes = 65_536

/** Bytes from an upstream; `buf` is only valid during the call. */
export function upstreamBytes(upstream: Upstream, buf: Buffer, length: number): void {
  const { client } = upstream
  if (client === null) {
    upstream.socket.destroy()
    return
  }
  if (client.phase === phase.tunnel) tunnelToClient(upstream, client, buf, 0, length)
  else if (upstream.inBody) forwardResponse(upstream, client, buf, 0, length)
  else if (upstream.held === null) readResponseHead(upstream, client, buf, length)
  else {
    const whole = Buffer.concat([upstream.held, buf.subarray(0, length)])
    readResponseHead(upstream, client, whole, whole.length)
  }
}

function readResponseHead(upstream: Upstream, client: Client, buf: Buffer, length: number): void {
  const head = client.plane.responseHead
  client.sent = null
  upstream.held = null
  const after = parseResponseHead(buf, length, head)
  if (after < 0 || after > maxResponseHeadBytes || (after === 0 && length > maxResponseHeadBytes)) {
    loseUpstream(upstream, 'the answer of the server cannot be read in one way only')
  } else if (after === 0) upstream.held = Buffer.from(buf.subarray(0, length))
  else if (head.status === 101) startTunnel(upstream, client, buf, after, length)
  else if (head.status < 200) passInterim(upstream, client, buf, after, length)
  else startResponse(upstream, client, buf, after, length)
}

/** 100, 102, 103 go to clients that know them; the final response follows. */
function passInterim(upstream: Upstream, client: Client, buf: Buffer, after: number, length: number): void {
  const { gather, responseHead } = client.plane
  if (client.minor === 1) {
    gather.open(client.socket, after)
    composeResponse(client, buf, responseHead, false)
    gather.flush()
  }
  if (after < length) readResponseHead(upstream, client, buf.subarray(after, length), length - after)
}

function bodyKind(client: Client, head: ResponseHead): number {
  if (client.isHead || head.status === 204 || head.status === 304) return framing.none
  if (head.chunked) return framing.chunked
  return head.contentLength === -1 ? framing.untilClose : framing.length
}

function startResponse(upstream: Upstream, client: Client, buf: Buffer, after: number, length: number): void {
  const { gather, responseHead: head, stopping } = client.plane
  const kind = bodyKind(client, head)
  const unwrap = kind === framing.chunked && client.minor === 0
  beginBody(upstream.body, kind, head.contentLength)
  upstream.body.unwrap = unwrap
  upstream.inBody = true
  upstream.status = head.status
  upstream.reusable = head.keepAlive && kind !== framing.untilClose
  if (kind === framing.untilClose || unwrap || !client.body.done || client.upgrade || stopping) client.keepAlive = false
  client.responseStarted = true
  gather.open(client.socket, length <= 16_384 ? length + 256 : after + 256)
  composeResponse(client, buf, head, unwrap)
  finishTake(upstream, client, takeBody(upstream.body, buf, after, length, gather.bytes), length)
}

function forwardResponse(upstream: Upstream, client: Client, buf: Buffer, from: number, length: number): void {
  const { gather } = client.plane
  gather.open(client.socket, 0)
  finishTake(upstream, client, takeBody(upstream.body, buf, from, length, gather.bytes), length)
}

function finishTake(upstream: Upstream, client: Client, at: number, length: number): void {
  const roomy = client.plane.gather.flush()
  if (at === -1) {
    loseUpstream(upstream, 'the body of the answer is not framed as its head says')
    return
  }
  if (upstream.body.done) {
    finishExchange(upstream, client, at === length)
    return
  }
  awaitUpstream(client)
  if (roomy) return
  upstream.socket.pause()
  setDeadline(client, expiry.stall, client.plane.limits.stallTimeoutMs)
}

/** The response is complete. `clean`: nothing came behind it. */
function finishExchange(upstream: Upstream, client: Client, clean: boolean): void {
  const { plane, route } = client
  if (upstream.status < 300 && route !== null) route.activity.at = plane.clock.now()
  upstream.client = null
  upstream.inBody = false
  client.upstream = null
  if (upstream.reusable && clean && client.body.done) keepUpstream(upstream)
  else upstream.socket.destroy()
  if (client.keepAlive && client.body.done) nextRequest(client)
  else closeSoon(client)
}

/** The upstream closed its sending side. */
export function upstreamEnd(upstream: Upstream): void {
  const { client } = upstream
  if (client === null) upstream.socket.destroy()
  else if (client.phase === phase.tunnel) {
    client.socket.end()
    setDeadline(client, expiry.linger, lingerMs)
  } else if (upstream.inBody && upstream.body.kind === framing.untilClose) finishExchange(upstream, client, false)
  else loseUpstream(upstream, 'the server closed the connection')
}

/** The connection to the upstream is gone. */
export function upstreamClose(upstream: Upstream): void {
  const { client } = upstream
  if (client === null) return
  if (client.phase !== phase.tunnel) {
    loseUpstream(upstream, upstream.error?.message ?? 'the server closed the connection')
    return
  }
  upstream.client = null
  client.upstream = null
  setDeadline(client, expiry.linger, lingerMs)
  client.socket.end()
}

/** Gives up on an upstream in the middle of an exchange: once more on a fresh connection where that is safe, else the client is told. */
export function loseUpstream(upstream: Upstream, reason: string): void {
  const { client } = upstream
  upstream.client = null
  upstream.socket.destroy()
  if (client === null) return
  client.upstream = null
  if (client.responseStarted) cutClient(client, upstream.body.kind)
  else if (client.sent !== null) repeatRequest(upstream, client, client.sent)
  else failExchange(client, 503, reason)
}

/** A kept connection that closed before it answered anything was already dead: the request was not handled. */
function repeatRequest(old: Upstream, client: Client, sent: Buffer): void {
  const upstream = openUpstream(client.plane, old.pool.target)
  client.sent = null
  client.upstream = upstream
  upstream.client = client
  upstream.socket.write(sent)
  setDeadline(client, expiry.connect, client.plane.limits.connectTimeoutMs)
}

function startTunnel(upstream: Upstream, client: Client, buf: Buffer, after: number, length: number): void {
  const { gather, responseHead } = client.plane
  if (!client.upgrade || !responseHead.upgrade) {
    loseUpstream(upstream, 'the server switched protocols without being asked')
    return
  }
  gather.open(client.socket, after + 64)
  composeResponse(client, buf, responseHead, false)
  gather.flush()
  client.responseStarted = true
  client.phase = phase.tunnel
  setDeadline(client, expiry.idle, 0)
  client.socket.setKeepAlive(true, 60_000)
  upstream.socket.setKeepAlive(true, 60_000)
  if (after < length) tunnelToClient(upstream, client, buf, after, length)
  if (client.held !== null) {
    upstream.socket.write(client.held)
    client.held = null
  }
  if (client.paused && !upstream.socket.writableNeedDrain) {
    client.paused = false
    client.socket.resume()
  }
}

function tunnelToClient(upstream: Upstream, client: Client, buf: Buffer, from: number, end: number): void {
  const { gather } = client.plane
  gather.open(client.socket, 0)
  gather.bytes(buf, from, end)
  if (!gather.flush()) upstream.socket.pause()
}
