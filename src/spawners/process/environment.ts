import { delimiter } from 'node:path'
import { wishesEnvironment } from '../../core/single-user-env.ts'
import type { StartSpec } from '../spawner.ts'
import type { Account } from './account.ts'
import type { ProcessOptions } from './options.ts'

type Environment = Readonly<Record<string, string>>

/** What the spawner got from its surroundings. */
export type Surroundings = { readonly hubEnvironment: Readonly<Record<string, string | undefined>>; readonly pythonBin: string | undefined }

const fallbackPath = '/usr/local/bin:/usr/bin:/bin'

/** The search path of servers: the folder of the hub's Python first, then the hub's own path. */
export function searchPath({ hubEnvironment, pythonBin }: Surroundings): string {
  return [pythonBin, hubEnvironment['PATH'] || fallbackPath].filter((part) => part !== undefined && part !== '').join(delimiter)
}

/**
 * The whole environment of a server. Later wins: kept variables of the hub, what the hub computed, what the spawner and the account add,
 * and the configured `environment`. `serviceUrl` tells the server where to listen.
 */
export function serverEnvironment(
  spec: StartSpec,
  options: ProcessOptions,
  account: Account,
  surroundings: Surroundings,
  serviceUrl: string,
): Environment {
  const kept = options.envKeep.flatMap((name) => {
    const value = surroundings.hubEnvironment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(kept),
    PATH: searchPath(surroundings),
    ...spec.environment,
    ...wishesEnvironment(options, spec.userName, spec.servicePrefix),
    JUPYTERHUB_SERVICE_URL: serviceUrl,
    USER: account.name,
    HOME: account.home,
    SHELL: account.shell,
    ...options.environment,
  }
}
