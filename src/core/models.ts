import type { Json, JsonObject } from './json.ts'
import { serverUrl } from './addresses.ts'
import { escapePath } from './names.ts'
import { allows } from './scopes.ts'
import type { ScopeSet } from './scope-set.ts'
import type { Resource } from './scopes.ts'
import { serverModel } from './server-model.ts'
import { isActive, isReady, pendingOf } from './server-state.ts'
import type { Addresses, ServerFacts } from './server-model.ts'
import { wireTime } from './time.ts'
import type { IsoTime } from './time.ts'

/** A user with everything their model may show. */
export type UserFacts = {
  readonly name: string
  readonly admin: boolean
  /** Direct roles. */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly createdAt: IsoTime
  readonly lastActivityAt: IsoTime | null
  /** All servers, running or not. */
  readonly servers: readonly ServerFacts[]
  readonly userInfo?: JsonObject | null
}

/** How much of a user to show. */
export type UserView = Addresses & {
  readonly includeStoppedServers?: boolean
  /** Shown to holders of `admin:auth_state`; left out: null stands in its place. */
  readonly authState?: JsonObject | null
}

type Fields = readonly (readonly [name: string, scopes: readonly string[], value: Json])[]

const identifying = [
  'read:users',
  'read:users:name',
  'read:users:groups',
  'read:users:activity',
  'read:servers',
  'read:roles:users',
  'admin:auth_state',
]
const naming = ['read:users', 'read:users:name']

const neverStarted: ServerFacts = {
  name: '',
  displayName: '',
  state: { kind: 'stopped' },
  desired: 'stopped',
  generation: 0,
  handle: null,
  userOptions: {},
  startedAt: null,
  lastActivityAt: null,
}

/** The fields of a table that a reader may see. */
function visible(fields: Fields, mayRead: (scope: string) => boolean): { readonly [name: string]: Json } {
  return Object.fromEntries(fields.filter(([, scopes]) => scopes.some(mayRead)).map(([name, , value]) => [name, value]))
}

/** The servers that a reader sees, by name. */
function serversModel(user: UserFacts, scopes: ScopeSet, view: UserView): JsonObject {
  const hasDefault = user.servers.some((server) => server.name === '')
  const all = hasDefault ? user.servers : [neverStarted, ...user.servers]
  const shown = view.includeStoppedServers === true ? all : user.servers.filter((server) => isActive(server.state))
  const models = shown.map((server) => [server.name, serverModel(server, user, scopes, view)] as const)
  return Object.fromEntries(models.filter(([, model]) => model !== null))
}

/** The user as the holder of `scopes` may see them (rest-api §2.1), or null when nothing may be seen. */
export function userModel(user: UserFacts, scopes: ScopeSet, view: UserView): JsonObject | null {
  const resource: Resource = { kind: 'user', name: user.name, groups: user.groups }
  const mayRead = (scope: string): boolean => allows(scopes, scope, resource)
  const main = user.servers.find((server) => server.name === '')
  const fields: Fields = [
    ['kind', identifying, 'user'],
    ['name', identifying, user.name],
    ['admin', [...naming, 'read:roles:users'], user.admin],
    ['user_info', naming, user.userInfo ?? null],
    ['roles', ['read:users', 'read:roles:users'], user.roles],
    ['groups', ['read:users', 'read:users:groups'], user.groups],
    ['server', ['read:users'], main !== undefined && isReady(main.state, main.desired) ? serverUrl(view, user.name, '') : null],
    ['pending', ['read:users'], main === undefined ? null : pendingOf(main.state, main.desired)],
    ['created', ['read:users'], wireTime(user.createdAt)],
    ['last_activity', ['read:users', 'read:users:activity'], wireTime(user.lastActivityAt)],
    ['auth_state', ['admin:auth_state'], view.authState ?? null],
  ]
  const model = visible(fields, mayRead)
  if (Object.keys(model).length === 0) return null
  const servers = serversModel(user, scopes, view)
  return mayRead('read:servers') || Object.keys(servers).length > 0 ? { ...model, servers } : model
}

/** A group with its members. */
export type GroupRecord = {
  readonly name: string
  readonly users: readonly string[]
  readonly properties: JsonObject
  readonly roles: readonly string[]
}

/** The group as the holder of `scopes` may see it (rest-api §2.3), or null. */
export function groupModel(group: GroupRecord, scopes: ScopeSet): JsonObject | null {
  const any = ['read:groups', 'read:groups:name', 'read:roles:groups']
  const fields: Fields = [
    ['kind', any, 'group'],
    ['name', any, group.name],
    ['users', ['read:groups'], group.users],
    ['properties', ['read:groups'], group.properties],
    ['roles', ['read:roles:groups'], group.roles],
  ]
  const model = visible(fields, (scope) => allows(scopes, scope, { kind: 'group', name: group.name }))
  return Object.keys(model).length === 0 ? null : model
}

/** A service. `url` null: it has no page. */
export type ServiceFacts = {
  readonly name: string
  readonly admin: boolean
  readonly roles: readonly string[]
  readonly url: string | null
  readonly command: readonly string[]
  /** 0 when the hub does not run it. */
  readonly pid: number
  readonly info: JsonObject
  readonly display: boolean
}

/** The service as the holder of `scopes` may see it (rest-api §2.4), or null. */
export function serviceModel(service: ServiceFacts, scopes: ScopeSet, baseUrl: string): JsonObject | null {
  const any = ['read:services', 'read:services:name', 'read:roles:services']
  const hasUrl = service.url !== null && service.url !== ''
  const fields: Fields = [
    ['kind', any, 'service'],
    ['name', any, service.name],
    ['admin', any, service.admin],
    ['roles', ['read:roles:services'], service.roles],
    ['url', ['read:services'], service.url ?? ''],
    ['prefix', ['read:services'], hasUrl ? `${baseUrl}services/${escapePath(service.name)}/` : ''],
    ['command', ['read:services'], service.command],
    ['pid', ['read:services'], service.pid],
    ['info', ['read:services'], service.info],
    ['display', ['read:services'], service.display],
  ]
  const model = visible(fields, (scope) => allows(scopes, scope, { kind: 'service', name: service.name }))
  return Object.keys(model).length === 0 ? null : model
}

/** A token of a user or a service. `scopes`: what it may do now, in wire form. */
export type TokenFacts = {
  readonly id: number
  readonly owner: { readonly kind: 'user' | 'service'; readonly name: string }
  readonly scopes: readonly string[]
  readonly note: string
  readonly createdAt: IsoTime
  readonly lastActivityAt: IsoTime | null
  readonly expiresAt: IsoTime | null
  readonly sessionId: string | null
  /** Description of the OAuth client that obtained it, or `JupyterHub`. */
  readonly oauthClient: string
}

/** The token (rest-api §2.5); the secret itself is never part of it. */
export const tokenModel = (token: TokenFacts): JsonObject => ({
  [token.owner.kind]: token.owner.name,
  id: `a${token.id}`,
  kind: 'api_token',
  roles: [],
  scopes: token.scopes,
  created: wireTime(token.createdAt),
  last_activity: wireTime(token.lastActivityAt),
  expires_at: wireTime(token.expiresAt),
  note: token.note,
  session_id: token.sessionId,
  oauth_client: token.oauthClient,
})
