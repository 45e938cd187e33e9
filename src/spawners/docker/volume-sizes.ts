import { z } from 'zod'
import { toIso } from '../../core/time.ts'
import type { Ms } from '../../core/time.ts'
import type { DiskUse } from '../../core/usage.ts'
import type { Clock } from '../../lib/clock.ts'
import type { EngineCall } from './engine-call.ts'
import { labels } from './names.ts'

const diskShape = z.object({
  Volumes: z
    .array(
      z.object({
        Name: z.string(),
        Labels: z.record(z.string(), z.string()).nullish(),
        UsageData: z.object({ Size: z.number() }).nullish(),
      }),
    )
    .nullish(),
})

/** Sizes of volumes, as they were counted last. */
export type VolumeSizes = {
  /** Together, of those that were made for one person; null while they are not known. Never waits: has them counted when it is time. */
  ofPerson(volumes: readonly string[]): DiskUse | null
}

/** The engine counts every file of every volume: at most a hundredth of the time goes into it, and never more than once a minute. */
const restShare = 100
const leastRestMs: Ms = 60_000
const longestMs: Ms = 600_000

/** Sizes of all volumes of one engine. */
export function createVolumeSizes(call: EngineCall, clock: Clock): VolumeSizes {
  let sizes: ReadonlyMap<string, number> = new Map()
  let countedAt: Ms | null = null
  let nextAt: Ms = -Infinity

  const count = async (): Promise<void> => {
    const from = clock.monotonic()
    nextAt = Infinity
    try {
      sizes = await personalSizes(call)
      countedAt = clock.now()
    } finally {
      const now = clock.monotonic()
      nextAt = now + Math.max(leastRestMs, (now - from) * restShare)
    }
  }

  return {
    ofPerson: (volumes) => {
      // An engine that does not answer leaves the sizes as they were.
      if (clock.monotonic() >= nextAt) void count().catch(() => {})
      const own = volumes.flatMap((name) => sizes.get(name) ?? [])
      if (countedAt === null || own.length === 0) return null
      return { bytes: own.reduce((sum, size) => sum + size, 0), at: toIso(countedAt) }
    },
  }
}

async function personalSizes(call: EngineCall): Promise<ReadonlyMap<string, number>> {
  const found = diskShape.parse(await call.json({ method: 'GET', path: '/system/df', query: { type: 'volume' }, timeoutMs: longestMs }))
  const sizes = (found.Volumes ?? []).map(({ Name, Labels, UsageData }) => ({ Name, Labels, Size: UsageData?.Size ?? -1 }))
  const known = sizes.filter(({ Labels, Size }) => Labels?.[labels.user] !== undefined && Size >= 0)
  return new Map(known.map(({ Name, Size }) => [Name, Size]))
}
