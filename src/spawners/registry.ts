import type { Clock } from '../lib/clock.ts'
import type { DockerOptions } from './docker/options.ts'
import type { ProcessOptions } from './process/options.ts'
import type { Spawner } from './spawner.ts'

/** What every kind of spawner is made from, beside its own options. */
export type SpawnerDeps = {
  /** Absolute path of the data directory. */
  readonly dataDir: string
  /** Names this installation among all that use the same engine; empty for who makes nothing that stays. */
  readonly installation: string
  readonly clock: Clock
  /** Version of the program. */
  readonly version: string
  /** Environment of the hub; only the variables that an option names are taken from it. */
  readonly hubEnvironment: Readonly<Record<string, string | undefined>>
  /** Folder of the programs of the Python that Orrery prepared, or undefined when there is none. */
  readonly pythonBin: string | undefined
}

/** The spawner of the configured kind. What a kind needs is loaded only when it is the one. */
export async function createSpawner(options: ProcessOptions | DockerOptions, deps: SpawnerDeps): Promise<Spawner> {
  switch (options.kind) {
    case 'process': {
      const { createProcessSpawner } = await import('./process/process.ts')
      return createProcessSpawner({ ...deps, options })
    }
    case 'docker': {
      const { createDockerSpawner } = await import('./docker/docker.ts')
      return createDockerSpawner({ ...deps, options })
    }
  }
  return options satisfies never
}
