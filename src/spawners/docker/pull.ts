import { HubError } from '../../core/errors.ts'
import type { Ms } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import type { SpawnStep } from '../spawner.ts'
import { EngineFailure, type EngineCall } from './engine-call.ts'
import { pullImage, registryOf, type PullMessage } from './engine-images.ts'

type Progress = Extract<SpawnStep, { phase: 'pulling' }>

/** Where one layer stands. */
type Layer = { readonly done: number; readonly total: number; readonly isThere: boolean }

/** Adds up what the engine says of the layers of a fetch. */
export function createTally(image: string): { add(message: PullMessage): void; progress(): Progress } {
  const layers = new Map<string, Layer>()
  return {
    add: ({ id, status = '', progressDetail }) => {
      if (id === undefined || !layerStatus.test(status)) return
      const before = layers.get(id) ?? { done: 0, total: 0, isThere: false }
      layers.set(id, advance(before, status, progressDetail?.current ?? 0, progressDetail?.total ?? 0))
    },
    progress: () => {
      const all = [...layers.values()]
      const sum = (pick: (layer: Layer) => number): number => all.reduce((total, layer) => total + pick(layer), 0)
      const known = all.length > 0 && all.every((layer) => layer.total > 0 || layer.isThere)
      return {
        phase: 'pulling',
        message: `Fetching ${image}`,
        bytesDone: sum((layer) => layer.done),
        bytesTotal: known ? sum((layer) => layer.total) : null,
        layersDone: all.filter((layer) => layer.isThere).length,
        layersTotal: all.length,
      }
    },
  }
}

const layerStatus = /^(?:Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete|Extracting|Pull complete|Already exists)/

function advance(layer: Layer, status: string, current: number, total: number): Layer {
  const most = Math.max(layer.total, status === 'Downloading' ? total : 0)
  if (/^(?:Pull complete|Already exists)/.test(status)) return { done: most, total: most, isThere: true }
  if (/^(?:Download complete|Verifying|Extracting)/.test(status)) return { ...layer, done: most, total: most }
  return { ...layer, done: status === 'Downloading' ? Math.max(layer.done, current) : layer.done, total: most }
}

type Listener = (progress: Progress) => void
type Running = { readonly listeners: Set<Listener>; readonly stop: AbortController; readonly done: Promise<void>; last: Progress | null }

/** What fetches are made with. `authOf` gives the header with the credentials of an image's registry, or null. */
export type PullDeps = {
  readonly call: EngineCall
  readonly clock: Clock
  readonly silenceMs: Ms
  readonly authOf: (image: string) => Promise<string | null>
}

/** Fetches images; who asks for one that is being fetched already joins in. A fetch that nobody waits for any more is ended. */
export type Puller = { pull(image: string, onProgress: Listener, signal: AbortSignal): Promise<void> }

/** Makes the puller of one engine. Rejects with image_not_found, image_pull_denied, image_pull_stalled, image_pull_failed. */
export function createPuller(deps: PullDeps): Puller {
  const running = new Map<string, Running>()

  const begin = (image: string): Running => {
    const stop = new AbortController()
    const listeners = new Set<Listener>()
    const done = fetchImage(deps, image, stop.signal, (progress) => {
      run.last = progress
      for (const listener of listeners) listener(progress)
    }).finally(() => running.delete(image))
    done.catch(() => {})
    const run: Running = { listeners, stop, done, last: null }
    running.set(image, run)
    return run
  }

  const pull = async (image: string, onProgress: Listener, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    const run = running.get(image) ?? begin(image)
    run.listeners.add(onProgress)
    if (run.last !== null) onProgress(run.last)
    const left = Promise.withResolvers<never>()
    const onAbort = (): void => left.reject(signal.reason instanceof Error ? signal.reason : new Error('the fetch was given up'))
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([run.done, left.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
      run.listeners.delete(onProgress)
      if (run.listeners.size === 0) {
        if (running.get(image) === run) running.delete(image)
        run.stop.abort(new Error('nobody waits for the image any more'))
      }
    }
  }
  return { pull }
}

async function fetchImage(
  { call, clock, silenceMs, authOf }: PullDeps,
  image: string,
  stop: AbortSignal,
  onProgress: Listener,
): Promise<void> {
  const stalled = new AbortController()
  let heardAt = clock.monotonic()
  const ended = new AbortController()
  const watching = watchSilence()
  const signal = AbortSignal.any([stop, stalled.signal])
  const tally = createTally(image)
  let said = ''
  try {
    for await (const message of pullImage(call, image, await authOf(image), signal)) {
      if (message.error !== undefined) throw refusalOf(image, message.error)
      tally.add(message)
      const progress = tally.progress()
      const text = JSON.stringify(progress)
      // A line that says nothing new is no progress: a registry that trickles keep-alives must not hold a start for ever.
      if (text !== said || !isLayerLine(message)) heardAt = clock.monotonic()
      if (text !== said) onProgress(progress)
      said = text
    }
    signal.throwIfAborted()
  } catch (error) {
    stop.throwIfAborted()
    if (stalled.signal.aborted)
      throw new HubError('image_pull_stalled', { image, timeoutSeconds: Math.round(silenceMs / 1000) }, { cause: error })
    throw error instanceof EngineFailure && error.status !== null ? refusalOf(image, error.message) : error
  } finally {
    ended.abort()
    await watching
  }

  async function watchSilence(): Promise<void> {
    while (!ended.signal.aborted) {
      await clock.sleep(Math.min(1000, silenceMs), ended.signal).catch(() => {})
      if (clock.monotonic() - heardAt > silenceMs) stalled.abort(new Error('no progress'))
    }
  }
}

const isLayerLine = ({ status = '' }: PullMessage): boolean => layerStatus.test(status)

/** What the registry, or the engine on its behalf, says when it does not give the image. */
function refusalOf(image: string, text: string): HubError {
  const registry = registryOf(image)
  if (/denied|unauthorized|authentication required|no basic auth|forbidden|incorrect username/i.test(text))
    return new HubError('image_pull_denied', { image, registry })
  if (/not found|manifest unknown|manifest for|does not exist|name unknown|invalid reference/i.test(text))
    return new HubError('image_not_found', { image })
  if (/no space left/i.test(text)) return new HubError('server_disk_full', { path: "the engine's storage" })
  return new HubError('image_pull_failed', { image, registry, reason: text.replace(/\s+/g, ' ').slice(0, 300) })
}
