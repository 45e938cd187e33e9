import type { IsoTime } from '../../core/time.ts'
import type { Reading } from '../../core/usage.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Births } from './births.ts'
import type { EngineCall } from './engine-call.ts'
import type { ImageReader } from './image-facts.ts'
import type { ImageHomes } from './kept-files.ts'
import type { Networks } from './network.ts'
import type { DockerOptions } from './options.ts'
import type { Place, Reach } from './place.ts'
import type { Puller } from './pull.ts'
import type { VolumeSizes } from './volume-sizes.ts'

/** What the verbs of the docker spawner share. */
export type DockerDeps = {
  readonly options: DockerOptions
  /** Names this installation among all that use the engine. */
  readonly installation: string
  readonly call: EngineCall
  readonly clock: Clock
  readonly puller: Puller
  readonly readImage: ImageReader
  readonly networks: Networks
  readonly imageHomes: ImageHomes
  readonly volumeSizes: VolumeSizes
  /** What containers used when they were measured last, by id. */
  readonly lastReadings: Map<string, Pick<Reading, 'at' | 'memoryBytes'>>
  /** When the kernel last ended a program for want of memory, by id of container; as heard from the engine while this hub listens. */
  readonly memoryKills: Map<string, IsoTime>
  /** Asks the engine once how much it can do at a time. */
  readonly births: () => Promise<Births>
  /** Mounted folders to which their users can write. */
  readonly knownFolders: Set<string>
  /** Where the hub stands, and how it reaches containers; found out once. */
  readonly surroundings: () => Promise<{ readonly place: Place; readonly reach: Reach }>
}
