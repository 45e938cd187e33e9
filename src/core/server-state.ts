import { HubError } from './errors.ts'
import type { ErrorRecord } from './errors.ts'
import type { Json } from './json.ts'
import type { IsoTime } from './time.ts'

/** What the owner of a server, or whoever may act for them, has asked for. */
export type Desired = 'running' | 'stopped'

/** Steps of a start, in their order. Each one is written as an event with its time. */
export const startPhases = ['queued', 'preparing', 'pulling', 'creating', 'booting', 'routing'] as const
export type StartPhase = (typeof startPhases)[number]

/** How an attempt ends. */
export const endPhases = ['ready', 'failed', 'cancelled', 'stopped'] as const
export type EndPhase = (typeof endPhases)[number]

/** A step of a server's life as it is kept with its attempt. `stopping` stands between `ready` and `stopped`. */
export type Phase = StartPhase | EndPhase | 'stopping'

/** The state of one server. Only `transition` makes a new one. */
export type ServerState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly phase: StartPhase; readonly since: IsoTime }
  | { readonly kind: 'running'; readonly url: string; readonly since: IsoTime }
  | { readonly kind: 'stopping'; readonly since: IsoTime; readonly failure: ErrorRecord | null }
  | { readonly kind: 'failed'; readonly failure: ErrorRecord; readonly at: IsoTime }

/** What keeps the hub from bringing a server to what is wanted of it, and since when. It is tried again all the time. */
export type Trouble = { readonly failure: ErrorRecord; readonly since: IsoTime }

/** Which of the states, without what goes with it. */
export type ServerStateKind = ServerState['kind']

/** What can happen to a server. */
export type ServerEvent =
  | { readonly kind: 'start_asked'; readonly at: IsoTime }
  | { readonly kind: 'phase_reached'; readonly phase: StartPhase; readonly at: IsoTime }
  | { readonly kind: 'became_ready'; readonly url: string; readonly at: IsoTime }
  | { readonly kind: 'moved'; readonly url: string }
  | { readonly kind: 'start_failed'; readonly failure: ErrorRecord; readonly at: IsoTime }
  | { readonly kind: 'died'; readonly failure: ErrorRecord; readonly at: IsoTime }
  | { readonly kind: 'stop_asked'; readonly at: IsoTime }
  | { readonly kind: 'gone'; readonly at: IsoTime }

/** What a spawner sees of the real thing behind a handle. */
export type Observation =
  | { readonly kind: 'absent' }
  | { readonly kind: 'running'; readonly url: string }
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly signal: string | null; readonly outOfMemory: boolean }

/** The spawner's own note of what it made (or is about to make); opaque to everybody else. */
export type Handle = Json

/**
 * The next state of a server. Throws `internal` when the event cannot happen in this state: that is a mistake of the program, never of a user.
 */
export function transition(state: ServerState, event: ServerEvent): ServerState {
  switch (event.kind) {
    case 'start_asked':
      if (state.kind === 'stopped' || state.kind === 'failed') return { kind: 'starting', phase: 'queued', since: event.at }
      break
    case 'phase_reached':
      if (state.kind === 'starting') return { kind: 'starting', phase: event.phase, since: state.since }
      break
    case 'became_ready':
      if (state.kind === 'starting') return { kind: 'running', url: event.url, since: event.at }
      break
    case 'moved':
      if (state.kind === 'running') return { kind: 'running', url: event.url, since: state.since }
      break
    case 'start_failed':
      if (state.kind === 'starting') return { kind: 'stopping', since: event.at, failure: event.failure }
      break
    case 'died':
      if (state.kind === 'running') return { kind: 'stopping', since: event.at, failure: event.failure }
      break
    case 'stop_asked':
      if (state.kind === 'starting' || state.kind === 'running') return { kind: 'stopping', since: event.at, failure: null }
      break
    case 'gone':
      if (state.kind === 'stopping') return ended(state.failure, event.at)
      break
    default:
      event satisfies never
  }
  throw new HubError('internal', { reference: `${event.kind} in ${state.kind}` })
}

const ended = (failure: ErrorRecord | null, at: IsoTime): ServerState =>
  failure === null ? { kind: 'stopped' } : { kind: 'failed', failure, at }

/** What the REST API calls `pending`: an unfinished start or stop, or null. A stop that was asked for counts before it has begun. */
export function pendingOf(state: ServerState, desired: Desired): 'spawn' | 'stop' | null {
  if (state.kind === 'stopping') return 'stop'
  if (state.kind !== 'starting' && state.kind !== 'running') return null
  if (desired === 'stopped') return 'stop'
  return state.kind === 'starting' ? 'spawn' : null
}

/** True when the server can be used now. */
export const isReady = (state: ServerState, desired: Desired): boolean => state.kind === 'running' && desired === 'running'

/** True while a server exists or is coming or going: the `active` of the REST API. */
export const isActive = (state: ServerState): boolean => state.kind !== 'stopped' && state.kind !== 'failed'
