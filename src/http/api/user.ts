import { serviceModel, userModel } from '../../core/models.ts'
import { ownerOf } from '../../core/principal.ts'
import type { Principal } from '../../core/principal.ts'
import { formatScopes } from '../../core/scope-set.ts'
import { withIdentity } from '../../core/scopes.ts'
import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { findUserById } from '../../db/users.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { addressesOf, factsOfService, factsOfUser } from '../facts.ts'
import { json } from '../reply.ts'
import { IdentityModel } from '../schemas.ts'
import { StoppedServersQuery } from './user-query.ts'

/** Who asks. Notebook servers and services check everybody's tokens here, so a token that is not valid must be 403. */
export const whoami = endpoint({
  method: 'GET',
  path: '/user',
  summary: 'Who the caller is, and what they may do.',
  query: StoppedServersQuery,
  reply: { 200: IdentityModel },
}).handledBy(async ({ caller, query, hub }) => {
  const model = await modelOf(caller, query.include_stopped_servers, hub)
  // Deleted between authentication and now.
  if (model === null) throw new HubError('credentials_missing')
  return json(200, {
    ...model,
    token_id: caller.tokenId === null ? null : `a${caller.tokenId}`,
    session_id: caller.via === 'token' ? caller.sessionId : null,
    scopes: formatScopes(caller.scopes),
  })
})

/** The caller's own model. Name and groups are always part of it, whatever the token may do otherwise. */
async function modelOf(caller: Principal, includeStoppedServers: boolean, hub: HttpDeps): Promise<JsonObject | null> {
  const { db } = hub.database
  const scopes = withIdentity(caller.scopes, ownerOf(caller))
  if (caller.kind === 'service') {
    const facts = await factsOfService(db, caller.id)
    return facts === null ? null : serviceModel(facts, scopes, hub.options.baseUrl)
  }
  const user = await findUserById(db, caller.id)
  return user === null ? null : userModel(await factsOfUser(db, user), scopes, { ...addressesOf(hub), includeStoppedServers })
}
