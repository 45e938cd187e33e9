import { expiry } from './state.ts'
import type { Client } from './state.ts'
import type { Ms } from '../core/time.ts'

/** How long a connection may stay half-closed, or go on sending what nobody reads any more. */
export const lingerMs = 2000

/** Gives the connection a new deadline; zero milliseconds: none. */
export function setDeadline(client: Client, kind: number, ms: Ms): void {
  client.deadline = ms === 0 ? 0 : client.plane.now + ms
  client.expiry = kind
}

/** The deadline while a request goes to its upstream or a response comes back: whichever limit is met first. */
export function awaitUpstream(client: Client): void {
  const { timeoutMs, proxyTimeoutMs } = client.plane.limits
  const inactive = timeoutMs !== 0 && (proxyTimeoutMs === 0 || timeoutMs < proxyTimeoutMs)
  if (inactive) setDeadline(client, expiry.inactive, timeoutMs)
  else setDeadline(client, expiry.upstream, proxyTimeoutMs)
}
