import { z } from 'zod'
import type { EngineApi } from './engine-api.ts'

const containers = z.array(z.object({ Id: z.string() }))
const networks = z.array(z.object({ Id: z.string(), Name: z.string() }))
const volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() })
const images = z.array(z.object({ Id: z.string(), Created: z.number(), RepoTags: z.array(z.string()).nullish() }))

/** Images of the tests that stay; everything else is gone after a sweep. */
export const keptPrefix = 'orrery-test/'
/** So many versions of one kept image stay. */
const keptVersions = 2

const predefined = new Set(['bridge', 'host', 'none'])

/**
 * Removes containers (with their own volumes), networks and named volumes.
 * @param label only what carries this label (`name` or `name=value`); without it everything
 */
export async function sweep(api: EngineApi, label?: string): Promise<void> {
  const filters = label === undefined ? {} : { label: [label] }
  const found = containers.parse(await api.call('GET', '/containers/json', { query: { all: 'true', filters } }))
  await Promise.all(
    found.map(({ Id }) => api.call('DELETE', `/containers/${Id}`, { query: { force: 'true', v: 'true' } }).catch(ignoreGone)),
  )
  const nets = networks.parse(await api.call('GET', '/networks', { query: { filters } }))
  const own = nets.filter(({ Name }) => !predefined.has(Name))
  await Promise.all(own.map(({ Id }) => api.call('DELETE', `/networks/${Id}`).catch(ignoreGone)))
  const vols = volumes.parse(await api.call('GET', '/volumes', { query: { filters } })).Volumes ?? []
  await Promise.all(vols.map(({ Name }) => api.call('DELETE', `/volumes/${encodeURIComponent(Name)}`).catch(ignoreGone)))
}

/** Removes the images that no later run can use. */
export async function sweepImages(api: EngineApi): Promise<void> {
  const found = images.parse(await api.call('GET', '/images/json'))
  const tagged = found.toSorted((a, b) => b.Created - a.Created).flatMap(({ RepoTags }) => RepoTags ?? [])
  const isOld = (tag: string): boolean => {
    const versions = tagged.filter((other) => nameOf(other) === nameOf(tag))
    return !tag.startsWith(keptPrefix) || versions.indexOf(tag) >= keptVersions
  }
  for (const tag of tagged.filter(isOld)) await api.call('DELETE', `/images/${tag}`, { query: { force: 'true' } }).catch(() => {})
  await api.call('POST', '/images/prune', { query: { filters: { dangling: ['true'] } } }).catch(() => {})
}

const nameOf = (tag: string): string => tag.slice(0, tag.lastIndexOf(':'))

/** What somebody else removed at the same moment is as gone as it shall be. */
function ignoreGone(error: unknown): void {
  if (error instanceof Error && 'status' in error && (error.status === 404 || error.status === 409)) return
  throw error
}
