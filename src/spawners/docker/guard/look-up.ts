import { z } from 'zod'
import { markerImage } from '../engine-images.ts'
import { guardLabel, type ImageSeen } from './check-create.ts'
import type { NetworkSeen } from './check-network.ts'
import type { EngineWay } from './engine-way.ts'
import type { Permits } from './permits.ts'
import { canonicalReference } from './references.ts'
import { pathOf } from './target.ts'

/** A container that a request names. `own`: made through the guard. `member`: a part of the installation itself. */
export type ContainerSeen = { readonly id: string; readonly name: string; readonly standing: 'own' | 'member' | 'foreign' }

/** Questions to the engine about what a request names; null when there is no such thing. Whatever is asked of the engine afterwards goes by the id. */
export type LookUp = {
  container(reference: string): Promise<ContainerSeen | null>
  /** Of another image than those of the configuration: 'foreign'. */
  image(reference: string): Promise<ImageSeen | 'foreign' | null>
  network(reference: string): Promise<(NetworkSeen & { readonly id: string; readonly ranges: readonly string[] }) | null>
  containerOfExec(id: string): Promise<string | null>
}

const labels = z.record(z.string(), z.unknown()).nullish()
const containerShape = z.object({ Id: z.string(), Name: z.string(), Config: z.object({ Labels: labels }) })
const imageShape = z.object({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  Config: z.object({ User: z.string().catch('') }).nullish(),
})
const networkShape = z.object({
  Id: z.string(),
  Name: z.string(),
  Labels: labels,
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().nullish() })).nullish() }).nullish(),
})
const execShape = z.object({ ContainerID: z.string() })

/** Makes the questions for one configuration. */
export function createLookUp(way: EngineWay, permits: Permits): LookUp {
  const found = async <T>(schema: z.ZodType<T>, ...segments: readonly string[]): Promise<T | null> => {
    const answer = await way.look(pathOf(segments))
    return answer === null ? null : schema.parse(answer)
  }
  return {
    container: async (reference) => {
      const seen = await found(containerShape, 'containers', reference, 'json')
      if (seen === null) return null
      const name = seen.Name.replace(/^\//, '')
      const isOwn = seen.Config.Labels?.[guardLabel] === permits.installation
      return { id: seen.Id, name, standing: isOwn ? 'own' : permits.members.has(name) ? 'member' : 'foreign' }
    },
    image: async (reference) => {
      const seen = await found(imageShape, 'images', ...reference.split('/'), 'json')
      if (seen === null) return null
      const names = [...(seen.RepoTags ?? []), ...(seen.RepoDigests ?? [])]
      const isPermitted = permits.images === null || [seen.Id, ...names.map(canonicalReference)].some((name) => permits.images?.has(name))
      return isPermitted ? { id: seen.Id, user: seen.Config?.User ?? '', isMarker: names.includes(markerImage) } : 'foreign'
    },
    network: async (reference) => {
      const seen = await found(networkShape, 'networks', reference)
      if (seen === null) return null
      const ranges = (seen.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? [])
      return { id: seen.Id, name: seen.Name, labels: seen.Labels ?? {}, ranges }
    },
    containerOfExec: async (id) => (await found(execShape, 'exec', id, 'json'))?.ContainerID ?? null,
  }
}
