import { existsSync } from 'node:fs'
import type { Finding } from '../core/findings.ts'
import { openDatabase } from '../db/database.ts'
import { migrationStatus } from '../db/migrate.ts'
import { wireVersion } from '../http/versions.ts'
import { lookAtDisk, lookAtProxy } from '../hub/health.ts'
import { systemClock } from '../lib/clock.ts'
import { probe } from '../lib/http-client.ts'
import { createProxyClient } from '../proxy/client.ts'
import { createSpawner } from '../spawners/registry.ts'
import { configuredFindings } from './configured-findings.ts'
import { controlChannel } from './control-channel.ts'
import type { Host } from './host.ts'
import { reachBy, type HubReach } from './hub-reach.ts'
import type { LoadedConfig } from './load-config.ts'
import { databaseFile, lookAtFiles } from './looks/files.ts'
import { lookAtPorts, standIn } from './looks/ports.ts'
import { hubHeader, lookAtAddresses } from './looks/public-url.ts'
import { lookAtTls } from './looks/tls.ts'
import { hubTarget } from './proxy.ts'
import { apiPathOf } from './wire-health.ts'

const patienceMs = 3_000
/** Longest time of a look at the spawner; fetching an image is part of it, milliseconds. */
const spawnerMs = 900_000

/**
 * Looks at an installation whose hub may run or not. When it does not, something stands in for it while a container tries to reach it. Makes
 * what the start of the hub would make in the engine (its network, a missing image); everything else is gone afterwards.
 */
export async function examineInstallation(host: Host, loaded: LoadedConfig): Promise<readonly Finding[]> {
  const { config, dataDir } = loaded
  const own = hubTarget({ ...config.hub, connectUrl: undefined })
  const answer = await probe(`${own}${apiPathOf(config.hub)}`, { timeoutMs: patienceMs })
  const runs = answer.kind === 'answer' && answer.headers[hubHeader] !== undefined
  const proxy = await lookAtControl(loaded)
  const around = [await lookAtFiles(loaded), await lookAtTls(config, systemClock.now()), await lookAtDatabase(loaded)].flat()
  const disk = existsSync(dataDir) ? [await lookAtDisk(dataDir)] : []
  const edge = runs
    ? [proxy, ...(await lookAtAddresses(config, systemClock.now()))]
    : [{ code: 'hub_stopped', detail: {} } as const, ...(await lookAtPorts(config, proxy.code === 'proxy_answers'))]
  const all = [...edge, ...around, ...disk, ...configuredFindings(config), ...(await lookAtServers(host, loaded, runs))]
  return [...new Map(all.map((finding) => [JSON.stringify(finding), finding])).values()]
}

async function lookAtControl({ config, dataDir }: LoadedConfig): Promise<Finding> {
  if (!existsSync(dataDir)) return { code: 'proxy_silent', detail: {} }
  try {
    const { api, token } = await controlChannel(config.proxy, dataDir)
    const proxy = createProxyClient({ api, token, fetchDeadlineMs: patienceMs })
    try {
      return await lookAtProxy(proxy)
    } finally {
      proxy.close()
    }
  } catch {
    // A token that others can read is a finding of its own.
    return { code: 'proxy_silent', detail: {} }
  }
}

async function lookAtDatabase({ config, dataDir }: LoadedConfig): Promise<readonly Finding[]> {
  const { url } = config.database
  const file = databaseFile(url, dataDir)
  if (file !== undefined && !existsSync(file)) return [{ code: 'database_new', detail: {} }]
  try {
    const database = await openDatabase({ url, folder: dataDir })
    try {
      await migrationStatus(database)
      return [{ code: 'database_ready', detail: { dialect: database.dialect } }]
    } finally {
      await database.close()
    }
  } catch (error) {
    return [{ code: 'database_silent', detail: { reason: sentenceOf(error) } }]
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown')

async function lookAtServers(host: Host, loaded: LoadedConfig, runs: boolean): Promise<readonly Finding[]> {
  const { config, dataDir } = loaded
  const made = await createSpawner(config.spawner, {
    dataDir,
    installation: '',
    clock: systemClock,
    version: host.version,
    hubEnvironment: host.env,
    pythonBin: host.env['ORRERY_PYTHON_BIN'],
  }).catch((error: unknown) => sentenceOf(error))
  if (typeof made === 'string') return [{ code: 'engine_certificates', detail: { reason: made } }]
  const reach = await reachOf(host, loaded)
  const stand = runs ? null : await standIn(reach.listenOn, wireVersion)
  try {
    const examined = await made.examine?.({
      signal: AbortSignal.timeout(spawnerMs),
      hubOrigin: reach.origin,
      apiPath: apiPathOf(config.hub),
      hubVersion: wireVersion,
      tries: true,
      fetches: true,
    })
    return [...(stand?.findings ?? []), ...(examined ?? [])]
  } finally {
    await stand?.close()
  }
}

/** Where servers find the hub. When the engine cannot be asked, the spawner says why. */
async function reachOf(host: Host, { config }: LoadedConfig): Promise<HubReach> {
  const { hub, spawner } = config
  const fallback = { listenOn: [], origin: hubTarget(hub) }
  if (spawner.kind !== 'docker') return fallback
  const { hubReach } = await import('../spawners/docker/network.ts')
  try {
    return reachBy(await hubReach(spawner, { env: host.env, bindUrl: hub.bindUrl }), hub)
  } catch {
    return fallback
  }
}
