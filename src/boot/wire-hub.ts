import type { Database } from '../db/database.ts'
import { listServers } from '../db/servers.ts'
import { setSettingIfAbsent } from '../db/settings.ts'
import type { Answer } from '../http/listen.ts'
import type { Accounts } from '../hub/accounts.ts'
import type { Faults } from '../hub/faults.ts'
import { removeExpired } from '../hub/housekeeping.ts'
import { createFilesKeeper } from '../hub/keep-files.ts'
import { loadServices } from '../hub/load-services.ts'
import { loadRoles } from '../hub/roles.ts'
import type { Servers } from '../hub/servers.ts'
import { sweepLeftovers } from '../hub/sweep-leftovers.ts'
import type { Clock } from '../lib/clock.ts'
import type { InstallationSecrets } from '../lib/data-dir.ts'
import type { Scope } from '../lib/lifecycle.ts'
import type { Log } from '../lib/log.ts'
import { systemIds } from '../lib/ids.ts'
import { formatIdentity, ownIdentity } from '../lib/process-identity.ts'
import { repeat } from '../lib/repeat.ts'
import { createProxyClient } from '../proxy/client.ts'
import { createSpawner } from '../spawners/registry.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { controlChannel, hubProof } from './control-channel.ts'
import type { Host } from './host.ts'
import type { LoadedConfig } from './load-config.ts'
import { vaultOf } from './vault.ts'
import { wireAccounts } from './wire-accounts.ts'
import { wireDriving } from './wire-driving.ts'
import { wireEdge } from './wire-edge.ts'
import { tellFindings, wireHealth } from './wire-health.ts'

/** Everything that the parts of the hub are made from. */
export type HubParts = {
  readonly host: Host
  readonly loaded: LoadedConfig
  readonly log: Log
  readonly clock: Clock
  readonly secrets: InstallationSecrets
  readonly database: Database
  readonly scope: Scope
  readonly faults: Faults
  /** Origin at which notebook servers reach the hub. */
  readonly serversReach: string
}

/** A hub whose parts know each other, before it listens. */
export type WiredHub = {
  readonly answer: Answer
  /** Starts what goes on in the background; called once the hub listens. */
  begin(): void
  /** Path of the page on which the first administrator is made; null when there is somebody already. */
  readonly setUpPath: string | null
  /** Stops all servers and waits for their end. */
  stopServers(): Promise<void>
}

/** Longest time that a call to the proxy's control API may take, milliseconds. */
const proxyDeadlineMs = 5_000
/** How often what is over is removed, milliseconds. */
const housekeepingMs = 3_600_000
/** How often what is left of servers that are gone is looked for, milliseconds. */
const sweepMs = 600_000
/** How often the hub looks whether somebody has left files, milliseconds. */
const filesMs = 1_000
/** Longest time that `--stop-servers` waits for one server, milliseconds. */
const stopServerMs = 45_000

/** Makes the parts of the hub and shows them to each other. */
export async function wireHub(parts: HubParts): Promise<WiredHub> {
  const { loaded, database, scope } = parts
  const vault = vaultOf(loaded, parts.secrets)
  const channel = await controlChannel(loaded.config.proxy, loaded.dataDir)
  const proxy = createProxyClient({ api: channel.api, token: channel.token, fetchDeadlineMs: proxyDeadlineMs })
  scope.onStop('proxy client', () => proxy.close())
  const spawner = await createSpawnerOf(parts)
  const who = wireAccounts(parts)
  const { servers, loop } = wireDriving(parts, { database, vault, proxy, spawner, authStates: who.authStates })
  const files = createFilesKeeper({ ...parts, spawner, owner: formatIdentity(ownIdentity()) })
  await loadServices({ ...parts, baseUrl: loaded.config.hub.baseUrl }, loaded.config.services)
  await loadRoles(parts, loaded.config.roles, loaded.config.access)
  const health = wireHealth(parts, { proxy, spawner })
  const app = wireEdge(parts, { ...who, vault, servers, files, spawner, proxy, health, hubProof: hubProof(channel) })
  return {
    answer: (request, bindings) => app.fetch(request, bindings),
    begin: () => {
      scope.run('reconcile loop', loop.run(scope.signal))
      const work = (): Promise<void> => removeExpired({ ...parts, sessions: who.sessions })
      scope.run('housekeeping', repeat(parts, { name: 'housekeeping', pauseMs: housekeepingMs, work }, scope.signal))
      scope.run('files', repeat(parts, { name: 'files', pauseMs: filesMs, work: files.tick }, scope.signal))
      const sweep = (signal: AbortSignal): Promise<void> => sweepLeftovers({ ...parts, spawner }, signal)
      if (spawner.sweep !== undefined) scope.run('sweep', repeat(parts, { name: 'sweep', pauseMs: sweepMs, work: sweep }, scope.signal))
      if (spawner.images !== undefined) scope.run('images', spawner.images.run(scope.signal))
      // Nobody waits for it, not even the end of the hub.
      void tellFindings(parts, health)
    },
    setUpPath: await setUpPath(parts, who.accounts),
    stopServers: () => stopServers(servers, database, scope.signal),
  }
}

async function createSpawnerOf({ loaded, clock, host, database }: HubParts): Promise<Spawner> {
  const { env, version } = host
  return createSpawner(loaded.config.spawner, {
    dataDir: loaded.dataDir,
    installation: await setSettingIfAbsent(database.db, 'installation', systemIds.hex(8)),
    clock,
    version,
    hubEnvironment: env,
    pythonBin: env['ORRERY_PYTHON_BIN'],
  })
}

/** The first administrator from the configuration, or the path of the page where somebody becomes it. */
async function setUpPath({ loaded, log }: HubParts, accounts: Accounts): Promise<string | null> {
  const { adminUser, adminPassword, baseUrl } = loaded.config.hub
  if (adminUser !== undefined && adminPassword !== undefined) {
    const { created } = await accounts.ensureFirstAdmin({ userName: adminUser, password: adminPassword })
    if (created) log.info('admin.created', { user: adminUser })
  }
  if (!loaded.config.authenticators.some(({ kind }) => kind === 'native')) return null
  const token = await accounts.newSetUpToken()
  return token === null ? null : `${baseUrl}hub/setup?token=${token}`
}

async function stopServers(servers: Servers, { db }: Database, signal: AbortSignal): Promise<void> {
  const active = await listServers(db, { kinds: ['starting', 'running', 'stopping'] })
  await Promise.all(active.map((server) => servers.stop(server.id)))
  await Promise.all(active.map((server) => servers.settled(server.id, stopServerMs, signal)))
}
