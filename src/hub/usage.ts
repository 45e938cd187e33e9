import type { Ms } from '../core/time.ts'
import { usageOf } from '../core/usage.ts'
import type { Reading, Usage } from '../core/usage.ts'
import type { Server } from '../db/servers.ts'
import type { Clock } from '../lib/clock.ts'
import { createTurns } from '../lib/turns.ts'
import type { Spawner } from '../spawners/spawner.ts'

/** What measuring needs. */
export type UsagesDeps = { readonly spawner: Spawner; readonly clock: Clock }

/** What is known of a server: `soon` while it is being measured, or could not be at this moment; null when there is nothing to measure. */
export type KnownUsage = Usage | 'soon' | null

/** Measurements of servers, for as long as somebody asks. */
export type Usages = {
  /** What the server uses. Waits for a measurement that is under way no longer than `waitMs`. Never rejects. */
  of(server: Pick<Server, 'id' | 'generation' | 'state' | 'handle'>, waitMs: Ms): Promise<KnownUsage>
}

/** Servers that are measured side by side, whoever asks for how many. */
const width = 8
/** A measurement serves everybody who asks within this time. */
const freshMs: Ms = 2_000
/** Older than this it is told to nobody, and says nothing of a rate. */
const staleMs: Ms = 30_000
/** Between the first two readings of a server: a rate needs two. */
const firstGapMs: Ms = 250
/** Longest time of one reading. */
const readMs: Ms = 5_000
const keptServers = 2_000

type Entry = {
  readonly generation: number
  reading: Reading | null
  usage: Usage | null
  /** On the monotonic clock. */
  readAt: Ms
  underWay: Promise<void> | null
  /** The last reading went wrong: the next one may not. */
  failed: boolean
}

/** Nothing is measured unless somebody asks, and nothing is kept beyond this process. */
export function createUsages({ spawner, clock }: UsagesDeps): Usages {
  const known = new Map<number, Entry>()
  const turns = createTurns(width)

  /** The entry of the server's present run. Those that were asked for longest ago go first when there are too many. */
  const entryOf = (id: number, generation: number): Entry => {
    const found = known.get(id)
    const entry =
      found?.generation === generation
        ? found
        : { generation, reading: null, usage: null, readAt: -Infinity, underWay: null, failed: false }
    known.delete(id)
    known.set(id, entry)
    const [oldest] = known.keys()
    if (known.size > keptServers && oldest !== undefined) known.delete(oldest)
    return entry
  }

  const readOnce = async (entry: Entry, handle: Server['handle']): Promise<void> => {
    const signal = AbortSignal.timeout(readMs)
    const reading = await turns.run(async () => (await spawner.usage?.(handle, { signal })) ?? null, signal)
    const before = entry.reading !== null && clock.monotonic() - entry.readAt < staleMs ? entry.reading : null
    entry.readAt = clock.monotonic()
    entry.reading = reading
    entry.failed = false
    entry.usage = reading === null ? null : usageOf(before, reading)
  }

  const read = async (entry: Entry, handle: Server['handle']): Promise<void> => {
    try {
      await readOnce(entry, handle)
      if (entry.usage === null || entry.usage.cores !== null) return
      await clock.sleep(firstGapMs)
      await readOnce(entry, handle)
    } catch {
      entry.readAt = clock.monotonic()
      entry.usage = null
      entry.failed = true
    }
  }

  return {
    of: async ({ id, generation, state, handle }, waitMs) => {
      if (spawner.usage === undefined || state.kind !== 'running' || handle === null) return null
      const entry = entryOf(id, generation)
      if (clock.monotonic() - entry.readAt > freshMs) {
        entry.underWay ??= read(entry, handle).finally(() => {
          entry.underWay = null
        })
      }
      if (entry.underWay !== null) await within(clock, entry.underWay, waitMs)
      if (entry.usage !== null && clock.monotonic() - entry.readAt < staleMs) return entry.usage
      return entry.underWay === null && !entry.failed ? null : 'soon'
    },
  }
}

/** Waits for the work, but no longer than `ms`. */
async function within(clock: Clock, work: Promise<void>, ms: Ms): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, clock.sleep(ms, done.signal).catch(() => {})])
  done.abort()
}
