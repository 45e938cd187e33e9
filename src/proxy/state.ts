import type { Socket } from 'node:net'
import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Body } from './body.ts'
import type { ErrorPages } from './error-pages.ts'
import type { Gather } from './gather.ts'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'
import type { Route, Routes } from './routes.ts'
import type { ForwardingRules, ProxyLimits } from './settings.ts'
import type { Target } from './target.ts'

/** Where a client connection stands. */
export const phase = {
  /** Waiting for a request head, or in the middle of one. */
  head: 0,
  /** The head went on; the body is on its way. */
  body: 1,
  /** The whole request went on; the response is awaited or on its way. What arrives now is held for later. */
  response: 2,
  /** An answer of our own is being prepared. */
  answering: 3,
  /** Both sides are piped as they are. */
  tunnel: 4,
  /** The last answer was written; what still arrives is thrown away. */
  closing: 5,
} as const

/** What a deadline of a client connection is about. */
export const expiry = { idle: 0, head: 1, connect: 2, upstream: 3, inactive: 4, stall: 5, linger: 6 } as const

/** One client connection with the exchange that is under way on it. */
export type Client = {
  readonly plane: Plane
  readonly socket: Socket
  readonly secure: boolean
  readonly address: string
  /** Its X-Forwarded-* is believed. */
  readonly trusted: boolean
  phase: number
  /** Zero: none. Checked by the sweep, so it holds to about one sweep. */
  deadline: Ms
  expiry: number
  /** Bytes that arrived and were not used yet. */
  held: Buffer | null
  paused: boolean
  /** The exchange. */
  upstream: Upstream | null
  route: Route | null
  url: string
  readonly body: Body
  minor: number
  /** Value of Host, kept only where redirects are rewritten. */
  hostText: string
  isHead: boolean
  upgrade: boolean
  keepAlive: boolean
  responseStarted: boolean
  /** The head as it was sent, when it may be sent once more. */
  sent: Buffer | null
  /** Host value and the block of X-Forwarded lines that was made for it. */
  forwardedHost: Buffer
  forwardedLines: Buffer
}

/** One connection to a target. */
export type Upstream = {
  readonly plane: Plane
  readonly socket: Socket
  readonly pool: Pool
  client: Client | null
  /** The start of a response head. */
  held: Buffer | null
  connected: boolean
  inBody: boolean
  readonly body: Body
  status: number
  /** May be kept after this exchange. */
  reusable: boolean
  /** It was kept after an earlier exchange. */
  reused: boolean
  idleSince: Ms
  error: Error | null
}

/** Kept connections of one target; the newest is used first. */
export type Pool = {
  readonly target: Target
  readonly idle: Upstream[]
  /** Connections of any kind that are open. */
  open: number
}

/** What connections call each other by; filled in by the data plane, so that the modules of the two sides need not know each other. */
export type PlaneEvents = {
  readonly upstreamBytes: (upstream: Upstream, buf: Buffer, length: number) => void
  readonly upstreamEnd: (upstream: Upstream) => void
  readonly upstreamClose: (upstream: Upstream) => void
  readonly upstreamDrain: (upstream: Upstream) => void
  readonly nextRequest: (client: Client) => void
}

/**
 * Opens a connection to a target. `onBytes` gets a buffer that is only valid during the call, and how much of it is filled; it is the only
 * way to read from the socket.
 */
export type Connect = (target: Target, onBytes: (buf: Buffer, length: number) => void) => Socket

/** What all connections share. */
export type Plane = {
  readonly routes: Routes
  readonly forwarding: ForwardingRules
  /** Lower-case names of the custom headers, and their lines as they are sent. */
  readonly customNames: ReadonlySet<string>
  readonly customLines: Buffer
  /** `key` of the hub's target, and the line that goes with requests to it. */
  readonly hub: { readonly key: string; readonly line: Buffer } | null
  readonly limits: ProxyLimits
  readonly clock: Clock
  readonly log: Log
  readonly pages: ErrorPages
  readonly gather: Gather
  readonly requestHead: RequestHead
  readonly responseHead: ResponseHead
  readonly clients: Set<Client>
  readonly pools: Map<string, Pool>
  readonly connect: Connect
  readonly events: PlaneEvents
  /** Monotonic time of the last sweep: good enough for deadlines and cheaper than asking. */
  now: Ms
  stopping: boolean
}
