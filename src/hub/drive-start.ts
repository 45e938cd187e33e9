import type { ErrorCode, ErrorRecord } from '../core/errors.ts'
import { serverUrl } from '../core/addresses.ts'
import { HubError } from '../core/errors.ts'
import { keptOverrides } from '../core/profiles.ts'
import type { Handle, Observation } from '../core/server-state.ts'
import type { Ms } from '../core/time.ts'
import { endAttempt } from '../db/attempts.ts'
import { findServerById, updateServerUnderLease } from '../db/servers.ts'
import { touchUser } from '../db/users.ts'
import { probe } from '../lib/http-client.ts'
import type { SpawnStep, StartSpec } from '../spawners/spawner.ts'
import { move, nowIso, readDriven, routeOf } from './drive-context.ts'
import type { DriveDeps, Driven } from './drive-context.ts'
import type { HubRoute } from './routes.ts'
import { noteFailure } from './drive-stop.ts'
import { singleUserSpec } from './single-user.ts'

/**
 * The pause between two looks at a server that does not answer yet: a small share of the time it has taken so far, so that whoever waits long
 * waits little longer than needed. Milliseconds.
 */
const pause = { share: 0.04, leastMs: 10, mostMs: 500 }
/** How often a server that is awaited is looked at as a process as well, milliseconds. */
const observeEveryMs = 250
/** How often a start looks whether another replica has been asked to cancel it, milliseconds. */
const cancelLookMs = 1_000
/** One probe takes at most this long, milliseconds. */
const probeMs = 5_000

/** A proxy that does not take a route is asked again for this long, so often. Milliseconds. */
const [proxyPatienceMs, proxyRetryMs] = [15_000, 100]

/** A start that was cancelled: not an error, the plan goes on with a stop. */
class Cancelled extends Error {}

/**
 * Drives a start to `ready`, or notes why it failed. Begins anew wherever an earlier hub left off: the spawner adopts what is already there.
 * Rejects only when this hub has to let go of the server (it ends, or the lease is lost).
 */
export async function driveStart(deps: DriveDeps, driven: Driven): Promise<void> {
  const { signal } = driven
  const finished = new AbortController()
  const cancelled = new AbortController()
  const watching = watchCancel(deps, driven, cancelled, AbortSignal.any([signal, finished.signal]))
  const run = { ...driven, signal: AbortSignal.any([signal, cancelled.signal]) }
  try {
    const made = await make(deps, run)
    await awaitAnswer(deps, run, made)
    await openWay(deps, run, made.url)
  } catch (error) {
    signal.throwIfAborted()
    if (!cancelled.signal.aborted) await fail(deps, driven, error)
  } finally {
    finished.abort()
    await watching
  }
}

/** Aborts `cancelled` once the server is wanted no more. Never rejects: a database that is away for a moment cancels nothing. */
async function watchCancel(deps: DriveDeps, { server }: Driven, cancelled: AbortController, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const now = await findServerById(deps.database.db, server.id).catch(() => server)
    if (now === null || now.desired === 'stopped') return cancelled.abort(new Cancelled('the start was cancelled'))
    await deps.signals.next(server.id, cancelLookMs, signal).catch(() => {})
  }
}

type Made = { readonly url: string; readonly handle: Handle; readonly spec: StartSpec }

async function make(deps: DriveDeps, driven: Driven): Promise<Made> {
  const { server, signal } = driven
  if (server.handle === null) throw new HubError('internal', { reference: 'start without handle' })
  const spec = await startSpecOf(deps, driven)
  const timeoutSeconds = deps.options.startTimeoutSeconds
  const deadline = pausableDeadline(timeoutSeconds * 1000)
  let kept = JSON.stringify(server.handle)
  const keepHandle = async (handle: Handle): Promise<void> => {
    if (JSON.stringify(handle) === kept) return
    kept = JSON.stringify(handle)
    if (!(await updateServerUnderLease(deps.database.db, server.id, deps.owner, { handle }))) throw new Error('the lease was lost')
    await deps.faults('start.handle')
  }
  const tell = async (step: SpawnStep): Promise<void> => {
    // Fetching an image has a time-out of its own, which counts silence: a slow network is no fault of the server.
    if (step.phase === 'pulling') deadline.pause()
    else deadline.restart()
    await announce(deps, driven, step)
  }
  try {
    const context = { signal: AbortSignal.any([signal, deadline.signal]), announce: tell, keepHandle }
    const started = await deps.spawner.start(server.handle, spec, context)
    await deps.faults('start.made')
    await keepHandle(started.handle)
    return { ...started, spec }
  } catch (error) {
    if (deadline.signal.aborted && !signal.aborted) throw new HubError('server_start_timeout', { timeoutSeconds }, { cause: error })
    throw error
  } finally {
    deadline.pause()
  }
}

/** With profiles the spawner gets what the chosen one says, never what somebody typed. Errors: those of `keptOverrides`, for a profile that is gone. */
async function startSpecOf(deps: DriveDeps, driven: Driven): Promise<StartSpec> {
  const plain = singleUserSpec(deps, driven)
  const variables = (await deps.variablesOf?.(driven.server.userId)) ?? {}
  const spec = { ...plain, environment: { ...variables, ...plain.environment } }
  const profile = keptOverrides(deps.profiles, driven.server.userOptions)
  return profile === null ? spec : { ...spec, userOptions: {}, profile }
}

/** Aborts its signal after so many milliseconds, but not while it is paused: then they count anew from the next `restart`. */
function pausableDeadline(ms: Ms): { readonly signal: AbortSignal; pause(): void; restart(): void } {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | null = null
  const halt = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  const restart = (): void => {
    if (timer !== null) return
    timer = setTimeout(() => controller.abort(), ms)
  }
  restart()
  return { signal: controller.signal, pause: halt, restart }
}

/** Writes a spawner's step as an event; the state follows the phase. */
async function announce(deps: DriveDeps, driven: Driven, step: SpawnStep): Promise<void> {
  const { phase, message, ...data } = step
  await move(deps, driven, {
    event: { kind: 'phase_reached', phase, at: nowIso(deps) },
    step: { phase, data, ...(message === undefined ? {} : { message }) },
  })
  if (phase !== 'pulling') await deps.faults(`start.${phase}`)
}

/** Waits until the server answers below 500 on its API, and is alive. Throws the failure that describes best why it does not. */
async function awaitAnswer(deps: DriveDeps, driven: Driven, made: Made): Promise<void> {
  const { clock, options } = deps
  const target = `${made.url}${driven.path}api`
  const from = clock.monotonic()
  let observedAt = from
  while (true) {
    const taken = clock.monotonic() - from
    const left = options.httpTimeoutSeconds * 1000 - taken
    if (left <= 0) throw new StartFailure(await neverAnswered(deps, made), { kind: 'running', url: made.url })
    const answer = await probe(target, { timeoutMs: Math.ceil(Math.min(probeMs, left)), signal: driven.signal })
    if (answer.kind === 'answer' && answer.status < 500) break
    if (clock.monotonic() - observedAt >= observeEveryMs) {
      observedAt = clock.monotonic()
      await refuseDead(deps, made)
    }
    await clock.sleep(Math.min(Math.max(taken * pause.share, pause.leastMs), pause.mostMs), driven.signal)
  }
  await refuseStranger(deps, made)
  await deps.faults('start.answered')
}

async function neverAnswered(deps: DriveDeps, { handle, spec, url }: Made): Promise<ErrorRecord> {
  const known = await deps.spawner.diagnose(handle, { kind: 'running', url }, spec)
  return known ?? { code: 'server_never_answered', detail: { timeoutSeconds: deps.options.httpTimeoutSeconds } }
}

async function refuseDead(deps: DriveDeps, { handle, spec }: Made): Promise<void> {
  const found = await deps.spawner.observe(handle)
  if (found.kind === 'running') return
  const exitCode = found.kind === 'exited' ? (found.exitCode ?? found.signal) : null
  const known = await deps.spawner.diagnose(handle, found, spec)
  throw new StartFailure(known ?? { code: 'server_exited_early', detail: { exitCode } }, found)
}

/** What makes an answer worthless: it came from somebody else, or the server cannot sign anybody in. */
const strangerSigns: ReadonlySet<ErrorCode> = new Set(['server_port_taken', 'server_token_refused'])

/** What answered must be the server that was started: nobody is ever sent to a stranger that happens to listen on its port. */
async function refuseStranger(deps: DriveDeps, made: Made): Promise<void> {
  const [known] = await Promise.all([
    deps.spawner.diagnose(made.handle, { kind: 'running', url: made.url }, made.spec),
    refuseDead(deps, made),
  ])
  if (known !== null && strangerSigns.has(known.code)) throw new StartFailure(known, { kind: 'running', url: made.url })
}

/** A failure with what was seen when it was found. */
class StartFailure extends Error {
  readonly failure: ErrorRecord
  readonly observed: Observation
  constructor(failure: ErrorRecord, observed: Observation) {
    super(failure.code)
    this.failure = failure
    this.observed = observed
  }
}

/** The route first, then `ready`: whoever is told that the server is ready can open it. */
async function openWay(deps: DriveDeps, driven: Driven, url: string): Promise<void> {
  const { server, userName, route, signal } = driven
  const address = serverUrl(deps.singleUser, userName, server.name)
  await move(deps, driven, { event: { kind: 'phase_reached', phase: 'routing', at: nowIso(deps) }, step: { phase: 'routing' } })
  await deps.faults('start.routing')
  await putPatiently(deps, routeOf(server.name, userName, route, url), signal)
  await deps.faults('start.routed')
  const at = nowIso(deps)
  await move(deps, driven, {
    event: { kind: 'became_ready', url, at },
    step: { phase: 'ready', message: `Server ready at ${address}`, data: { url: address } },
    patch: { startedAt: server.startedAt ?? at, lastActivityAt: at },
    also: async (tx) => {
      if (server.attemptId !== null) await endAttempt(tx, server.attemptId, { outcome: 'ready', now: deps.clock.now() })
      await touchUser(tx, server.userId, deps.clock.now(), 0)
    },
  })
  deps.log.info('server.ready', { user: userName, server: server.name })
  await deps.faults('start.ready')
}

/** A proxy that is being restarted at this moment costs a start no more than the wait. Throws server_route_failed when it stays away. */
async function putPatiently(deps: DriveDeps, route: HubRoute, signal: AbortSignal): Promise<void> {
  const { clock, routes } = deps
  const until = clock.monotonic() + proxyPatienceMs
  while (true) {
    try {
      return await routes.put(route, signal)
    } catch (error) {
      if (signal.aborted || clock.monotonic() >= until) throw error
      await clock.sleep(proxyRetryMs, signal)
    }
  }
}

/** Notes why the start failed. The server is read again first: its phase has moved since. */
async function fail(deps: DriveDeps, driven: Driven, error: unknown): Promise<void> {
  const now = await readDriven(deps, driven.server.id, driven.signal)
  if (now === null || now.server.state.kind !== 'starting') throw error
  const observed: Observation = error instanceof StartFailure ? error.observed : { kind: 'absent' }
  await noteFailure(deps, now, failureOf(deps, error), observed)
}

function failureOf(deps: DriveDeps, error: unknown): ErrorRecord {
  if (error instanceof StartFailure) return error.failure
  if (error instanceof HubError) return { code: error.code, detail: error.detail }
  deps.log.error('server.start_error', { error })
  return { code: 'spawner_failed', detail: { reason: error instanceof Error ? error.message : 'unknown' } }
}
