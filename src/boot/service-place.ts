import { join } from 'node:path'
import type { LoadedConfig } from './load-config.ts'
import type { Config } from './sections.ts'
import type { ServersOfUnit, ServicePlace } from './systemd-units.ts'

/** Folder of the program. */
const program = join(import.meta.dirname, '..', '..')

/** Folders that `ProtectHome` hides. */
const homes = /^\/(?:home|root|run\/user)(?:\/|$)/

/** What somebody chose: an account (else root where servers become other accounts, else orrery), and the folder of the notebook environment. */
export type ServiceChoice = { readonly user: string | undefined; readonly pythonBin: string | undefined }

/** Where a service of this installation lives. */
export function servicePlace({ config, file, dataDir }: LoadedConfig, { user, pythonBin = '' }: ServiceChoice): ServicePlace {
  const servers = serversOf(config.spawner)
  const paths = [program, dataDir, file ?? '', pythonBin, ...commandOf(config.spawner)]
  return {
    program,
    config: file,
    dataDir,
    user: user ?? (servers === 'accounts' ? 'root' : 'orrery'),
    servers,
    needsHomes: servers === 'accounts' || paths.some((path) => homes.test(path)),
  }
}

function serversOf(spawner: Config['spawner']): ServersOfUnit {
  if (spawner.kind === 'process') return spawner.systemUsers ? 'accounts' : 'children'
  return spawner.kind === 'docker' ? 'engine' : 'elsewhere'
}

const commandOf = (spawner: Config['spawner']): readonly string[] =>
  spawner.kind === 'process' ? [...spawner.cmd.slice(0, 1), ...(spawner.homeTemplate === undefined ? [] : [spawner.homeTemplate])] : []

/** Variables that have a say in this configuration here, and that a service does not see unless they are written down for it. */
export function variablesOfHere({ origins }: Pick<LoadedConfig, 'origins'>): readonly string[] {
  const names = [...origins.values()].flatMap((origin) => (origin.kind === 'env' ? [origin.name] : []))
  return [...new Set(names)].toSorted()
}
