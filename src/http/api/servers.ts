import { HubError } from '../../core/errors.ts'
import type { ErrorRecord } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Principal } from '../../core/principal.ts'
import { serverModel } from '../../core/server-model.ts'
import { pendingOf } from '../../core/server-state.ts'
import { findServer } from '../../db/servers.ts'
import type { Server } from '../../db/servers.ts'
import { groupsOfUser } from '../../db/users.ts'
import type { User } from '../../db/users.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { addressesOf, existingServer, existingUser } from '../facts.ts'
import { empty, json } from '../reply.ts'
import { ServerModel } from '../schemas.ts'
import { EditBody, StartBody, StopBody } from './server-bodies.ts'
import { serverForms, serverTarget } from './server-paths.ts'
import type { ServerForm } from './server-paths.ts'

/** The server as the caller may see it; at least its name, to whom may change it. */
async function modelFor(caller: Principal, hub: HttpDeps, user: User, server: Server): Promise<JsonObject> {
  const groups = await groupsOfUser(hub.database.db, user.id)
  return (
    serverModel(server, { name: user.name, groups }, caller.scopes, addressesOf(hub)) ?? {
      name: server.name,
      full_name: `${user.name}/${server.name}`,
    }
  )
}

/** Why it failed, even when the engine that would end what is left of it does not answer. */
const failureOf = ({ state }: Server): ErrorRecord | null => (state.kind === 'failed' || state.kind === 'stopping' ? state.failure : null)

/** What options can be refused for. */
const profileErrors = ['profile_none', 'profile_unknown', 'profile_not_allowed', 'profile_field_invalid'] as const

const read = (form: ServerForm) =>
  endpoint({
    ...form,
    method: 'GET',
    summary: 'A server, running or not.',
    scopes: ['read:servers'],
    resource: serverTarget,
    reply: { 200: ServerModel },
    errors: ['user_not_found', 'server_not_found'],
  }).handledBy(async ({ params, caller, hub }) => {
    const { user, server } = await existingServer(hub.database.db, params)
    return json(200, await modelFor(caller, hub, user, server))
  })

const start = (form: ServerForm) =>
  endpoint({
    ...form,
    method: 'POST',
    summary: 'Starts a server; 202 when it is still on its way after hub.slowSpawnTimeoutSeconds.',
    scopes: ['start:servers'],
    resource: serverTarget,
    body: StartBody,
    reply: { 201: null, 202: null },
    errors: [
      'user_not_found',
      'server_already_running',
      'server_pending',
      'server_stop_waits',
      'named_servers_off',
      'bad_name',
      'named_server_limit',
      'spawn_limit_reached',
      'active_limit_reached',
      ...profileErrors,
      'spawner_failed',
    ],
  }).handledBy(async ({ params, body, caller, hub, exchange }) => {
    const owner = await existingUser(hub.database.db, params.user)
    const { displayName = null, userOptions = null } = body
    const asked = { owner, serverName: params.server, displayName, userOptions, askedBy: caller.name }
    const { server, alreadyPending } = await hub.servers.start(asked)
    if (alreadyPending) return empty(202)
    const now = await hub.servers.settled(server.id, hub.options.slowSpawnTimeoutSeconds * 1000, exchange.request.signal)
    if (now?.state.kind === 'running') return empty(201)
    const failure = now === null ? null : failureOf(now)
    if (failure !== null) throw new HubError(failure.code, failure.detail)
    if (now === null || now.state.kind === 'stopped') throw new HubError('server_cancelled')
    return empty(202)
  })

const stop = (form: ServerForm) =>
  endpoint({
    ...form,
    method: 'DELETE',
    summary: 'Stops a server or cancels its start; 202 when it is still on its way after hub.slowStopTimeoutSeconds.',
    scopes: ['delete:servers'],
    resource: serverTarget,
    body: StopBody,
    reply: { 202: null, 204: null },
    errors: ['user_not_found', 'server_not_found', 'named_servers_off', 'server_default_remove'],
  }).handledBy(async ({ params, body, hub, exchange }) => {
    const isNamed = params.server !== ''
    if (isNamed && !hub.options.allowNamedServers) throw new HubError('named_servers_off')
    if (!isNamed && body.remove) throw new HubError('server_default_remove')
    const owner = await existingUser(hub.database.db, params.user)
    const server = await findServer(hub.database.db, owner.id, params.server)
    if (server === null && isNamed) throw new HubError('server_not_found', { user: owner.name, server: params.server.slice(0, 64) })
    if (server === null) return empty(204)
    await hub.servers.stop(server.id, body.remove)
    if (pendingOf(server.state, server.desired) === 'stop') return empty(202)
    const now = await hub.servers.settled(server.id, hub.options.slowStopTimeoutSeconds * 1000, exchange.request.signal)
    return now === null || pendingOf(now.state, now.desired) === null ? empty(204) : empty(202)
  })

const create = (form: ServerForm) =>
  endpoint({
    ...form,
    method: 'PUT',
    summary: 'Makes a named server without starting it.',
    scopes: ['start:servers'],
    resource: serverTarget,
    body: StartBody,
    reply: { 201: ServerModel },
    errors: ['user_not_found', 'server_exists', 'named_servers_off', 'bad_name', 'named_server_limit', ...profileErrors],
  }).handledBy(async ({ params, body, caller, hub }) => {
    const owner = await existingUser(hub.database.db, params.user)
    const server = await hub.serverEdits.create(owner, params.server, body)
    return json(201, await modelFor(caller, hub, owner, server))
  })

const edit = (form: ServerForm) =>
  endpoint({
    ...form,
    method: 'PATCH',
    summary: 'Changes name, display name or options of a server that does not run.',
    scopes: ['start:servers'],
    resource: serverTarget,
    body: EditBody,
    reply: { 200: ServerModel },
    errors: [
      'user_not_found',
      'server_not_found',
      'server_pending',
      'server_already_running',
      'server_exists',
      'named_servers_off',
      'bad_name',
      'named_server_limit',
      ...profileErrors,
    ],
  }).handledBy(async ({ params, body, caller, hub }) => {
    const { user, server } = await existingServer(hub.database.db, params)
    const change = { name: body.name, displayName: body.display_name, userOptions: body.user_options }
    const changed = await hub.serverEdits.edit(user, server.id, change)
    return json(200, await modelFor(caller, hub, user, changed))
  })

/** Everything about one server but its progress. */
export const serverEndpoints = serverForms.flatMap((form) => [read(form), start(form), stop(form), create(form), edit(form)])
