import type { Clock } from '../../lib/clock.ts'
import type { Json } from '../../core/json.ts'
import type { Spawner } from '../spawner.ts'
import { createBirths } from './births.ts'
import { connectionOf } from './connection.ts'
import type { DockerDeps } from './deps.ts'
import { diagnoseRun } from './diagnose.ts'
import { createEngineCall } from './engine-call.ts'
import { explained } from './engine-errors.ts'
import { examineEngine } from './examine.ts'
import { inspectImage } from './engine-images.ts'
import { dockerFiles } from './files.ts'
import { parseHandle, toJson } from './handle.ts'
import { createImageReader } from './image-facts.ts'
import { createImageHomes, keptFiles } from './kept-files.ts'
import { find, observation } from './look.ts'
import { containerName } from './names.ts'
import { createNetworks } from './network.ts'
import type { DockerOptions } from './options.ts'
import { engineInfo, findPlace, reachOf, type Place, type Reach } from './place.ts'
import { createPrePull } from './pre-pull.ts'
import { createPuller } from './pull.ts'
import { registryAuth } from './registry-auth.ts'
import { startRun } from './start.ts'
import { forgetRun, logsOf, stopRun } from './stop.ts'
import { readUsage } from './usage.ts'
import { createVolumeSizes } from './volume-sizes.ts'
import { sweepLeftovers } from './sweep.ts'
import { watchContainers } from './watch.ts'

/** What the docker spawner needs. `hubEnvironment` says where the engine is and how to sign in to registries. */
export type DockerSpawnerDeps = {
  readonly options: DockerOptions
  /** Names this installation among all that use the engine. */
  readonly installation: string
  readonly clock: Clock
  readonly version: string
  readonly hubEnvironment: Readonly<Record<string, string | undefined>>
}

/** Servers as containers. Everything that is known of them is kept by the engine: names, labels, logs. */
export function createDockerSpawner({ options, installation, clock, version, hubEnvironment }: DockerSpawnerDeps): Spawner {
  const call = createEngineCall(connectionOf(options, hubEnvironment))
  const deps: DockerDeps = {
    options,
    installation,
    call,
    clock,
    puller: createPuller({
      call,
      clock,
      silenceMs: options.pullTimeoutSeconds * 1000,
      authOf: (image) => registryAuth(image, options.dockerConfig, hubEnvironment),
    }),
    readImage: createImageReader(call, installation),
    networks: createNetworks(call, options, installation),
    imageHomes: createImageHomes(call, clock),
    volumeSizes: createVolumeSizes(call, clock),
    lastReadings: new Map(),
    memoryKills: new Map(),
    births: once(async () => createBirths((await engineInfo(call)).NCPU, clock)),
    knownFolders: new Set(),
    surroundings: once(async () => {
      const place = await findPlace(call)
      return { place, reach: reachOf(place, options, call.url) }
    }),
  }
  const doing = { url: call.url }
  return {
    kind: 'docker',
    version,
    reserve: (ref, generation) => toJson({ kind: 'docker', key: ref.key, generation, name: containerName(ref, options) }),
    start: (handle, spec, context) => startRun(deps, parseHandle(handle), spec, context),
    observe: async (handle) => {
      const noted = parseHandle(handle)
      return await explained(doing, async () => {
        const { reach } = await deps.surroundings()
        return observation(await find(call, noted), options, reach)
      })
    },
    stop: (handle, { signal }) => explained(doing, () => stopRun(deps, parseHandle(handle), signal)),
    logs: (handle, lines) => explained(doing, () => logsOf(deps, parseHandle(handle), lines)),
    diagnose: (handle, found, spec) => explained(doing, () => diagnoseRun(deps, parseHandle(handle), found, spec)),
    forget: (handle) => explained(doing, () => forgetRun(deps, parseHandle(handle))),
    files: dockerFiles(deps),
    images: createPrePull(deps),
    sweep: (living, signal) => explained(doing, () => sweepLeftovers(deps, living, signal)),
    keeps: (spec) => keptFiles(deps, spec),
    usage: (handle, { signal }) => readUsage(deps, parseHandle(handle), signal),
    describe: () => describe(deps),
    examine: (context) => examineEngine(deps, context),
    watch: (onChange, signal) => watchContainers(deps, onChange, signal),
  }
}

/** The result of the first call that succeeded. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null
  return () => {
    found ??= ask().catch((error: unknown) => {
      found = null
      throw error
    })
    return found
  }
}

/** `{ command, found, engine, version, hub, reach, image, imageFound, network }`; `found` is whether the engine answers, `reason` why it does not. */
async function describe({ call, options, surroundings }: DockerDeps): Promise<Readonly<Record<string, Json>>> {
  const base = {
    command: options.cmd?.join(' ') ?? 'the command of the image',
    engine: call.url,
    image: options.image,
    network: options.networkName,
  }
  try {
    const info = await engineInfo(call)
    const { place, reach } = await surroundings()
    const image = await inspectImage(call, options.image)
    return { ...base, found: true, version: info.ServerVersion, hub: placeWord(place), reach: reachWord(reach), imageFound: image !== null }
  } catch (error) {
    return { ...base, found: false, version: null, reason: error instanceof Error ? error.message : 'unknown' }
  }
}

const placeWord = (place: Place): string => (place.kind === 'apart' ? place.why : place.kind)
const reachWord = (reach: Reach): string =>
  reach.kind === 'published' ? `ports published on ${reach.publishOn}` : 'addresses of containers'
