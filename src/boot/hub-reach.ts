import { z } from 'zod'
import { bindAddress } from '../core/option-schemas.ts'
import type { Database } from '../db/database.ts'
import { getSetting, setSetting } from '../db/settings.ts'
import type { Log } from '../lib/log.ts'
import type { Host } from './host.ts'
import type { LoadedConfig } from './load-config.ts'
import { hubTarget } from './proxy.ts'

/** Where the hub listens, and where notebook servers find it. */
export type HubReach = {
  readonly listenOn: readonly { readonly host: string; readonly port: number }[]
  /** Scheme, host and port. */
  readonly origin: string
}

type ReachParts = { readonly host: Host; readonly loaded: LoadedConfig; readonly log: Log; readonly database: Database }

/** Where the reach of the last start is kept: with it the hub comes up while the engine is away, and running containers still find it. */
const settingKey = 'hub_reach'

/**
 * Servers that are processes of this machine reach the hub where the proxy does. For containers it is found out which address they can reach,
 * and the hub listens there too.
 */
export async function hubReachOf(parts: ReachParts): Promise<HubReach> {
  const { config } = parts.loaded
  const bind = bindAddress(config.hub.bindUrl)
  if (config.spawner.kind === 'process') return { listenOn: [bind], origin: hubTarget(config.hub) }
  return reachBy(await reachOfContainers(parts), config.hub)
}

/** The same, once it is known by which host containers find the hub, and where it listens for them. */
export function reachBy({ listenOn, host }: Found, { bindUrl, connectUrl }: LoadedConfig['config']['hub']): HubReach {
  const bind = bindAddress(bindUrl)
  const others = listenOn.filter((address) => address !== bind.host)
  const all = others.includes('0.0.0.0') ? ['0.0.0.0'] : [bind.host, ...others]
  const origin = connectUrl === undefined ? `http://${host}:${bind.port}` : new URL(connectUrl).origin
  return { listenOn: all.map((address) => ({ host: address, port: bind.port })), origin }
}

const Found = z.object({ listenOn: z.array(z.string()), host: z.string() })
type Found = { readonly listenOn: readonly string[]; readonly host: string }

async function reachOfContainers({ host, loaded, log, database }: ReachParts): Promise<Found> {
  const { hub, spawner } = loaded.config
  if (spawner.kind !== 'docker') return { listenOn: [], host: bindAddress(hub.bindUrl).host }
  const { hubReach } = await import('../spawners/docker/network.ts')
  try {
    const { listenOn, host: name, how } = await hubReach(spawner, { env: host.env, bindUrl: hub.bindUrl })
    log.info('hub.reach', { host: name, how })
    await setSetting(database.db, settingKey, JSON.stringify({ listenOn, host: name }))
    return { listenOn: [...listenOn], host: name }
  } catch (error) {
    const last = await getSetting(database.db, settingKey)
    if (last === null) throw error
    log.warn('hub.reach_unknown', { error })
    return Found.parse(JSON.parse(last))
  }
}
