import { createBody } from './body.ts'
import { awaitUpstream, setDeadline } from './deadline.ts'
import { expiry } from './state.ts'
import type { Plane, Pool, Upstream } from './state.ts'
import type { Target } from './target.ts'

/** Kept connections that are idle for longer than this do not get requests that cannot be repeated. */
const freshMs = 1000
/** More idle connections than this are not kept for one target. */
const maxIdle = 256

/** A connection to the target: a kept one, or a new one. Writing to it may start at once. */
export function takeUpstream(plane: Plane, target: Target, repeatable: boolean): Upstream {
  const pool = poolOf(plane, target)
  const kept = pool.idle.at(-1)
  if (kept !== undefined && (repeatable || plane.now - kept.idleSince < freshMs)) {
    pool.idle.pop()
    kept.reused = true
    return kept
  }
  return openUpstream(plane, target)
}

function poolOf(plane: Plane, target: Target): Pool {
  const known = plane.pools.get(target.key)
  if (known !== undefined) return known
  const pool: Pool = { target, idle: [], open: 0 }
  plane.pools.set(target.key, pool)
  return pool
}

/** A new connection, whatever is kept. */
export function openUpstream(plane: Plane, target: Target): Upstream {
  const pool = poolOf(plane, target)
  const { events } = plane
  const socket = plane.connect(target, (buf, length) => receive(upstream, buf, length))
  const upstream: Upstream = {
    plane,
    socket,
    pool,
    client: null,
    held: null,
    connected: false,
    inBody: false,
    body: createBody(true),
    status: 0,
    reusable: false,
    reused: false,
    idleSince: 0,
    error: null,
  }
  pool.open++
  socket.on('drain', () => events.upstreamDrain(upstream))
  socket.on('end', () => events.upstreamEnd(upstream))
  socket.on('error', (error) => {
    upstream.error = error
  })
  socket.on('close', () => closed(upstream))
  socket.on(target.secure ? 'secureConnect' : 'connect', () => connected(upstream))
  return upstream
}

/** A mistake of ours costs the exchange that met it, never the process. */
function receive(upstream: Upstream, buf: Buffer, length: number): void {
  try {
    upstream.plane.events.upstreamBytes(upstream, buf, length)
  } catch (error) {
    upstream.plane.log.error('proxy.broken', { side: 'upstream', error })
    upstream.plane.gather.discard()
    upstream.socket.destroy()
    upstream.client?.socket.destroy()
  }
}

function connected(upstream: Upstream): void {
  upstream.connected = true
  const { client } = upstream
  if (client === null || client.expiry !== expiry.connect) return
  if (client.body.done) awaitUpstream(client)
  else setDeadline(client, expiry.stall, client.plane.limits.stallTimeoutMs)
}

function closed(upstream: Upstream): void {
  const { pool, plane } = upstream
  const at = pool.idle.indexOf(upstream)
  if (at !== -1) pool.idle.splice(at, 1)
  if (--pool.open === 0) plane.pools.delete(pool.target.key)
  plane.events.upstreamClose(upstream)
}

/** Keeps the connection for another exchange. */
export function keepUpstream(upstream: Upstream): void {
  const { plane, pool } = upstream
  if (plane.stopping || pool.idle.length >= maxIdle) {
    upstream.socket.destroy()
    return
  }
  upstream.idleSince = plane.now
  pool.idle.push(upstream)
}

/** Closes the connections that were idle for too long; `now` far in the future closes all. */
export function sweepIdle(plane: Plane, now: number): void {
  for (const pool of plane.pools.values()) {
    while (pool.idle.length > 0) {
      const oldest = pool.idle[0]
      if (oldest === undefined || now - oldest.idleSince < plane.limits.upstreamIdleMs) break
      pool.idle.shift()
      oldest.socket.destroy()
    }
  }
}
