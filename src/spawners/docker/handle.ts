import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import type { Handle } from '../../core/server-state.ts'

const shape = z.object({
  kind: z.literal('docker'),
  key: z.string(),
  generation: z.number().int(),
  /** Name of the container. */
  name: z.string(),
  /** Id of the container, once it was made. Everything that brings something to life goes by the id: a name can pass to another. */
  id: z.string().optional(),
  url: z.string().optional(),
})

/** What the docker spawner notes about one run. */
export type DockerHandle = z.output<typeof shape>

/** The kept JSON as a handle. Throws spawner_failed when it was made by another kind of spawner. */
export function parseHandle(handle: Handle): DockerHandle {
  const parsed = shape.safeParse(handle)
  if (!parsed.success) throw new HubError('spawner_failed', { reason: 'the note of the server is not one of the docker spawner' })
  return parsed.data
}

/** The handle as plain JSON, without members that are not set. */
export function toJson({ kind, key, generation, name, id, url }: DockerHandle): Handle {
  return { kind, key, generation, name, ...(id === undefined ? {} : { id }), ...(url === undefined ? {} : { url }) }
}
