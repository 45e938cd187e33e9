import { HubError } from '../core/errors.ts'
import { singleUserEnvironment } from '../core/single-user-env.ts'
import type { SingleUserFacts } from '../core/single-user-env.ts'
import type { Vault } from '../lib/secrets.ts'
import type { StartSpec } from '../spawners/spawner.ts'
import type { Driven } from './drive-context.ts'
import { refOf } from './server-ref.ts'

/** What all servers of a hub have in common. */
export type SingleUserSettings = Pick<
  SingleUserFacts,
  'baseUrl' | 'subdomainHost' | 'apiUrl' | 'publicOrigin' | 'clientAllowedScopes' | 'cookieHostPrefix' | 'cookieOptions'
>

/** What the spawner needs to say why the server failed; to start it, the profile as well. Throws `internal` when the server has no token: it is not meant to run. */
export function singleUserSpec(deps: { readonly vault: Vault; readonly singleUser: SingleUserSettings }, driven: Driven): StartSpec {
  const { server, userName, homeName, path } = driven
  const apiToken = server.apiToken === null ? null : deps.vault.open(server.apiToken, 'server-token')
  if (apiToken === null) throw new HubError('internal', { reference: 'server without token' })
  return {
    ...refOf(server, { name: userName, homeName }),
    generation: server.generation,
    environment: singleUserEnvironment({ ...deps.singleUser, userName, serverName: server.name, apiToken }),
    servicePrefix: path,
    userOptions: server.userOptions,
    profile: null,
  }
}
