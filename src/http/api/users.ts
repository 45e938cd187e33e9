import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { userModel } from '../../core/models.ts'
import type { UserView } from '../../core/models.ts'
import type { Principal } from '../../core/principal.ts'
import { filtersOf, holds } from '../../core/scopes.ts'
import { listUsers } from '../../db/users.ts'
import type { User, UserQuery } from '../../db/users.ts'
import { actorOf } from '../../hub/actor.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { addressesOf, factsOfUsers } from '../facts.ts'
import { PageQuery, pageRequest, toPage } from '../pagination.ts'
import { json } from '../reply.ts'
import { listOf, UserModel } from '../schemas.ts'
import { StoppedServersQuery } from './user-query.ts'

/** The users as the caller may see them; those of whom nothing may be seen are left out. */
export async function modelsOfUsers(
  users: readonly User[],
  caller: Principal,
  hub: HttpDeps,
  view: Partial<UserView> = {},
): Promise<JsonObject[]> {
  const facts = await factsOfUsers(hub.database.db, users)
  return facts.map((user) => userModel(user, caller.scopes, { ...addressesOf(hub), ...view })).filter((model) => model !== null)
}

const ListQuery = z.object({
  ...StoppedServersQuery.shape,
  ...PageQuery.shape,
  state: z
    .enum(['active', 'ready', 'inactive', ''])
    .optional()
    .describe('active: has a server that runs or is on its way; ready: has one that can be used; inactive: has neither.'),
  name_filter: z.string().optional().describe('Any part of the name.'),
  sort: z.enum(['id', 'name', 'last_activity', '-id', '-name', '-last_activity']).optional().describe('With `-` the other way round.'),
})

/** Whom the scope lets the caller list. Filters by server or service say nothing about users, so nobody may come in with them. */
function reachOf(caller: Principal): Pick<UserQuery, 'names' | 'groupNames'> {
  const reach = filtersOf(caller.scopes, 'list:users')
  if (reach === 'all') return {}
  if (reach.servers.length > 0 || reach.services.length > 0 || holds(caller.scopes, 'list:users') === 'none') {
    throw new HubError('scope_missing', { scopes: 'list:users' })
  }
  return { names: reach.users, groupNames: reach.groups }
}

const list = endpoint({
  method: 'GET',
  path: '/users',
  summary: 'Users, with what the caller may see of each.',
  scopes: ['list:users'],
  filtered: true,
  query: ListQuery,
  reply: { 200: listOf(UserModel) },
}).handledBy(async ({ query, caller, hub, exchange }) => {
  const page = pageRequest(exchange, query, hub.options)
  const { items, total } = await listUsers(hub.database.db, {
    ...reachOf(caller),
    ...(query.state === undefined || query.state === '' ? {} : { state: query.state }),
    ...(query.name_filter === undefined || query.name_filter === '' ? {} : { nameFilter: query.name_filter }),
    sort: query.sort ?? 'id',
    offset: page.offset,
    limit: page.limit,
  })
  const models = await modelsOfUsers(items, caller, hub, { includeStoppedServers: query.include_stopped_servers })
  return json(200, toPage(exchange, page, models, total))
})

/** Keys that clients send along; only `usernames` and `admin` do something. */
const CreateBody = z.strictObject({
  usernames: z.array(z.string()).min(1).max(1000),
  admin: z.boolean().optional(),
  name: z.string().optional(),
  groups: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
  auth_state: z.record(z.string(), z.json()).optional(),
})

const createMany = endpoint({
  method: 'POST',
  path: '/users',
  summary: 'Makes users; those that exist are left out.',
  scopes: ['admin:users'],
  body: CreateBody,
  reply: { 201: z.array(UserModel) },
  errors: ['bad_name', 'user_exists', 'admin_only'],
}).handledBy(async ({ body, caller, hub }) => {
  const made = await hub.accounts.create(body.usernames, body.admin ?? false, actorOf(caller))
  return json(201, await modelsOfUsers(made, caller, hub))
})

/** Users as a list. */
export const usersEndpoints = [list, createMany]
