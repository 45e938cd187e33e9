import { once } from 'node:events'
import { createServer } from 'node:net'
import { HubError } from '../../core/errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { isCode } from './claim.ts'

/**
 * Finds a port of the address on which nobody listens: the wanted one, or with 0 any that is free at this moment. An empty address means all.
 * Throws server_port_taken, or spawner_failed when the address is not one of this machine.
 */
export type PortChooser = (ip: string, wanted: number) => Promise<number>

/** How long a port stays with the server that got it, until it must have begun to listen, milliseconds. */
const reservedMs = 60_000
const tries = 10

/** A chooser that gives no port twice within a minute. */
export function createPortChooser(clock: Clock): PortChooser {
  const givenUntil = new Map<number, number>()
  return async (ip, wanted) => {
    if (wanted !== 0) return await freePort(ip, wanted)
    const now = clock.monotonic()
    for (const [port, until] of givenUntil) if (until <= now) givenUntil.delete(port)
    let port = await freePort(ip, 0)
    for (let left = tries; left > 0 && givenUntil.has(port); left -= 1) port = await freePort(ip, 0)
    givenUntil.set(port, now + reservedMs)
    return port
  }
}

async function freePort(ip: string, wanted: number): Promise<number> {
  const server = createServer()
  try {
    server.listen({ port: wanted, exclusive: true, ...(ip === '' ? {} : { host: ip }) })
    await once(server, 'listening')
    const address = server.address()
    server.close()
    return address !== null && typeof address === 'object' ? address.port : wanted
  } catch (cause) {
    if (isCode(cause, 'EADDRINUSE')) throw new HubError('server_port_taken', { port: wanted }, { cause })
    throw new HubError('spawner_failed', { reason: `nothing can listen on the address ${ip}` }, { cause })
  }
}

/** `http://host:port`, with brackets around an IPv6 address. */
export const originOf = (ip: string, port: number): string => `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`

/** The address at which a server that listens on `ip` is reached from this machine. */
export function reachableIp(ip: string): string {
  if (ip === '' || ip === '0.0.0.0') return '127.0.0.1'
  return ip === '::' ? '::1' : ip
}
