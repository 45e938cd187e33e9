import { HubError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Profile } from '../core/profile-schema.ts'
import { oauthClientId, serverPath } from '../core/names.ts'
import { oauthCallbackUrl } from '../core/single-user-env.ts'
import { serverAccessScope, serverTokenScopes } from '../core/roles.ts'
import { isReady, pendingOf, transition } from '../core/server-state.ts'
import { toIso } from '../core/time.ts'
import { startAttempt } from '../db/attempts.ts'
import type { Db } from '../db/database.ts'
import { upsertClient } from '../db/oauth.ts'
import { countServers, findServer, upsertServer, writeIntent } from '../db/servers.ts'
import type { Server } from '../db/servers.ts'
import { createToken, deleteServerTokens } from '../db/tokens.ts'
import { lockUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ids } from '../lib/ids.ts'
import type { Vault } from '../lib/secrets.ts'
import { sha256Hex } from '../lib/secrets.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { chosenOptions } from './profiles.ts'
import { refuseName } from './refuse-name.ts'
import { writeEvent } from './server-events.ts'
import { labelOf, refOf } from './server-ref.ts'
import type { ServerOwner } from './server-ref.ts'

/** What writing the wish to start a server needs. */
export type StartDeps = {
  readonly spawner: Spawner
  readonly clock: Clock
  readonly ids: Ids
  readonly vault: Vault
  /** What people may choose from; empty: nothing to choose. */
  readonly profiles: readonly Profile[]
  readonly options: {
    readonly baseUrl: string
    readonly subdomainHost?: string | undefined
    readonly allowNamedServers: boolean
    /** 0: no limit. */
    readonly namedServerLimitPerUser: number
    /** 0: no limit. */
    readonly concurrentSpawnLimit: number
    /** 0: no limit. */
    readonly activeServerLimit: number
  }
}

/** A wish to start a server. */
export type StartRequest = {
  readonly owner: ServerOwner
  /** Empty for the default server. */
  readonly serverName: string
  /** Null: what was chosen last time. */
  readonly userOptions: JsonObject | null
  readonly displayName: string | null
  /** Name of who asked, for the record. */
  readonly askedBy: string
}

/** The row of that server, made when it is missing. Errors: those of `refuseName`. */
export async function ensureRow(
  tx: Db,
  deps: StartDeps,
  owner: ServerOwner,
  serverName: string,
  displayName: string | null,
): Promise<Server> {
  const found = await findServer(tx, owner.id, serverName)
  if (found !== null) return found
  if (serverName !== '') await refuseName(tx, deps.options, owner, serverName)
  return upsertServer(tx, { userId: owner.id, name: serverName, displayName: displayName ?? serverName, now: deps.clock.now() })
}

/**
 * Writes the wish to start a server with everything that the start will need; all in the transaction `tx`.
 * Errors: user_not_found, server_pending, server_stop_waits, server_already_running, spawn_limit_reached, active_limit_reached, and those of `ensureRow` and `chosenOptions`.
 */
export async function writeStart(tx: Db, deps: StartDeps, request: StartRequest): Promise<{ server: Server; alreadyPending: boolean }> {
  const { owner, serverName } = request
  if (!(await lockUser(tx, owner.id))) throw new HubError('user_not_found', { user: owner.name })
  const server = await ensureRow(tx, deps, owner, serverName, request.displayName)
  const pending = pendingOf(server.state, server.desired)
  const label = labelOf(owner.name, serverName)
  if (pending === 'spawn') return { server, alreadyPending: true }
  if (pending !== null) throw stillEnding(server, label, pending)
  if (isReady(server.state, server.desired)) throw new HubError('server_already_running', { server: label })
  const userOptions = await chosenOptions(tx, deps.profiles, owner, { asked: request.userOptions, kept: server.userOptions })
  await refuseTooMany(tx, deps)
  return { server: await writeStartIntent(tx, deps, { ...request, userOptions }, server), alreadyPending: false }
}

/** Why a server that is on its way down cannot be started: when something stands in the way, what. */
export function stillEnding({ trouble }: Pick<Server, 'trouble'>, label: string, pending: 'spawn' | 'stop'): HubError {
  if (trouble === null || pending !== 'stop') return new HubError('server_pending', { server: label, pending })
  const { failure, since } = trouble
  const reason = new HubError(failure.code, failure.detail).message.replace(/\.$/, '')
  return new HubError('server_stop_waits', { server: label, at: since, reason, code: failure.code })
}

async function refuseTooMany(tx: Db, { options, ids }: StartDeps): Promise<void> {
  const { concurrentSpawnLimit, activeServerLimit } = options
  if (concurrentSpawnLimit > 0 && (await countServers(tx, ['starting'])) >= concurrentSpawnLimit) {
    throw new HubError('spawn_limit_reached', { retryAfterSeconds: 30 + (Number.parseInt(ids.hex(1), 16) % 31) })
  }
  if (activeServerLimit > 0 && (await countServers(tx, ['starting', 'running', 'stopping'])) >= activeServerLimit) {
    throw new HubError('active_limit_reached')
  }
}

/** Everything that a start needs, in one transaction: the wish, the name of what will be made, the token, the OAuth client, the attempt. */
async function writeStartIntent(tx: Db, deps: StartDeps, request: StartRequest, server: Server): Promise<Server> {
  const { owner, serverName } = request
  const at = toIso(deps.clock.now())
  const generation = server.generation + 1
  const attemptId = deps.ids.attempt()
  const token = deps.ids.hex(16)
  await mintCredentials(tx, deps, { server, owner, token })
  const intent = {
    state: transition(server.state, { kind: 'start_asked', at }),
    desired: 'running' as const,
    removeWhenStopped: false,
    generation,
    handle: deps.spawner.reserve(refOf(server, owner), generation),
    apiToken: deps.vault.seal(token, 'server-token'),
    userOptions: request.userOptions ?? server.userOptions,
    displayName: serverName === '' ? server.displayName : (request.displayName ?? server.displayName),
    attemptId,
    trouble: null,
    startedAt: at,
    lastActivityAt: at,
  }
  const changed = await writeIntent(tx, server.id, intent, { ifGeneration: server.generation, ifKind: server.state.kind })
  if (changed === null) throw new HubError('server_pending', { server: owner.name, pending: 'spawn' })
  await startAttempt(tx, { id: attemptId, serverId: server.id, generation, askedBy: request.askedBy, now: deps.clock.now() })
  await writeEvent(tx, deps.clock, changed, { phase: 'queued' })
  return changed
}

type Credentials = { readonly server: Server; readonly owner: ServerOwner; readonly token: string }

/** The server's own API token, which is also the secret of its OAuth client (single-user contract). Both end with the run. */
async function mintCredentials(tx: Db, deps: StartDeps, { server, owner, token }: Credentials): Promise<void> {
  const prefix = serverPath(deps.options.baseUrl, owner.name, server.name)
  const clientId = oauthClientId(owner.name, server.name)
  await deleteServerTokens(tx, server.id)
  await upsertClient(tx, {
    id: clientId,
    secretHash: sha256Hex(token),
    redirectUri: oauthCallbackUrl(deps.options, owner.name, server.name),
    description: `Server at ${prefix}`,
    allowedScopes: [serverAccessScope(owner.name, server.name)],
    serverId: server.id,
    serviceId: null,
  })
  await createToken(tx, {
    hash: sha256Hex(token),
    userId: owner.id,
    serverId: server.id,
    scopes: serverTokenScopes(owner.name, server.name),
    note: `Server at ${prefix}`,
    now: deps.clock.now(),
  })
}
