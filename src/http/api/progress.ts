import { HubError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import { allows } from '../../core/scopes.ts'
import { serverUrl } from '../../core/addresses.ts'
import { isReady, pendingOf } from '../../core/server-state.ts'
import { eventsAfter } from '../../db/events.ts'
import { findServerById } from '../../db/servers.ts'
import type { Server } from '../../db/servers.ts'
import { labelOf } from '../../hub/server-ref.ts'
import { callerByCookie, callerByToken } from '../authenticate.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { eventStream } from '../event-stream.ts'
import type { StreamEvent } from '../event-stream.ts'
import type { Exchange } from '../exchange.ts'
import { existingServer } from '../facts.ts'
import { beside } from '../../lib/beside.ts'
import { empty } from '../reply.ts'
import { resourceOf } from '../resource.ts'
import { failedEvent, isFinal, logEvent, readyEvent, wireEvent } from './progress-events.ts'
import { serverForms, serverTarget } from './server-paths.ts'
import type { ServerForm } from './server-paths.ts'
import { ProgressQuery } from './user-query.ts'

/** A server being listened to; `withLog`: to its output too. */
type Watched = { readonly server: Server; readonly url: string; readonly hub: HttpDeps; readonly withLog: boolean }

/** Id of the last event that a reconnecting browser has seen; null for everybody else. */
function lastSeenId(exchange: Exchange): number | null {
  const text = exchange.headers.get('last-event-id')
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** What the state itself says when no event does. */
function eventOfState({ server, url }: Watched): Json {
  if (isReady(server.state, server.desired)) return readyEvent(url)
  if (server.state.kind === 'failed') return failedEvent(server.state.failure)
  return { progress: 100, failed: true, message: 'Spawn failed' }
}

/** The kept events of the attempt after `afterId`, then those to come, until the last one; and between them what the server writes. */
async function* follow(watched: Watched, afterId: number, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const steps = followSteps(watched, afterId, signal)
  const ended = new AbortController()
  try {
    yield* watched.withLog ? beside(steps, followOutput(watched, AbortSignal.any([signal, ended.signal]))) : steps
  } finally {
    ended.abort()
  }
}

/** Without an id: who reconnects gets the last lines again. */
async function* followOutput({ server, hub }: Watched, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  for await (const batch of hub.servers.follow(server.id, signal)) yield { id: null, data: logEvent(batch) }
}

async function* followSteps(watched: Watched, afterId: number, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const { server, url, hub } = watched
  for await (const event of hub.servers.progress(server.id, afterId, signal)) {
    yield { id: event.id, data: wireEvent(event, url) }
    if (isFinal(event.phase)) return
  }
  if (signal.aborted) return
  const now = await findServerById(hub.database.db, server.id)
  yield { id: null, data: eventOfState({ ...watched, server: now ?? server }) }
}

/** A start that is over is told by its last event alone. */
async function* lastOnly(watched: Watched): AsyncGenerator<StreamEvent> {
  const { server, url, hub } = watched
  const events = server.attemptId === null ? [] : await eventsAfter(hub.database.db, server.id, server.attemptId, 0)
  const wanted = server.state.kind === 'failed' ? 'failed' : 'ready'
  const last = events.findLast((event) => event.phase === wanted)
  yield last === undefined ? { id: null, data: eventOfState(watched) } : { id: last.id, data: wireEvent(last, url) }
}

/** Nothing is left to tell somebody who reconnects: 204 makes a browser stop trying. */
async function isAllTold({ server, hub }: Watched, afterId: number): Promise<boolean> {
  if (pendingOf(server.state, server.desired) !== null) return false
  const rest = server.attemptId === null ? [] : await eventsAfter(hub.database.db, server.id, server.attemptId, afterId)
  return rest.length === 0
}

/**
 * Where the events come from, by the state of the server (rest-api §1.5, §5.5).
 * Errors: server_not_found when it was stopped, server_nothing_pending when it has only been made, server_pending when it is being stopped.
 */
function sourceOf(watched: Watched, userName: string): (signal: AbortSignal) => AsyncIterable<StreamEvent> {
  const { state, desired, name, generation } = watched.server
  const label = labelOf(userName, name)
  const isEnding = state.kind === 'stopping' && state.failure !== null
  if (pendingOf(state, desired) === 'spawn' || isEnding) return (signal) => follow(watched, 0, signal)
  if (isReady(state, desired) || state.kind === 'failed') return () => lastOnly(watched)
  if (pendingOf(state, desired) === 'stop') throw new HubError('server_pending', { server: label, pending: 'stop' })
  if (generation === 0) throw new HubError('server_nothing_pending', { server: label })
  throw new HubError('server_not_found', { user: userName, server: name })
}

const progress = (form: ServerForm) =>
  endpoint({
    ...form,
    path: `${form.path.replace('?', '')}/progress`,
    method: 'GET',
    summary: 'How a start goes, as server-sent events; every event has an id, and `Last-Event-ID` goes on behind it.',
    scopes: ['read:servers'],
    resource: serverTarget,
    query: ProgressQuery,
    reply: { 200: 'stream', 204: null },
    errors: ['user_not_found', 'server_not_found', 'server_pending', 'server_nothing_pending', 'rate_limited'],
  }).handledBy(async ({ params, query, caller, hub, exchange }) => {
    const { user, server } = await existingServer(hub.database.db, params)
    const target = await resourceOf(hub.database.db, serverTarget(params))
    const withLog = query.log && allows(caller.scopes, 'servers', target)
    const watched: Watched = { server, hub, url: serverUrl(hub.options, user.name, server.name), withLog }
    const seen = lastSeenId(exchange)
    if (seen !== null && (await isAllTold(watched, seen))) return empty(204)
    const source = seen === null ? sourceOf(watched, user.name) : (signal: AbortSignal) => follow(watched, seen, signal)
    const onEnd = hub.streams.take(`${caller.kind} ${caller.name}`)
    const stillAllowed = async (): Promise<boolean> =>
      ((await callerByToken(exchange, hub)) ?? (await callerByCookie(exchange, hub))) !== null
    return eventStream(source, { clock: hub.clock, signal: exchange.request.signal, stillAllowed, onEnd })
  })

/** Progress of default and named servers. */
export const progressEndpoints = serverForms.map(progress)
