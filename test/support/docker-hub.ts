import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { objectSlug, userSlug } from '../../src/core/names.ts'
import { openEngine } from './docker-engine.ts'
import type { DockerEngine, EngineOptions } from './docker-engine.ts'

const Rows = z.array(z.object({ Id: z.string() }))
const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() })

/**
 * A part of the tests' engine for one hub: the section `spawner` of its configuration, with names, a network and volumes of its own, and what
 * the engine itself knows of the hub's containers. `close` removes everything of it.
 */
export async function dockerHub(imageOf: (engine: DockerEngine) => Promise<string>, options: EngineOptions = {}) {
  const engine = await openEngine(options)
  const image = await imageOf(engine)
  const prefix = `hub${randomBytes(4).toString('hex')}`
  const networkName = `${prefix}-net`
  const names = { image, prefix, networkName, engineUrl: engine.host }
  const spawner = { kind: 'docker', ...names, pullPolicy: 'never', stopTimeoutSeconds: 3 } as const

  const list = async (filters: Readonly<Record<string, readonly string[]>>): Promise<readonly string[]> =>
    Rows.parse(await engine.api.call('GET', '/containers/json', { query: { all: 'true', filters } })).map(({ Id }) => Id)

  /** Ids of everything the engine has of a person's default server: by its labels, by its name, and by the home that it mounts. */
  const containersOf = async (userName: string, filters: Readonly<Record<string, readonly string[]>> = {}): Promise<readonly string[]> => {
    const key = objectSlug(userName, '')
    const ways = [
      { label: [`orrery.key=${key}`], name: [`^/${prefix}-`] },
      { name: [`^/${prefix}-${key}`] },
      { volume: [homeOf(userName)] },
    ]
    const found = await Promise.all(ways.map((way) => list({ ...filters, ...way })))
    return [...new Set(found.flat())]
  }

  const homeOf = (userName: string): string => `${prefix}-home-${userSlug(userName)}`

  const close = async (): Promise<void> => {
    for (const id of await list({ name: [`^/${prefix}-`] }))
      await engine.api.call('DELETE', `/containers/${id}`, { query: { force: 'true', v: 'true' } }).catch(() => {})
    const kept = Volumes.parse(await engine.api.call('GET', '/volumes', { query: { filters: { name: [`${prefix}-`] } } }))
    for (const { Name } of kept.Volumes ?? []) await engine.api.call('DELETE', `/volumes/${Name}`).catch(() => {})
    await engine.sweep(`orrery.network=${networkName}`)
    await engine.close()
  }

  return { engine, image, prefix, networkName, spawner, containersOf, homeOf, close }
}
