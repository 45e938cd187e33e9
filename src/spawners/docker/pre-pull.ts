import type { ErrorRecord } from '../../core/errors.ts'
import { HubError } from '../../core/errors.ts'
import type { KeptImage } from '../../core/kept-image.ts'
import { profileParts } from '../../core/profile-parts.ts'
import { fromIso, toIso } from '../../core/time.ts'
import type { Ms } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import { pauseAfter } from '../../lib/retry.ts'
import type { KeptImages } from '../spawner.ts'
import type { EngineCall } from './engine-call.ts'
import { engineError } from './engine-errors.ts'
import { inspectImage } from './engine-images.ts'
import type { DockerOptions } from './options.ts'
import type { Puller } from './pull.ts'

/** What fetching ahead needs. */
export type PrePullDeps = {
  readonly call: EngineCall
  readonly clock: Clock
  readonly puller: Puller
  readonly options: Pick<DockerOptions, 'image' | 'allowedImages' | 'profiles' | 'pullPolicy' | 'prePull'>
  /** Between two looks at all images, and after failures in a row; milliseconds. */
  readonly pauses?: { readonly lookMs: Ms; readonly firstMs: Ms; readonly longestMs: Ms }
}

const usualPauses = { lookMs: 60_000, firstMs: 30_000, longestMs: 3_600_000 }

/** Every image that a server can be made from, as far as the configuration names them; each once. */
export function configuredImages({ image, allowedImages, profiles }: PrePullDeps['options']): readonly string[] {
  const choices: readonly string[] = allowedImages === '*' ? [] : Object.values(allowedImages)
  const ofProfiles = profileParts(profiles).flatMap((part) => (part.image === undefined ? [] : [part.image]))
  return [...new Set([image, ...ofProfiles, ...choices])]
}

/**
 * Fetches the images of the configuration ahead, one after the other. A start that wants the same image meanwhile joins in, and the other way round.
 * With `always` each is fetched once, and then again only when it is missing.
 */
export function createPrePull({ call, clock, puller, options, pauses = usualPauses }: PrePullDeps): KeptImages {
  const references = configuredImages(options)
  const seen = new Map<string, KeptImage>(references.map((reference) => [reference, { reference, state: 'waiting' }]))
  const failures = new Map<string, number>()
  const fetched = new Set<string>()
  const fetches = options.prePull && (options.pullPolicy === 'always' || options.pullPolicy === 'ifnotpresent')

  const note = (image: KeptImage): void => void seen.set(image.reference, image)

  const fail = (reference: string, error: unknown): void => {
    const count = (failures.get(reference) ?? 0) + 1
    failures.set(reference, count)
    const retryAt = toIso(clock.now() + pauseAfter(count, pauses))
    note({ reference, state: 'failed', failure: recordOf(error, call.url, reference), retryAt })
  }

  const isResting = (reference: string): boolean => {
    const image = seen.get(reference)
    return image?.state === 'failed' && fromIso(image.retryAt) > clock.now()
  }

  /** Looks at one image, and fetches it when that is wanted. Rejects only with the reason of `signal`. */
  const keep = async (reference: string, signal: AbortSignal): Promise<void> => {
    try {
      const found = await inspectImage(call, reference)
      const isEnough = found !== null && (options.pullPolicy !== 'always' || fetched.has(reference) || !fetches)
      if (isEnough) failures.delete(reference)
      if (isEnough || !fetches) return note({ reference, state: found === null ? 'absent' : 'present' })
      if (isResting(reference)) return
      note({ reference, state: 'pulling', bytesDone: 0, bytesTotal: null })
      await puller.pull(reference, ({ bytesDone, bytesTotal }) => note({ reference, state: 'pulling', bytesDone, bytesTotal }), signal)
      fetched.add(reference)
      failures.delete(reference)
      note({ reference, state: 'present' })
    } catch (error) {
      signal.throwIfAborted()
      fail(reference, error)
    }
  }

  /** Until the next image that failed may be tried again, at most until the next look. */
  const untilNext = (): Ms => {
    const retries = [...seen.values()].flatMap((image) => (image.state === 'failed' ? [fromIso(image.retryAt) - clock.now()] : []))
    return Math.max(100, Math.min(pauses.lookMs, ...retries))
  }

  return {
    list: () => references.map((reference) => seen.get(reference) ?? { reference, state: 'waiting' }),
    run: async (signal) => {
      while (!signal.aborted) {
        for (const reference of references) await keep(reference, signal).catch(() => {})
        await clock.sleep(untilNext(), signal).catch(() => {})
      }
    },
  }
}

function recordOf(thrown: unknown, url: string, image: string): ErrorRecord {
  const error = engineError(thrown, { url, image })
  if (error instanceof HubError) return { code: error.code, detail: error.detail }
  return { code: 'engine_refused', detail: { reason: error instanceof Error ? error.message : 'unknown' } }
}
