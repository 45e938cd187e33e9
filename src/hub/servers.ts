import type { ErrorRecord } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { redact } from '../core/redact.ts'
import type { Phase } from '../core/server-state.ts'
import { isActive, pendingOf } from '../core/server-state.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { lastAttempt } from '../db/attempts.ts'
import type { Database, Db } from '../db/database.ts'
import { eventsAfter } from '../db/events.ts'
import { findServer, findServerById, removeServer, serversOfUser, writeIntent } from '../db/servers.ts'
import type { Server } from '../db/servers.ts'
import type { Faults } from './faults.ts'
import { followLog } from './follow-log.ts'
import type { LogBatch } from './follow-log.ts'
import { createKeptFiles } from './kept-files.ts'
import { createProfiles } from './profiles.ts'
import type { ServerOwner } from './server-ref.ts'
import type { ServerSignals } from './server-signals.ts'
import { ensureRow, writeStart } from './write-start.ts'
import type { StartDeps, StartRequest } from './write-start.ts'
import { createUsages } from './usage.ts'

/** What the use cases of servers need. */
export type ServersDeps = StartDeps & {
  readonly database: Database
  readonly signals: ServerSignals
  readonly faults: Faults
  /** What a server may use whose profile does not say, bytes; null: no limit. */
  readonly memLimit: number | null
  /** Tells the loop that a server wants attention now. */
  readonly wake: (serverId: number) => void
}

/** One step of a server's life as it is shown. */
export type ProgressEvent = {
  readonly id: number
  readonly at: IsoTime
  readonly phase: Phase
  /** Whole percent. */
  readonly progress: number
  readonly message: string
  readonly data: JsonObject
}

/** The newest start of a server with all that is known about it. */
export type AttemptReport = {
  readonly id: string
  readonly startedAt: IsoTime
  readonly endedAt: IsoTime | null
  readonly outcome: string | null
  readonly failure: ErrorRecord | null
  readonly exitCode: number | null
  readonly outOfMemory: boolean
  readonly log: readonly string[]
  readonly events: readonly ProgressEvent[]
}

/** Use cases of servers. */
export type Servers = ReturnType<typeof createServers>

/** How long a waiting reader trusts the signals of its own process before it looks at the database again, milliseconds. */
const lookAgainMs = 1_000

/** Makes the use cases. Nothing here touches a process or a container: wishes are written, the loop fulfils them. */
export function createServers(deps: ServersDeps) {
  const { database, spawner, clock, signals } = deps
  const { db } = database

  const ensure = async (owner: ServerOwner, serverName: string, displayName: string | null): Promise<Server> => {
    const found = await findServer(db, owner.id, serverName)
    return found ?? database.transaction((tx) => ensureRow(tx, deps, owner, serverName, displayName))
  }

  const start = async (request: StartRequest): Promise<{ readonly server: Server; readonly alreadyPending: boolean }> => {
    const result = await database.transaction((tx) => writeStart(tx, deps, request))
    await deps.faults('start.intent')
    signals.changed(result.server.id)
    deps.wake(result.server.id)
    return result
  }

  const stop = async (serverId: number, remove = false): Promise<void> => {
    const server = await database.transaction((tx) => writeStop(tx, serverId, remove))
    if (server === null) return
    await deps.faults('stop.intent')
    signals.changed(serverId)
    deps.wake(serverId)
  }

  const settled = async (serverId: number, ms: Ms, signal: AbortSignal): Promise<Server | null> => {
    const until = clock.monotonic() + ms
    while (true) {
      const server = await findServerById(db, serverId)
      const left = until - clock.monotonic()
      if (server === null || pendingOf(server.state, server.desired) === null || left <= 0) return server
      await signals.next(serverId, Math.min(left, lookAgainMs), signal)
    }
  }

  async function* progress(serverId: number, afterId: number, signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    let seen = afterId
    while (!signal.aborted) {
      const server = await findServerById(db, serverId)
      if (server === null || server.attemptId === null) return
      const events = await eventsAfter(db, serverId, server.attemptId, seen)
      for (const event of events) {
        seen = event.id
        yield event
      }
      const waits = pendingOf(server.state, server.desired) !== null
      if (events.length === 0 && !waits) return
      if (events.length === 0) await signals.next(serverId, lookAgainMs, signal)
    }
  }

  const log = async (serverId: number, lines: number): Promise<readonly string[]> => {
    const server = await findServerById(db, serverId)
    if (server === null) return []
    const secret = server.apiToken === null ? null : deps.vault.open(server.apiToken, 'server-token')
    const live = server.handle === null ? [] : await spawner.logs(server.handle, lines)
    if (live.length > 0) return redact(live, secret === null ? [] : [secret])
    const attempt = await lastAttempt(db, serverId)
    return attempt === null || attempt.log === '' ? [] : attempt.log.split('\n').slice(-lines)
  }

  const follow = (serverId: number, signal: AbortSignal): AsyncGenerator<LogBatch> => followLog({ log, clock }, serverId, signal)

  const report = async (serverId: number): Promise<AttemptReport | null> => {
    const attempt = await lastAttempt(db, serverId)
    if (attempt === null) return null
    const events = await eventsAfter(db, serverId, attempt.id, 0)
    const lines = attempt.log === '' ? await log(serverId, 200) : attempt.log.split('\n')
    return { ...attempt, log: lines, events }
  }

  const stopAllOf = async (owner: ServerOwner): Promise<void> => {
    for (const server of await serversOfUser(db, owner.id)) await stop(server.id)
  }

  const profiles = createProfiles(db, deps.profiles, deps.memLimit)

  const usages = createUsages(deps)

  const keptFiles = createKeptFiles(deps)

  return { profiles, keptFiles, usages, ensure, start, stop, stopAllOf, settled, progress, log, follow, report }
}

/**
 * Null: there was nothing to stop. Another hub may move the server between the look and the write: then it is looked at again, so that
 * a row never goes while its server is on its way, and a removal is never forgotten.
 */
async function writeStop(tx: Db, serverId: number, remove: boolean): Promise<Server | null> {
  const server = await findServerById(tx, serverId)
  if (server === null || (!remove && !isActive(server.state))) return null
  if (!isActive(server.state)) return (await removeServer(tx, serverId)) ? null : writeStop(tx, serverId, remove)
  const wish = { desired: 'stopped', removeWhenStopped: remove || server.removeWhenStopped } as const
  const asked = await writeIntent(tx, serverId, wish, { ifGeneration: server.generation, ifKind: server.state.kind })
  return asked ?? writeStop(tx, serverId, remove)
}
