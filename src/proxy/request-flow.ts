import { routeHost } from '../core/route-table.ts'
import { answer, closeSoon, failExchange, pauseClient, refuse, resumeClient } from './answer.ts'
import { beginBody, framing, takeBody } from './body.ts'
import { composeRequest } from './compose-request.ts'
import { awaitUpstream, lingerMs, setDeadline } from './deadline.ts'
import { scan } from './field-lines.ts'
import { parseRequestHead, targetTooLong } from './request-head.ts'
import type { RequestHead } from './request-head.ts'
import type { Route } from './routes.ts'
import { expiry, phase } from './state.ts'
import type { Client } from './state.ts'
import type { Target } from './target.ts'
import { takeUpstream } from './upstream.ts'

/** Early bytes of later requests that are held while one request is under way. */
const maxHeldBytes = 65_536

/** Bytes from a client. */
export function clientBytes(client: Client, chunk: Buffer): void {
  switch (client.phase) {
    case phase.head:
      readHead(client, chunk)
      return
    case phase.body:
      forwardBody(client, chunk)
      return
    case phase.tunnel:
      tunnelToUpstream(client, chunk)
      return
    case phase.closing:
      return
    default:
      if (client.body.done) hold(client, chunk)
  }
}

function hold(client: Client, chunk: Buffer): void {
  client.held = client.held === null ? chunk : Buffer.concat([client.held, chunk])
  if (client.held.length > maxHeldBytes) pauseClient(client)
}

function readHead(client: Client, chunk: Buffer): void {
  const { plane } = client
  const { maxHeadBytes, headerTimeoutMs } = plane.limits
  const buf = client.held === null ? chunk : Buffer.concat([client.held, chunk])
  const worthReading = client.held === null || buf.length > maxHeadBytes || chunk.includes(0x0a) || chunk.includes(0x0d)
  const after = worthReading ? parseRequestHead(buf, buf.length, plane.requestHead) : scan.incomplete
  if (after > 0 && after <= maxHeadBytes) {
    client.held = null
    startRequest(client, buf, after)
    return
  }
  if (after === scan.incomplete && buf.length <= maxHeadBytes) {
    client.held = buf
    if (client.expiry !== expiry.head) setDeadline(client, expiry.head, headerTimeoutMs)
    return
  }
  beginBody(client.body, framing.none, 0)
  if (after === scan.bad) refuse(client, 400, 'the request cannot be read in one way only')
  else if (after === targetTooLong) refuse(client, 414, 'the target is too long')
  else refuse(client, 431, 'the head is too large')
}

function startRequest(client: Client, buf: Buffer, after: number): void {
  const { plane } = client
  const head = plane.requestHead
  client.minor = head.minor
  client.isHead = head.isHead
  client.upgrade = head.upgrade
  client.keepAlive = head.keepAlive && !plane.stopping
  client.responseStarted = false
  beginBody(client.body, head.chunked ? framing.chunked : head.contentLength > 0 ? framing.length : framing.none, head.contentLength)
  client.url = buf.toString('latin1', head.targetStart, head.targetEnd)
  if (head.upgradeRefused) {
    refuse(client, 403, 'an upgrade to HTTP/2 is not passed on')
    return
  }
  const query = client.url.indexOf('?')
  const rawPath = query === -1 ? client.url : client.url.slice(0, query)
  const found = plane.routes.find(plane.forwarding.hostRouting ? routeHost(hostOf(buf, head)) : null, rawPath)
  if (found.kind === 'found' && found.value.target !== null && client.url !== healthUrl) {
    sendRequest(client, buf, after, found.value, found.value.target, rawPath, found.prefixLength)
    return
  }
  skipBody(client, buf, after)
  if (client.url === healthUrl) answer(client, 200, [['Content-Type', 'application/json']], healthBody)
  else if (found.kind === 'ambiguous') refuse(client, 400, 'the path can be read in two ways')
  else if (found.kind === 'absent') failExchange(client, 404, 'no route')
  else
    failExchange(client, 500, found.kind === 'found' ? 'the target of the route is no URL that can be used' : 'the path cannot be decoded')
}

const healthUrl = '/_chp_healthz'
const healthBody = Buffer.from('{"status":"OK"}')

const hostOf = (buf: Buffer, head: RequestHead): string =>
  head.host === -1 ? '' : buf.toString('latin1', head.fields.valueStart[head.host], head.fields.valueEnd[head.host])

const ignoreBytes = (): void => {}

/** The body of a request that gets an answer of our own is not used; what lies behind it is the next request. */
function skipBody(client: Client, buf: Buffer, after: number): void {
  const rest = takeBody(client.body, buf, after, buf.length, ignoreBytes)
  if (client.body.done && rest >= 0 && rest < buf.length) client.held = buf.subarray(rest)
}

function sendRequest(
  client: Client,
  buf: Buffer,
  after: number,
  route: Route,
  target: Target,
  rawPath: string,
  prefixLength: number,
): void {
  const { plane } = client
  const { gather, requestHead: head } = plane
  const upstream = takeUpstream(plane, target, head.repeatable)
  client.upstream = upstream
  client.route = route
  upstream.client = client
  if (plane.forwarding.autoRewrite) client.hostText = hostOf(buf, head)
  gather.open(upstream.socket, after + 2048)
  composeRequest(client, buf, head, target, rawPath, prefixLength)
  client.sent = upstream.reused && head.repeatable && !head.upgrade ? gather.pending() : null
  client.phase = phase.body
  if (!client.body.done && after < buf.length) route.activity.at = plane.clock.now()
  const rest = takeBody(client.body, buf, after, buf.length, gather.bytes)
  if (rest === -1) {
    breakRequest(client)
    return
  }
  const roomy = gather.flush()
  afterRequestBytes(client, buf, rest, roomy)
  if (!upstream.connected) setDeadline(client, expiry.connect, plane.limits.connectTimeoutMs)
}

function forwardBody(client: Client, chunk: Buffer): void {
  const { upstream, plane } = client
  if (upstream === null) return
  if (client.route !== null) client.route.activity.at = plane.clock.now()
  plane.gather.open(upstream.socket, 0)
  const rest = takeBody(client.body, chunk, 0, chunk.length, plane.gather.bytes)
  if (rest === -1) {
    breakRequest(client)
    return
  }
  afterRequestBytes(client, chunk, rest, plane.gather.flush())
}

function afterRequestBytes(client: Client, buf: Buffer, rest: number, roomy: boolean): void {
  if (client.body.done) {
    client.phase = phase.response
    awaitUpstream(client)
    if (rest < buf.length) hold(client, buf.subarray(rest))
    return
  }
  setDeadline(client, expiry.stall, client.plane.limits.stallTimeoutMs)
  if (!roomy) pauseClient(client)
}

/** The framing of the body is broken: the upstream must not take what it has for a request, and nothing more is read from the client. */
function breakRequest(client: Client): void {
  const { upstream, plane } = client
  plane.gather.discard()
  client.upstream = null
  if (upstream !== null) {
    upstream.client = null
    upstream.socket.destroy()
  }
  if (client.responseStarted) client.socket.destroy()
  else refuse(client, 400, 'the body is not framed as its head says')
}

function tunnelToUpstream(client: Client, chunk: Buffer): void {
  const { upstream, route, plane } = client
  if (upstream === null) return
  if (route !== null) route.activity.at = plane.clock.now()
  if (!upstream.socket.write(chunk)) pauseClient(client)
}

/** Ready for the next request; begins it when it has already arrived, but not before the client has taken the last answer. */
export function nextRequest(client: Client): void {
  client.phase = phase.head
  client.upstream = null
  client.route = null
  setDeadline(client, expiry.idle, client.plane.limits.keepAliveTimeoutMs + keepAliveGraceMs)
  if (client.socket.writableNeedDrain) {
    pauseClient(client)
    setDeadline(client, expiry.stall, client.plane.limits.stallTimeoutMs)
    return
  }
  if (client.held !== null) setImmediate(readHeld, client)
  else if (client.paused) resumeClient(client)
}

/** A little longer than announced, so that a client that uses the connection at the last moment is still served. */
const keepAliveGraceMs = 1000

function readHeld(client: Client): void {
  if (client.phase !== phase.head || client.held === null || client.socket.destroyed) return
  const { held } = client
  client.held = null
  if (client.paused) resumeClient(client)
  readHead(client, held)
}

/** The client has taken what was written: its upstream may send again, or its next request begins. */
export function clientDrain(client: Client): void {
  if (client.phase === phase.head) nextRequest(client)
  else if (client.upstream !== null) {
    if (client.phase === phase.response || client.phase === phase.body) awaitUpstream(client)
    client.upstream.socket.resume()
  }
}

/** The upstream has taken what was written. */
export function upstreamDrain(upstream: { readonly client: Client | null }): void {
  const { client } = upstream
  if (client !== null && client.paused && (client.phase === phase.body || client.phase === phase.tunnel)) resumeClient(client)
}

/** The client will send nothing more. In the middle of an exchange that means that it has gone. */
export function clientEnd(client: Client): void {
  switch (client.phase) {
    case phase.head:
      closeSoon(client)
      return
    case phase.tunnel:
      client.upstream?.socket.end()
      setDeadline(client, expiry.linger, lingerMs)
      return
    case phase.closing:
      return
    default:
      client.socket.destroy()
  }
}

/** The connection is gone: so is its exchange. */
export function clientClose(client: Client): void {
  const { upstream, plane } = client
  plane.clients.delete(client)
  client.upstream = null
  client.held = null
  if (upstream === null) return
  upstream.client = null
  if (client.phase !== phase.tunnel) {
    upstream.socket.destroy()
    return
  }
  upstream.socket.setTimeout(lingerMs, () => upstream.socket.destroy())
  upstream.socket.destroySoon()
}
