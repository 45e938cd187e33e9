import { fillText } from '../core/errors.ts'
import { findingCodes } from '../core/findings.ts'
import type { Finding } from '../core/findings.ts'
import { wireVersion } from '../http/versions.ts'
import { createHealth } from '../hub/health.ts'
import type { Health } from '../hub/health.ts'
import type { ProxyClient } from '../proxy/client.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { configuredFindings } from './configured-findings.ts'
import { lookAtFiles } from './looks/files.ts'
import { lookAtAddresses } from './looks/public-url.ts'
import { lookAtTls } from './looks/tls.ts'
import type { HubParts } from './wire-hub.ts'

type Looked = { readonly proxy: ProxyClient; readonly spawner: Spawner }

/** Path of the hub's API, which answers everybody. */
export const apiPathOf = (hub: { readonly baseUrl: string }): string => `${hub.baseUrl}hub/api/`

/** The looks at a running hub. */
export function wireHealth({ database, clock, loaded, host, serversReach }: HubParts, { proxy, spawner }: Looked): Health {
  const { config, dataDir } = loaded
  return createHealth({
    database,
    proxy,
    spawner,
    servers: { hubOrigin: serversReach, apiPath: apiPathOf(config.hub), hubVersion: wireVersion },
    clock,
    dataDir,
    surroundings: async () => {
      const looks = [lookAtFiles(loaded), lookAtTls(config, clock.now()), lookAtAddresses(config, clock.now())]
      return [...configuredFindings(config), ...(await Promise.all(looks)).flat()]
    },
    versions: { Orrery: host.version, 'JupyterHub API': wireVersion, 'Node.js': process.versions.node },
  })
}

/**
 * Writes into the log what is not as it should be, once at the start. Nothing is brought to life for it, and the public address, which may not
 * lead here yet, is left out. Never rejects.
 */
export async function tellFindings({ loaded, clock, log }: HubParts, health: Health): Promise<void> {
  try {
    const { config } = loaded
    const findings = [...configuredFindings(config), ...(await lookAtFiles(loaded)), ...(await lookAtTls(config, clock.now()))]
    for (const finding of [...findings, ...(await health.glance())]) {
      const { code, level, what, why, change } = textsOf(finding)
      if (level === 'bad') log.warn('health.finding', { code, level, what, why, change })
      if (level === 'warn') log.info('health.finding', { code, level, what, why, change })
    }
  } catch (error) {
    log.warn('health.unknown', { error })
  }
}

/** A finding as it is told to programs and in the log. */
export function textsOf({ code, detail }: Finding) {
  const { level, what, why, change } = findingCodes[code]
  return { code, level, detail, what: fillText(what, detail), why: fillText(why, detail), change: fillText(change, detail) }
}
