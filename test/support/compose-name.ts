import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { DockerEngine } from './docker-engine.ts'

const Rows = z.array(z.object({ Id: z.string() }))
const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() })

/** First part of the names of everything in one installation by compose. */
export const composeName = (): string => `c${randomBytes(4).toString('hex')}`

/** Takes away what an installation of that name has left: servers, their networks, and volumes. */
export async function sweepCompose(engine: DockerEngine, name: string): Promise<void> {
  const made = { all: 'true', filters: { label: [`orrery.guard=${name}`] } }
  for (const { Id } of Rows.parse(await engine.api.call('GET', '/containers/json', { query: made })))
    await engine.api.call('DELETE', `/containers/${Id}`, { query: { force: 'true', v: 'true' } })
  const kept = Volumes.parse(await engine.api.call('GET', '/volumes', { query: { filters: { name: [`${name}-`] } } }))
  for (const { Name } of kept.Volumes ?? []) await engine.api.call('DELETE', `/volumes/${Name}`)
  await engine.sweep(`orrery.guard=${name}`)
}
