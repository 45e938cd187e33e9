import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { StartContext } from '../spawner.ts'
import type { ImageFacts } from './create-spec.ts'
import type { EngineCall } from './engine-call.ts'
import { inspectImage, type Image } from './engine-images.ts'
import type { ImageReader } from './image-facts.ts'
import type { DockerOptions } from './options.ts'
import type { Puller } from './pull.ts'

/** What images are found with. */
export type ImageDeps = {
  readonly call: EngineCall
  readonly options: DockerOptions
  readonly puller: Puller
  readonly readImage: ImageReader
}

/** The longest pause between two announcements of a fetch, milliseconds. */
const announceEveryMs = 1_000

/**
 * The image that a server is made from: the configured one, or the one that its options name when that is allowed.
 * Throws image_choice_refused, image_not_allowed.
 */
export function chooseImage({ image, allowedImages }: Pick<DockerOptions, 'image' | 'allowedImages'>, userOptions: JsonObject): string {
  const wish = userOptions['image']
  if (typeof wish !== 'string' || wish === '') return image
  if (allowedImages === '*') return wish
  const choices = new Map(Array.isArray(allowedImages) ? allowedImages.map((one: string) => [one, one]) : Object.entries(allowedImages))
  if (choices.size === 0) {
    if (wish === image) return image
    throw new HubError('image_choice_refused')
  }
  const chosen = choices.get(wish)
  if (chosen === undefined) throw new HubError('image_not_allowed', { image: wish, allowed: [...choices.keys()].join(', ') })
  return chosen
}

/** The image with what is known of it, fetched when the policy asks for it. */
export async function prepareImage(deps: ImageDeps, reference: string, context: StartContext): Promise<ImageFacts> {
  const { call, options, readImage } = deps
  const before = await inspectImage(call, reference)
  const wanted = options.pullPolicy === 'always' || (options.pullPolicy === 'ifnotpresent' && before === null)
  const image = wanted ? await fetched(deps, reference, before, context) : before
  if (image === null) throw new HubError('image_not_found', { image: reference })
  return await readImage(reference, image)
}

async function fetched({ call, puller }: ImageDeps, reference: string, before: Image | null, context: StartContext): Promise<Image | null> {
  const announcer = createAnnouncer(context)
  await context.announce({
    phase: 'pulling',
    message: `Fetching ${reference}`,
    bytesDone: 0,
    bytesTotal: null,
    layersDone: 0,
    layersTotal: 0,
  })
  try {
    await puller.pull(reference, announcer.hear, context.signal)
  } catch (error) {
    // An image that is there already will do when its registry cannot be asked for a newer one.
    const isOffline = error instanceof HubError && (error.code === 'image_pull_failed' || error.code === 'image_pull_stalled')
    if (before === null || !isOffline) throw error
  } finally {
    await announcer.end()
  }
  await context.announce({ phase: 'preparing' })
  return await inspectImage(call, reference)
}

/** Passes on the newest progress, one announcement after the other and not too many. A failed announcement ends the start at the next step. */
function createAnnouncer({ announce }: StartContext) {
  type Progress = Parameters<Parameters<Puller['pull']>[1]>[0]
  let newest: Progress | null = null
  let failure: unknown = null
  let busy: Promise<void> = Promise.resolve()
  let saidAt = 0
  const say = async (): Promise<void> => {
    const progress = newest
    newest = null
    if (progress === null || failure !== null) return
    await announce(progress).catch((error: unknown) => (failure = error))
  }
  return {
    hear: (progress: Progress): void => {
      newest = progress
      if (performance.now() - saidAt < announceEveryMs) return
      saidAt = performance.now()
      busy = busy.then(say)
    },
    end: async (): Promise<void> => {
      await busy
      await say()
      if (failure instanceof Error) throw failure
    },
  }
}
