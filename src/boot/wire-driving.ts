import { authStateVariables } from '../core/auth-state-variables.ts'
import type { Database } from '../db/database.ts'
import type { AuthStates } from '../hub/auth-state.ts'
import type { DriveDeps } from '../hub/drive-context.ts'
import { createLeases } from '../hub/lease.ts'
import { createReconcileLoop } from '../hub/reconcile-loop.ts'
import type { ReconcileLoop } from '../hub/reconcile-loop.ts'
import { createRoutes } from '../hub/routes.ts'
import { createServerSignals } from '../hub/server-signals.ts'
import { createServers } from '../hub/servers.ts'
import type { Servers } from '../hub/servers.ts'
import type { SingleUserSettings } from '../hub/single-user.ts'
import { systemIds } from '../lib/ids.ts'
import { formatIdentity, ownIdentity } from '../lib/process-identity.ts'
import type { Vault } from '../lib/secrets.ts'
import type { ProxyClient } from '../proxy/client.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { hubTarget } from './proxy.ts'
import type { Config } from './sections.ts'
import type { HubParts } from './wire-hub.ts'

/** What servers are driven with, beside the parts of every hub. */
export type DrivingParts = {
  readonly database: Database
  readonly vault: Vault
  readonly proxy: ProxyClient
  readonly spawner: Spawner
  readonly authStates: AuthStates
}

/** The use cases of servers, and the loop that fulfils them. */
export function wireDriving(hub: HubParts, parts: DrivingParts): { readonly servers: Servers; readonly loop: ReconcileLoop } {
  const { clock, log, faults } = hub
  const { config } = hub.loaded
  const { database, vault, spawner } = parts
  const owner = formatIdentity(ownIdentity())
  const signals = createServerSignals(clock)
  const drive: DriveDeps = {
    database,
    spawner,
    vault,
    clock,
    log,
    signals,
    faults,
    owner,
    routes: createRoutes({ proxy: parts.proxy, clock, log }),
    singleUser: singleUserSettings(config, hub.serversReach),
    profiles: config.spawner.profiles,
    variablesOf: async (userId) => authStateVariables(await parts.authStates.shown(userId), config.spawner.authStateEnvironment),
    options: config.spawner,
  }
  // With hosts of their own for people, the hub answers on all of them for what is no server's.
  const hubRoute = { path: config.hub.subdomainHost === undefined ? config.hub.baseUrl : '/', target: hubTarget(config.hub) }
  const loop = createReconcileLoop({ ...drive, leases: createLeases({ database, clock, owner }), hubRoute })
  const ids = systemIds
  const servers = createServers({
    database,
    spawner,
    clock,
    ids,
    vault,
    signals,
    faults,
    profiles: drive.profiles,
    memLimit: config.spawner.memLimit ?? null,
    wake: loop.wake,
    options: config.hub,
  })
  return { servers, loop }
}

function singleUserSettings({ hub }: Config, serversReach: string): SingleUserSettings {
  return {
    baseUrl: hub.baseUrl,
    subdomainHost: hub.subdomainHost,
    apiUrl: `${serversReach}${hub.baseUrl}hub/api`,
    publicOrigin: hub.publicUrl === undefined ? null : new URL(hub.publicUrl).origin,
    clientAllowedScopes: [],
    cookieHostPrefix: false,
    cookieOptions: null,
  }
}
