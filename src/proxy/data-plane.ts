import type { Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createBody } from './body.ts'
import { setDeadline } from './deadline.ts'
import type { ErrorPages } from './error-pages.ts'
import { createGather } from './gather.ts'
import { clientBytes, clientClose, clientDrain, clientEnd, nextRequest, upstreamDrain } from './request-flow.ts'
import { createRequestHead } from './request-head.ts'
import { upstreamBytes, upstreamClose, upstreamEnd } from './response-flow.ts'
import { createResponseHead } from './response-head.ts'
import type { Routes } from './routes.ts'
import { hubProofName } from './settings.ts'
import type { ForwardingRules, HubRoute, ProxyLimits } from './settings.ts'
import { expiry, phase } from './state.ts'
import type { Client, Connect, Plane } from './state.ts'
import { sweep } from './sweep.ts'
import { parseTarget } from './target.ts'
import { sweepIdle } from './upstream.ts'

/** Serves client connections. */
export type DataPlane = {
  /** Takes over a connection; a plain one must have been accepted with `allowHalfOpen`. */
  accept(socket: Socket, secure: boolean): void
  /** Looks after deadlines; to be called every `sweepMs`. */
  sweep(): void
  /** Lets no further request begin. Resolves when the requests that are under way have ended, or have been cut after `drainMs`. */
  stop(): Promise<void>
  /** Open client connections. */
  size(): number
}

const empty = Buffer.alloc(0)

/** A data plane without connections. `connect` opens the other side, `trusts` says whose X-Forwarded-* is believed. */
export function createDataPlane(deps: {
  readonly routes: Routes
  readonly forwarding: ForwardingRules
  readonly hub: HubRoute | null
  readonly limits: ProxyLimits
  readonly clock: Clock
  readonly log: Log
  readonly pages: ErrorPages
  readonly connect: Connect
  readonly trusts: (address: string) => boolean
}): DataPlane {
  const { customHeaders } = deps.forwarding
  const plane: Plane = {
    ...deps,
    hub: hubOf(deps.hub),
    customNames: new Set(customHeaders.map(([name]) => name.toLowerCase())),
    customLines: Buffer.from(customHeaders.map(([name, value]) => `${name}: ${value}\r\n`).join(''), 'latin1'),
    gather: createGather(),
    requestHead: createRequestHead(),
    responseHead: createResponseHead(),
    clients: new Set(),
    pools: new Map(),
    events: { upstreamBytes, upstreamEnd, upstreamClose, upstreamDrain, nextRequest },
    now: deps.clock.monotonic(),
    stopping: false,
  }
  return {
    accept: (socket, secure) => accept(plane, socket, secure, deps.trusts),
    sweep: () => sweep(plane, plane.clock.monotonic()),
    stop: () => stop(plane),
    size: () => plane.clients.size,
  }
}

/** Throws a RangeError when the hub's target is none. */
function hubOf(hub: HubRoute | null): Plane['hub'] {
  if (hub === null) return null
  const target = parseTarget(hub.target)
  if (target === null) throw new RangeError(`not an address of a hub: ${hub.target}`)
  return { key: target.key, line: Buffer.from(`${hubProofName}: ${hub.proof}\r\n`, 'latin1') }
}

function accept(plane: Plane, socket: Socket, secure: boolean, trusts: (address: string) => boolean): void {
  const address = socket.remoteAddress ?? ''
  const client: Client = {
    plane,
    socket,
    secure,
    address,
    trusted: trusts(address),
    phase: phase.head,
    deadline: 0,
    expiry: expiry.head,
    held: null,
    paused: false,
    upstream: null,
    route: null,
    url: '',
    body: createBody(false),
    minor: 1,
    hostText: '',
    isHead: false,
    upgrade: false,
    keepAlive: true,
    responseStarted: false,
    sent: null,
    forwardedHost: empty,
    forwardedLines: empty,
  }
  setDeadline(client, expiry.head, plane.limits.headerTimeoutMs)
  plane.clients.add(client)
  socket.on('data', (chunk: Buffer) => receive(client, chunk))
  socket.on('end', () => clientEnd(client))
  socket.on('drain', () => clientDrain(client))
  socket.on('error', () => {})
  socket.on('close', () => clientClose(client))
}

/** A mistake of ours costs the connection that met it, never the process. */
function receive(client: Client, chunk: Buffer): void {
  try {
    clientBytes(client, chunk)
  } catch (error) {
    client.plane.log.error('proxy.broken', { side: 'client', error })
    client.plane.gather.discard()
    client.socket.destroy()
  }
}

const busy = (client: Client): boolean => client.phase === phase.body || client.phase === phase.response || client.phase === phase.answering

async function stop(plane: Plane): Promise<void> {
  const { clock, limits, clients } = plane
  plane.stopping = true
  sweepIdle(plane, Number.POSITIVE_INFINITY)
  const until = clock.monotonic() + limits.drainMs
  for (const client of clients) {
    client.keepAlive &&= client.responseStarted
    if (client.phase === phase.head) client.socket.end()
  }
  while ([...clients].some(busy) && clock.monotonic() < until) await clock.sleep(20)
  for (const client of clients) client.socket.destroySoon()
  const flushed = clock.monotonic() + 200
  while (clients.size > 0 && clock.monotonic() < flushed) await clock.sleep(10)
  for (const client of clients) client.socket.destroy()
}
