import { serverRoute } from '../core/addresses.ts'
import { serverPath } from '../core/names.ts'
import type { Profile } from '../core/profile-schema.ts'
import { redact } from '../core/redact.ts'
import type { ServerEvent } from '../core/server-state.ts'
import { transition } from '../core/server-state.ts'
import { toIso } from '../core/time.ts'
import type { IsoTime } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { findServerById, updateServerUnderLease } from '../db/servers.ts'
import type { Server, ServerPatch } from '../db/servers.ts'
import { findUserById } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Vault } from '../lib/secrets.ts'
import type { Spawner } from '../spawners/spawner.ts'
import type { Faults } from './faults.ts'
import type { HubRoute, Routes } from './routes.ts'
import { writeEvent } from './server-events.ts'
import type { Step } from './server-events.ts'
import type { ServerSignals } from './server-signals.ts'
import type { SingleUserSettings } from './single-user.ts'

/** What driving a server needs. */
export type DriveDeps = {
  readonly database: Database
  readonly spawner: Spawner
  readonly routes: Routes
  readonly clock: Clock
  readonly log: Log
  readonly vault: Vault
  readonly signals: ServerSignals
  readonly faults: Faults
  /** Names this process as the holder of leases. */
  readonly owner: string
  readonly singleUser: SingleUserSettings
  readonly profiles: readonly Profile[]
  /** Further variables of the servers of an account; those of the hub win. None, when not given. */
  readonly variablesOf?: (userId: number) => Promise<Readonly<Record<string, string>>>
  readonly options: { readonly startTimeoutSeconds: number; readonly httpTimeoutSeconds: number }
}

/** One server under its lease, as it was read last. */
export type Driven = {
  readonly server: Server
  readonly userName: string
  readonly homeName: string
  /** Below which the server answers: `/user/alice/`. */
  readonly path: string
  /** The proxy's way to it: the path, behind its host when it has one. */
  readonly route: string
  readonly signal: AbortSignal
}

/** Reads the server. Null when the row is gone. */
export async function readDriven(deps: DriveDeps, serverId: number, signal: AbortSignal): Promise<Driven | null> {
  const server = await findServerById(deps.database.db, serverId)
  const user = server === null ? null : await findUserById(deps.database.db, server.userId)
  if (server === null || user === null) return null
  const path = serverPath(deps.singleUser.baseUrl, user.name, server.name)
  const route = serverRoute(deps.singleUser, user.name, server.name)
  return { server, userName: user.name, homeName: user.homeName, path, route, signal }
}

/** The time of a step that is being written now. */
export const nowIso = (deps: { readonly clock: Clock }): IsoTime => toIso(deps.clock.now())

/** The route that a running server must have. */
export const routeOf = (serverName: string, userName: string, path: string, target: string): HubRoute => ({
  path,
  target,
  data: { user: userName, server_name: serverName, jupyterhub: true },
})

/**
 * Writes a new state and its event in one transaction; `patch` goes into the same row, `also` into the same transaction.
 * Throws when the lease is lost, so that nothing more is done. Resolves with the server as written.
 */
export async function move(
  deps: DriveDeps,
  { server }: Driven,
  change: {
    readonly event: ServerEvent
    readonly step: Step | null
    readonly patch?: ServerPatch
    readonly also?: (tx: Database['db']) => Promise<void>
  },
): Promise<Server> {
  const state = transition(server.state, change.event)
  await deps.database.transaction(async (tx) => {
    const kept = await updateServerUnderLease(tx, server.id, deps.owner, { ...change.patch, state })
    if (!kept) throw new Error('the lease was lost')
    if (change.step !== null) await writeEvent(tx, deps.clock, server, change.step)
    await change.also?.(tx)
  })
  deps.signals.changed(server.id)
  return { ...server, ...change.patch, state }
}

/** Lines of a server's output that are kept with its attempt. */
const keptLogLines = 200

/** The last lines of the server's output without its secrets. */
export async function lastLines(deps: DriveDeps, server: Server): Promise<string> {
  if (server.handle === null) return ''
  const secret = server.apiToken === null ? null : deps.vault.open(server.apiToken, 'server-token')
  const lines = await deps.spawner.logs(server.handle, keptLogLines).catch(() => [])
  return redact(lines, secret === null ? [] : [secret]).join('\n')
}
