import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { groupModel } from '../../core/models.ts'
import type { Principal } from '../../core/principal.ts'
import { filtersOf } from '../../core/scopes.ts'
import { listGroups } from '../../db/groups.ts'
import type { Group } from '../../db/groups.ts'
import { actorOf } from '../../hub/actor.ts'
import { createGroups, requireGroup } from '../../hub/groups.ts'
import type { GroupEditor } from '../../hub/groups.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { factsOfGroup } from '../facts.ts'
import { PageQuery, pageRequest, toPage } from '../pagination.ts'
import { empty, json } from '../reply.ts'
import type { Target } from '../resource.ts'
import { GroupModel, GroupPath, JsonObjectSchema, listOf } from '../schemas.ts'

const groupTarget = ({ group }: { readonly group: string }): Target => ({ kind: 'group', name: group })
const editorOf = (caller: Principal): GroupEditor => ({ actor: actorOf(caller), scopes: caller.scopes })

/** The group as the caller may see it; at least its name, to whom may change it. */
async function modelFor(group: Group, caller: Principal, hub: HttpDeps): Promise<JsonObject> {
  return groupModel(await factsOfGroup(hub.database.db, group), caller.scopes) ?? { kind: 'group', name: group.name }
}

/** Names of the groups that the scope lets the caller list; undefined: all. Only filters by group say which groups. */
function reachOf(caller: Principal): readonly string[] | undefined {
  const reach = filtersOf(caller.scopes, 'list:groups')
  if (reach === 'all') return undefined
  if (reach.users.length + reach.servers.length + reach.services.length > 0) throw new HubError('scope_missing', { scopes: 'list:groups' })
  return reach.groups
}

const list = endpoint({
  method: 'GET',
  path: '/groups',
  summary: 'Groups, with what the caller may see of each.',
  scopes: ['list:groups'],
  filtered: true,
  query: PageQuery,
  reply: { 200: listOf(GroupModel) },
}).handledBy(async ({ query, caller, hub, exchange }) => {
  const page = pageRequest(exchange, query, hub.options)
  const names = reachOf(caller)
  const all = await listGroups(hub.database.db, names === undefined ? {} : { names })
  const shown = all.slice(page.offset, page.offset + page.limit)
  const models = await Promise.all(shown.map((group) => modelFor(group, caller, hub)))
  return json(200, toPage(exchange, page, models, all.length))
})

const Names = z.array(z.string()).max(1000)

const createMany = endpoint({
  method: 'POST',
  path: '/groups',
  summary: 'Makes groups, all with the same members.',
  scopes: ['admin:groups'],
  body: z.object({ groups: Names.min(1), users: Names.optional() }),
  reply: { 201: z.array(GroupModel) },
  errors: ['bad_name', 'group_exists', 'forbidden'],
}).handledBy(async ({ body, caller, hub }) => {
  const made = await createGroups(hub).create(body.groups, body.users ?? [], editorOf(caller))
  return json(201, await Promise.all(made.map((group) => modelFor(group, caller, hub))))
})

const read = endpoint({
  method: 'GET',
  path: '/groups/:group',
  summary: 'A group, with what the caller may see.',
  scopes: ['read:groups', 'read:groups:name', 'read:roles:groups'],
  resource: groupTarget,
  params: GroupPath,
  reply: { 200: GroupModel },
  errors: ['group_not_found'],
}).handledBy(async ({ params, caller, hub }) => json(200, await modelFor(await requireGroup(hub.database.db, params.group), caller, hub)))

const create = endpoint({
  method: 'POST',
  path: '/groups/:group',
  summary: 'Makes a group.',
  scopes: ['admin:groups'],
  resource: groupTarget,
  params: GroupPath,
  body: z.strictObject({ name: z.string().optional(), users: Names.optional(), roles: Names.optional() }).nullable(),
  reply: { 201: GroupModel },
  errors: ['bad_name', 'group_exists', 'forbidden'],
}).handledBy(async ({ params, body, caller, hub }) => {
  const [made] = await createGroups(hub).create([params.group], body?.users ?? [], editorOf(caller))
  if (made === undefined) throw new HubError('group_exists', { group: params.group })
  return json(201, await modelFor(made, caller, hub))
})

const remove = endpoint({
  method: 'DELETE',
  path: '/groups/:group',
  summary: 'Removes a group; its members stay.',
  scopes: ['delete:groups'],
  resource: groupTarget,
  params: GroupPath,
  reply: { 204: null },
  errors: ['group_not_found'],
}).handledBy(async ({ params, caller, hub }) => {
  await createGroups(hub).remove(params.group, actorOf(caller))
  return empty(204)
})

const Members = z.object({ users: Names })

const addMembers = endpoint({
  method: 'POST',
  path: '/groups/:group/users',
  summary: 'Puts people into a group.',
  scopes: ['groups'],
  resource: groupTarget,
  params: GroupPath,
  body: Members,
  reply: { 200: GroupModel },
  errors: ['group_not_found', 'forbidden'],
}).handledBy(async ({ params, body, caller, hub }) =>
  json(200, await modelFor(await createGroups(hub).addMembers(params.group, body.users, editorOf(caller)), caller, hub)),
)

const removeMembers = endpoint({
  method: 'DELETE',
  path: '/groups/:group/users',
  summary: 'Takes people out of a group.',
  scopes: ['groups'],
  resource: groupTarget,
  params: GroupPath,
  body: Members,
  reply: { 200: GroupModel },
  errors: ['group_not_found'],
}).handledBy(async ({ params, body, caller, hub }) =>
  json(200, await modelFor(await createGroups(hub).removeMembers(params.group, body.users, actorOf(caller)), caller, hub)),
)

const setProperties = endpoint({
  method: 'PUT',
  path: '/groups/:group/properties',
  summary: 'Replaces the properties of a group.',
  scopes: ['groups'],
  resource: groupTarget,
  params: GroupPath,
  body: JsonObjectSchema,
  reply: { 200: GroupModel },
  errors: ['group_not_found'],
}).handledBy(async ({ params, body, caller, hub }) =>
  json(200, await modelFor(await createGroups(hub).setProperties(params.group, body, actorOf(caller)), caller, hub)),
)

/** Everything about groups. */
export const groupEndpoints = [list, createMany, read, create, remove, addMembers, removeMembers, setProperties]
