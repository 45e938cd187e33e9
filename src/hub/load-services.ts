import { escapePath } from '../core/names.ts'
import { readObject } from '../db/columns.ts'
import type { Database, Db } from '../db/database.ts'
import { deleteClientOfService, upsertClient } from '../db/oauth.ts'
import { deleteServicesExcept, upsertService } from '../db/services.ts'
import type { Service } from '../db/services.ts'
import { waitForTurn } from '../db/settings.ts'
import { createToken, deleteServiceTokens, findTokenByHash } from '../db/tokens.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { giveDefaultRoles } from './default-roles.ts'
import type { ServiceOptions } from './service-options.ts'

/** What loading services needs. */
export type LoadServicesDeps = { readonly database: Database; readonly clock: Clock; readonly baseUrl: string }

/** One entry of `services`; `info` is any JSON object. */
export type ServiceEntry = Omit<ServiceOptions, 'info'> & { readonly info: object }

const configuredNote = 'from config'

/**
 * Makes the services in the database those of the configuration, with their tokens and OAuth clients; others are removed.
 * Throws one sentence when a token belongs to somebody else already. Call it before `loadRoles`.
 */
export function loadServices(deps: LoadServicesDeps, configured: readonly ServiceEntry[]): Promise<void> {
  return deps.database.transaction(async (tx) => {
    await waitForTurn(tx, 'configuration')
    for (const options of configured) {
      const { name, admin, display } = options
      const info = readObject(JSON.stringify(options.info))
      const service = await upsertService(tx, { name, admin, url: options.url ?? null, info, display })
      await giveDefaultRoles(tx, { serviceId: service.id }, admin)
      await keepToken(tx, deps, service, options.apiToken ?? null)
      await keepClient(tx, deps, service, options)
    }
    await deleteServicesExcept(
      tx,
      configured.map((options) => options.name),
    )
  })
}

async function keepToken(tx: Db, deps: LoadServicesDeps, service: Service, secret: string | null): Promise<void> {
  const hash = secret === null ? '' : sha256Hex(secret)
  await deleteServiceTokens(tx, service.id, configuredNote, hash)
  if (secret === null) return
  const now = deps.clock.now()
  const made = await createToken(tx, { hash, serviceId: service.id, scopes: ['inherit'], note: configuredNote, now })
  const known = made ?? (await findTokenByHash(tx, hash, now))
  if (known?.serviceId !== service.id)
    throw new Error(`The apiToken of the service ${service.name} is in use already. Give it one of its own.`)
}

/** Services with pages sign people in by OAuth; their token is also their client secret. */
async function keepClient(tx: Db, deps: LoadServicesDeps, service: Service, options: ServiceEntry): Promise<void> {
  const hasPages = options.url !== undefined || options.oauthRedirectUri !== undefined
  const id = options.oauthClientId ?? `service-${service.name}`
  const secret = options.apiToken
  await deleteClientOfService(tx, service.id, hasPages && secret !== undefined ? id : '')
  if (!hasPages || secret === undefined) return
  await upsertClient(tx, {
    id,
    secretHash: sha256Hex(secret),
    redirectUri: options.oauthRedirectUri ?? `${deps.baseUrl}services/${escapePath(service.name)}/oauth_callback`,
    description: service.name,
    allowedScopes: options.oauthClientAllowedScopes,
    serverId: null,
    serviceId: service.id,
  })
}
