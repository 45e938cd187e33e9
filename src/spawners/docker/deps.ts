import type { Clock } from '../../lib/clock.ts'
import type { EngineCall } from './engine-call.ts'
import type { ImageReader } from './image-facts.ts'
import type { Networks } from './network.ts'
import type { DockerOptions } from './options.ts'
import type { Place, Reach } from './place.ts'
import type { Puller } from './pull.ts'

/** What the verbs of the docker spawner share. */
export type DockerDeps = {
  readonly options: DockerOptions
  readonly call: EngineCall
  readonly clock: Clock
  readonly puller: Puller
  readonly readImage: ImageReader
  readonly networks: Networks
  /** Mounted folders to which their users can write. */
  readonly knownFolders: Set<string>
  /** Where the hub stands, and how it reaches containers; found out once. */
  readonly surroundings: () => Promise<{ readonly place: Place; readonly reach: Reach }>
}
