import { errorCodes, fillText, titleOf } from './errors.ts'
import type { ErrorRecord } from './errors.ts'
import type { Json, JsonObject } from './json.ts'
import { serverUrl } from './addresses.ts'
import type { HubPlace } from './addresses.ts'
import { escapePath } from './names.ts'
import { allows } from './scopes.ts'
import type { ScopeSet } from './scope-set.ts'
import type { Resource } from './scopes.ts'
import { isActive, isReady, pendingOf } from './server-state.ts'
import type { Desired, Handle, ServerState, Trouble } from './server-state.ts'
import { wireTime } from './time.ts'
import type { IsoTime } from './time.ts'

/** A server as its row tells it. */
export type ServerFacts = {
  /** Empty for the default server. */
  readonly name: string
  readonly displayName: string
  readonly state: ServerState
  readonly desired: Desired
  /** 0: never started. */
  readonly generation: number
  readonly handle: Handle
  readonly userOptions: JsonObject
  readonly startedAt: IsoTime | null
  readonly lastActivityAt: IsoTime | null
  readonly trouble?: Trouble | null
}

/** Whose server it is. */
export type ServerOwner = { readonly name: string; readonly groups: readonly string[] }

/** Where things are. `publicOrigin` null: not configured. */
export type Addresses = HubPlace & { readonly publicOrigin: string | null }

/** `/hub/api/users/alice/server/progress`, always a path. */
export function progressPath(baseUrl: string, user: string, server: string): string {
  const kept = server === '' ? 'server' : `servers/${escapePath(server)}`
  return `${baseUrl}hub/api/users/${escapePath(user)}/${kept}/progress`
}

/** A failure with its texts, as the API shows it. */
export function failureModel(failure: ErrorRecord): JsonObject {
  const { code, detail } = failure
  return { code, message: fillText(titleOf(code, detail), detail), hint: fillText(errorCodes[code].hint, detail), detail }
}

/** Beyond the common fields: the step of a start, and why the last one failed, also while what is left of it is still being ended. */
function extrasOf(state: ServerState): JsonObject {
  if (state.kind === 'starting') return { phase: state.phase }
  if (state.kind !== 'failed' && state.kind !== 'stopping') return {}
  return state.failure === null ? {} : { failure: failureModel(state.failure) }
}

/** What keeps a server from ending, as long as it does. */
function troubleOf({ state, desired, trouble = null }: ServerFacts): JsonObject {
  if (trouble === null || pendingOf(state, desired) !== 'stop') return {}
  return { trouble: { ...failureModel(trouble.failure), since: wireTime(trouble.since) } }
}

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

function internalState(server: ServerFacts): Json {
  if (server.handle === null) return server.generation === 0 ? null : {}
  return isObject(server.handle) ? server.handle : { handle: server.handle }
}

/** The server as the holder of `scopes` may see it (rest-api §2.2), or null when they may not. */
export function serverModel(server: ServerFacts, owner: ServerOwner, scopes: ScopeSet, addresses: Addresses): JsonObject | null {
  const resource: Resource = { kind: 'server', user: owner.name, server: server.name, groups: owner.groups }
  if (!allows(scopes, 'read:servers', resource)) return null
  const { baseUrl, publicOrigin } = addresses
  const url = serverUrl(addresses, owner.name, server.name)
  const progress = progressPath(baseUrl, owner.name, server.name)
  const unused = server.generation === 0 && Object.keys(server.userOptions).length === 0
  return {
    name: server.name,
    display_name: server.displayName,
    full_name: `${owner.name}/${server.name}`,
    last_activity: wireTime(server.lastActivityAt),
    started: isActive(server.state) ? wireTime(server.startedAt) : null,
    pending: pendingOf(server.state, server.desired),
    ready: isReady(server.state, server.desired),
    stopped: !isActive(server.state),
    url,
    user_options: unused ? null : server.userOptions,
    progress_url: progress,
    full_url: publicOrigin === null ? null : new URL(url, publicOrigin).href,
    full_progress_url: publicOrigin === null ? null : `${publicOrigin}${progress}`,
    ...extrasOf(server.state),
    ...troubleOf(server),
    ...(allows(scopes, 'admin:server_state', resource) ? { state: internalState(server) } : {}),
  }
}
