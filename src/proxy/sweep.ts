import { failExchange, refuse } from './answer.ts'
import { beginBody, framing } from './body.ts'
import { loseUpstream } from './response-flow.ts'
import { expiry } from './state.ts'
import type { Client, Plane } from './state.ts'
import { sweepIdle } from './upstream.ts'
import type { Ms } from '../core/time.ts'

/** Looks at every connection once: cheaper than a timer for each, and exact to one interval. */
export function sweep(plane: Plane, now: Ms): void {
  plane.now = now
  for (const client of plane.clients) {
    if (client.deadline !== 0 && now >= client.deadline) expire(client)
  }
  sweepIdle(plane, now)
}

function expire(client: Client): void {
  client.deadline = 0
  switch (client.expiry) {
    case expiry.head:
      if (client.held === null) client.socket.destroy()
      else {
        beginBody(client.body, framing.none, 0)
        refuse(client, 408, 'the head did not arrive in time')
      }
      return
    case expiry.connect:
    case expiry.upstream:
      if (client.upstream === null) failExchange(client, 503, 'the server did not answer in time')
      else {
        client.sent = null
        loseUpstream(client.upstream, 'the server did not answer in time')
      }
      return
    default:
      client.socket.destroy()
  }
}
