import type { ErrorRecord } from '../core/errors.ts'
import type { EndPhase, Observation, ServerEvent } from '../core/server-state.ts'
import { endAttempt, keepLog, lastAttempt } from '../db/attempts.ts'
import { deleteClientOfServer } from '../db/oauth.ts'
import { findServerById, removeServer } from '../db/servers.ts'
import { deleteServerTokens, deleteTokensOfClient } from '../db/tokens.ts'
import { oauthClientId } from '../core/names.ts'
import { lastLines, move, nowIso } from './drive-context.ts'
import type { DriveDeps, Driven } from './drive-context.ts'
import { singleUserSpec } from './single-user.ts'

/** Longest time that one stop may take before it is tried anew, milliseconds. */
const stopDeadlineMs = 180_000

/** The stop begins: from now on the server counts as stopping, whoever asked. */
export async function beginStop(deps: DriveDeps, driven: Driven): Promise<void> {
  const phase = driven.server.state.kind === 'starting' ? 'cancelled' : 'stopping'
  const step = phase === 'stopping' ? ({ phase } as const) : null
  await move(deps, driven, { event: { kind: 'stop_asked', at: nowIso(deps) }, step, patch: { desired: 'stopped' } })
  await deps.faults('stop.begun')
}

/**
 * A start or a server has failed: the reason is kept with the attempt before anything is cleaned away, then the stop follows.
 */
export async function noteFailure(deps: DriveDeps, driven: Driven, failure: ErrorRecord, observed: Observation): Promise<void> {
  const { server, userName } = driven
  const at = nowIso(deps)
  const event: ServerEvent = server.state.kind === 'starting' ? { kind: 'start_failed', failure, at } : { kind: 'died', failure, at }
  const log = await lastLines(deps, server)
  deps.log.warn('server.failed', { user: userName, server: server.name, code: failure.code, ...failure.detail })
  await move(deps, driven, {
    event,
    step: null,
    patch: { desired: 'stopped' },
    also: async (tx) => {
      if (server.attemptId === null) return
      await endAttempt(tx, server.attemptId, {
        now: deps.clock.now(),
        outcome: 'failed',
        failure,
        exitCode: observed.kind === 'exited' ? observed.exitCode : null,
        outOfMemory: failure.code === 'server_out_of_memory',
        log,
      })
    },
  })
}

/** A running server is not there any more. Code 0: somebody shut it down from inside, which is no failure. */
export async function noteExit(deps: DriveDeps, driven: Driven, observed: Observation): Promise<void> {
  if (observed.kind === 'exited' && observed.exitCode === 0) return beginStop(deps, driven)
  const exitCode = observed.kind === 'exited' ? (observed.exitCode ?? observed.signal) : null
  const known = await diagnose(deps, driven, observed)
  await noteFailure(deps, driven, known ?? { code: 'server_died', detail: { exitCode } }, observed)
}

/** A server that is dead is dead, whether or not the reason can be found: its token may be sealed with a key that is gone. */
async function diagnose(deps: DriveDeps, driven: Driven, observed: Observation): Promise<ErrorRecord | null> {
  const { handle, id: serverId } = driven.server
  if (handle === null) return null
  try {
    return await deps.spawner.diagnose(handle, observed, singleUserSpec(deps, driven))
  } catch (error) {
    deps.log.warn('server.not_diagnosed', { serverId, error })
    return null
  }
}

/** Takes the way to the server out of the proxy. */
export async function deleteRoute(deps: DriveDeps, { route, signal }: Driven): Promise<void> {
  await deps.routes.remove(route, signal)
  await deps.faults('stop.route_deleted')
}

/** Ends the real thing and waits until it is gone. */
export async function stopReal(deps: DriveDeps, { server, signal }: Driven): Promise<void> {
  if (server.handle === null) return
  await deps.spawner.stop(server.handle, { signal: AbortSignal.any([signal, AbortSignal.timeout(stopDeadlineMs)]) })
  await deps.faults('stop.stopped')
}

/**
 * Nothing is left of the run: what the spawner kept goes, its token and its OAuth client; the row goes too when that was asked for.
 * The spawner forgets first, while the row still says what there is to forget: whoever comes after a failure begins with that again.
 */
export async function settle(deps: DriveDeps, driven: Driven): Promise<void> {
  const { server, userName } = driven
  const at = nowIso(deps)
  const log = await lastLines(deps, server)
  const phase = await endOf(deps, driven)
  const failure = server.state.kind === 'stopping' ? server.state.failure : null
  if (server.attemptId !== null && failure === null && log !== '') await keepLog(deps.database.db, server.attemptId, log)
  if (server.handle !== null) await deps.spawner.forget(server.handle)
  await move(deps, driven, {
    event: { kind: 'gone', at },
    step: failure === null ? { phase } : { phase, data: { code: failure.code, detail: failure.detail } },
    patch: { handle: null, trouble: null, apiToken: null, startedAt: null, lastActivityAt: at },
    also: async (tx) => {
      await deleteServerTokens(tx, server.id)
      await deleteTokensOfClient(tx, oauthClientId(userName, server.name))
      await deleteClientOfServer(tx, server.id)
      if (server.attemptId !== null && failure === null) await endAttempt(tx, server.attemptId, { now: deps.clock.now(), outcome: phase })
      // Removal may have been asked for while the server was stopping.
      if ((await findServerById(tx, server.id))?.removeWhenStopped === true) await removeServer(tx, server.id)
    },
  })
  deps.log.info('server.stopped', { user: userName, server: server.name, outcome: phase })
  await deps.faults('stop.settled')
}

/** A start that ended before it was ready was cancelled. */
async function endOf(deps: DriveDeps, { server }: Driven): Promise<EndPhase> {
  if (server.state.kind === 'stopping' && server.state.failure !== null) return 'failed'
  const attempt = await lastAttempt(deps.database.db, server.id)
  return attempt?.outcome === 'ready' ? 'stopped' : 'cancelled'
}
