import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { fileFates } from '../../core/left-files.ts'
import { leftFilesModel } from '../../core/left-files-model.ts'
import type { Principal } from '../../core/principal.ts'
import { allows } from '../../core/scopes.ts'
import { isActive } from '../../core/server-state.ts'
import { serversOfUser } from '../../db/servers.ts'
import { groupsOfUser } from '../../db/users.ts'
import type { User } from '../../db/users.ts'
import { actorOf } from '../../hub/actor.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { existingUser } from '../facts.ts'
import { empty, json } from '../reply.ts'
import type { Target } from '../resource.ts'
import { JsonObjectSchema, LeftFilesModel, UserModel, UserPath } from '../schemas.ts'
import { StoppedServersQuery } from './user-query.ts'
import { modelsOfUsers } from './users.ts'

const userTarget = ({ user }: { readonly user: string }): Target => ({ kind: 'user', name: user })

/** What the authenticator keeps, for those who may read it. */
async function authStateFor(caller: Principal, user: User, hub: HttpDeps): Promise<{ authState?: JsonObject | null }> {
  const groups = await groupsOfUser(hub.database.db, user.id)
  const mayRead = allows(caller.scopes, 'admin:auth_state', { kind: 'user', name: user.name, groups })
  return mayRead ? { authState: await hub.authStates.shown(user.id) } : {}
}

async function modelOf(user: User, caller: Principal, hub: HttpDeps, includeStoppedServers = false): Promise<JsonObject> {
  const [model] = await modelsOfUsers([user], caller, hub, { includeStoppedServers, ...(await authStateFor(caller, user, hub)) })
  // Whoever may change a user but not read one still learns which it was.
  return model ?? { kind: 'user', name: user.name }
}

const read = endpoint({
  method: 'GET',
  path: '/users/:user',
  summary: 'A user, with what the caller may see.',
  scopes: ['read:users', 'read:users:name', 'read:servers', 'read:users:groups', 'read:users:activity', 'read:roles:users'],
  resource: userTarget,
  params: UserPath,
  query: StoppedServersQuery,
  reply: { 200: UserModel },
  errors: ['user_not_found'],
}).handledBy(async ({ params, query, caller, hub }) => {
  const user = await existingUser(hub.database.db, params.user)
  return json(200, await modelOf(user, caller, hub, query.include_stopped_servers))
})

const NewUserBody = z
  .strictObject({
    name: z.string().optional(),
    admin: z.boolean().optional(),
    groups: z.array(z.string()).optional(),
    roles: z.array(z.string()).optional(),
    auth_state: JsonObjectSchema.optional(),
  })
  .nullable()

const create = endpoint({
  method: 'POST',
  path: '/users/:user',
  summary: 'Makes a user.',
  scopes: ['admin:users'],
  resource: userTarget,
  params: UserPath,
  body: NewUserBody,
  reply: { 201: UserModel },
  errors: ['bad_name', 'user_exists', 'admin_only'],
}).handledBy(async ({ params, body, caller, hub }) => {
  const [made] = await hub.accounts.create([params.user], body?.admin ?? false, actorOf(caller))
  if (made === undefined) throw new HubError('user_exists', { user: params.user })
  return json(201, await modelOf(made, caller, hub))
})

const EditBody = z.strictObject({ name: z.string().optional(), admin: z.boolean().optional(), auth_state: JsonObjectSchema.optional() })

const edit = endpoint({
  method: 'PATCH',
  path: '/users/:user',
  summary: 'Changes name, administrator flag or what the authenticator keeps.',
  scopes: ['admin:users'],
  resource: userTarget,
  params: UserPath,
  body: EditBody,
  reply: { 200: UserModel },
  errors: ['user_not_found', 'bad_name', 'admin_only', 'user_servers_active', 'forbidden'],
}).handledBy(async ({ params, body, caller, hub }) => {
  const user = await existingUser(hub.database.db, params.user)
  const edited = await hub.accounts.edit(user.id, { name: body.name, admin: body.admin }, actorOf(caller))
  if (body.auth_state !== undefined) await hub.authStates.write(user.id, body.auth_state)
  return json(200, { ...(await modelOf(edited, caller, hub)), auth_state: await hub.authStates.shown(user.id) })
})

/** Stops what runs and waits until it is gone, at most as long as one stop may take the API. */
async function stopServers(user: User, hub: HttpDeps, signal: AbortSignal): Promise<void> {
  const active = (await serversOfUser(hub.database.db, user.id)).filter((server) => isActive(server.state))
  for (const server of active) await hub.servers.stop(server.id)
  await Promise.all(active.map((server) => hub.servers.settled(server.id, hub.options.slowStopTimeoutSeconds * 1000, signal)))
}

const remove = endpoint({
  method: 'DELETE',
  path: '/users/:user',
  summary:
    'Removes a user; their servers are stopped first. `files` says what becomes of their files; with it, the answer does too: 200 when it is done, 202 when it goes on.',
  scopes: ['delete:users'],
  resource: userTarget,
  params: UserPath,
  query: z.object({ files: z.enum(fileFates).optional() }),
  reply: { 200: LeftFilesModel, 202: LeftFilesModel, 204: null },
  errors: ['user_not_found', 'user_delete_self', 'user_servers_active', 'admin_only', 'forbidden'],
}).handledBy(async ({ params, query, caller, hub, exchange }) => {
  const user = await existingUser(hub.database.db, params.user)
  if (caller.kind === 'user' && caller.id === user.id) throw new HubError('user_delete_self')
  if (user.admin && !caller.admin) throw new HubError('admin_only', { reason: 'Only admins can modify other admins' })
  await stopServers(user, hub, exchange.request.signal)
  const left = await hub.accounts.remove(user.id, actorOf(caller), query.files)
  if (query.files === undefined || left === null) return empty(204)
  const settled = await hub.files.settled(left.id, hub.options.slowStopTimeoutSeconds * 1000, exchange.request.signal)
  const shown = settled ?? left
  return json(shown.state === 'waiting' ? 202 : 200, leftFilesModel(shown))
})

/** Everything about one user but tokens, servers and activity. */
export const oneUserEndpoints = [read, create, edit, remove]
