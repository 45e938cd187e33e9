import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { serviceModel } from '../../core/models.ts'
import { shownName } from '../../core/names.ts'
import type { Principal } from '../../core/principal.ts'
import { filtersOf } from '../../core/scopes.ts'
import { findService, listServices } from '../../db/services.ts'
import type { Service } from '../../db/services.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { factsOfService } from '../facts.ts'
import { json } from '../reply.ts'
import { ServiceModel } from '../schemas.ts'

async function modelFor(service: Service, caller: Principal, hub: HttpDeps): Promise<JsonObject | null> {
  const facts = await factsOfService(hub.database.db, service.id)
  return facts === null ? null : serviceModel(facts, caller.scopes, hub.options.baseUrl)
}

/** Which services the scope lets the caller list. Only filters by service say which. */
function isListed(caller: Principal): (service: Service) => boolean {
  const reach = filtersOf(caller.scopes, 'list:services')
  if (reach === 'all') return () => true
  if (reach.users.length + reach.servers.length + reach.groups.length > 0) throw new HubError('scope_missing', { scopes: 'list:services' })
  return ({ name }) => reach.services.includes(name)
}

const list = endpoint({
  method: 'GET',
  path: '/services',
  summary: 'Services by name, with what the caller may see of each.',
  scopes: ['list:services'],
  filtered: true,
  reply: { 200: z.record(z.string(), ServiceModel) },
}).handledBy(async ({ caller, hub }) => {
  const services = (await listServices(hub.database.db)).filter(isListed(caller))
  const models = await Promise.all(services.map(async (service) => [service.name, await modelFor(service, caller, hub)] as const))
  return json(200, Object.fromEntries(models.filter(([, model]) => model !== null)))
})

const read = endpoint({
  method: 'GET',
  path: '/services/:service',
  summary: 'A service, with what the caller may see.',
  scopes: ['read:services', 'read:services:name', 'read:roles:services'],
  resource: ({ service }) => ({ kind: 'service', name: service }),
  params: z.object({ service: z.string().describe('Name of the service.') }),
  reply: { 200: ServiceModel },
  errors: ['not_found'],
}).handledBy(async ({ params, caller, hub }) => {
  const service = await findService(hub.database.db, params.service)
  const model = service === null ? null : await modelFor(service, caller, hub)
  if (model === null) throw new HubError('not_found', { service: shownName(params.service) })
  return json(200, model)
})

/** Services, for reading. */
export const serviceEndpoints = [list, read]
