import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { createDockerSpawner } from '../../src/spawners/docker/docker.ts'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import { dockerOptions, type DockerOptions } from '../../src/spawners/docker/options.ts'
import type { Handle } from '../../src/core/server-state.ts'
import type { Spawner } from '../../src/spawners/spawner.ts'
import { openEngine, type DockerEngine, type EngineOptions } from './docker-engine.ts'

/** The defaults of the docker spawner, with some replaced. */
export function dockerDefaults(changes: Partial<DockerOptions> = {}): DockerOptions {
  const defaults = Object.fromEntries(Object.entries(dockerOptions.options).map(([name, option]) => [name, option.default]))
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own defaults
  return { kind: 'docker', ...(defaults as unknown as Omit<DockerOptions, 'kind'>), ...changes }
}

/** A part of the tests' engine with names, a network and volumes of its own. */
export async function dockerWorld(imageOf: (engine: DockerEngine) => Promise<string>, engineOptions: EngineOptions = {}) {
  const engine = await openEngine(engineOptions)
  const image = await imageOf(engine)
  const prefix = `t${randomBytes(4).toString('hex')}`
  const networkName = `${prefix}-net`
  const options = (changes: Partial<DockerOptions> = {}): DockerOptions =>
    dockerDefaults({ image, prefix, networkName, engineUrl: engine.host, stopTimeoutSeconds: 3, pullPolicy: 'never', ...changes })
  const spawner = (changes: Partial<DockerOptions> = {}, installation = prefix, clock: Partial<Clock> = {}): Spawner =>
    createDockerSpawner({
      options: options(changes),
      installation,
      clock: { ...systemClock, ...clock },
      version: '0.0.0',
      hubEnvironment: {},
    })
  const containersOf = async (query: object): Promise<readonly Row[]> =>
    rows(await engine.api.call('GET', '/containers/json', { query: { filters: query } }))
  const close = async (): Promise<void> => {
    for (const { Id } of rows(
      await engine.api.call('GET', '/containers/json', { query: { all: 'true', filters: { name: [`^/${prefix}-`] } } }),
    ))
      await engine.api.call('DELETE', `/containers/${Id}`, { query: { force: 'true', v: 'true' } })
    await engine.sweep(`orrery.network=${networkName}`)
    await engine.close()
  }
  return {
    engine,
    image,
    prefix,
    networkName,
    options,
    spawner,
    close,
    /** How many containers run that were made for the handle. */
    count: async (handle: Handle): Promise<number> => {
      const { key, generation } = parseHandle(handle)
      const found = await containersOf({
        label: [`orrery.key=${key}`, `orrery.generation=${generation}`],
        name: [`^/${prefix}-`],
        status: ['running'],
      })
      return found.length
    },
    /** Names of the containers of a server that are there in any state. */
    left: async (key: string): Promise<readonly string[]> => {
      const query = { all: 'true', filters: { label: [`orrery.key=${key}`], name: [`^/${prefix}-`] } }
      return rows(await engine.api.call('GET', '/containers/json', { query })).map((row) => row.Id)
    },
    kill: async (handle: Handle): Promise<void> => {
      await engine.api.call('POST', `/containers/${parseHandle(handle).name}/kill`)
    },
  }
}

type Row = { readonly Id: string }

const rows = (answer: unknown): readonly Row[] =>
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the engine's list
  answer as readonly Row[]
