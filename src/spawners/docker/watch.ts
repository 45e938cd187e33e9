import { z } from 'zod'
import { toIso } from '../../core/time.ts'
import type { IsoTime, Ms } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import { listContainers, type ContainerRow } from './engine-containers.ts'
import { linesOf } from './engine-images.ts'
import { labels } from './names.ts'
import { rejoin, type RejoinDeps } from './rejoin.ts'

const eventShape = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string().catch(''), Attributes: z.record(z.string(), z.string()).catch({}) }),
  /** Seconds since the Unix epoch. */
  time: z.number().catch(0),
})

/** What happens to a container that its hub wants to know at once. */
const actions = ['die', 'oom', 'pause', 'unpause', 'destroy', 'start', 'kill', 'stop']

/** The list is the backstop of the events, and its answer the sign of life of the engine. */
const listEveryMs: Ms = 2_000
const reopenMs: Ms = 500

/** What watching an engine needs. */
export type WatchDeps = RejoinDeps & { readonly clock: Clock; readonly memoryKills: Map<string, IsoTime> }

/**
 * Calls `onChange` with the number of a server whose container has changed: from the engine's events, and from comparing its list every two seconds.
 * When the engine was away it looks at everything anew. Resolves when `signal` aborts; never rejects.
 */
export async function watchContainers(deps: WatchDeps, onChange: (serverId: number) => void, signal: AbortSignal): Promise<void> {
  await Promise.all([followEvents(deps, onChange, signal), compareLists(deps, onChange, signal)])
}

async function followEvents(deps: WatchDeps, onChange: (serverId: number) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A failure means that the engine is away; the list says when it is back.
    await readEvents(deps, onChange, signal).catch(() => {})
    await deps.clock.sleep(reopenMs, signal).catch(() => {})
  }
}

async function readEvents({ call, memoryKills }: WatchDeps, onChange: (serverId: number) => void, signal: AbortSignal): Promise<void> {
  const query = { filters: { type: ['container'], label: [labels.spec], event: actions } }
  const stream = await call.stream({ method: 'GET', path: '/events', query, signal })
  const onAbort = (): void => void stream.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const line of linesOf(stream)) {
      const event = eventShape.safeParse(JSON.parse(line))
      const server = event.success ? Number(event.data.Actor.Attributes[labels.server]) : Number.NaN
      if (event.success) noteMemoryKill(memoryKills, event.data)
      if (Number.isInteger(server)) onChange(server)
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** The engine keeps no record of it while the container lives. */
function noteMemoryKill(memoryKills: Map<string, IsoTime>, { Action, Actor, time }: z.output<typeof eventShape>): void {
  if (Action === 'oom') memoryKills.set(Actor.ID, toIso(time * 1000))
  if (Action === 'destroy' || Action === 'start') memoryKills.delete(Actor.ID)
}

async function compareLists(deps: WatchDeps, onChange: (serverId: number) => void, signal: AbortSignal): Promise<void> {
  const { clock } = deps
  let before: ReadonlyMap<string, Seen> | null = null
  while (!signal.aborted) {
    // While the engine is away, what was seen last stays: whatever has changed meanwhile shows as soon as it answers again.
    const now = await seenNow(deps, signal).catch(() => before)
    if (before !== null && now !== null) changedServers(before, now).forEach(onChange)
    before = now
    await clock.sleep(listEveryMs, signal).catch(() => {})
  }
}

async function seenNow(deps: WatchDeps, signal: AbortSignal): Promise<ReadonlyMap<string, Seen>> {
  const rows = await listContainers(deps.call, [labels.spec], signal)
  await rejoin(deps, rows).catch(() => {})
  return new Map(rows.map((row) => [row.Id, seenOf(row)]))
}

type Seen = { readonly server: number; readonly look: string }

function seenOf(row: ContainerRow): Seen {
  const addresses = Object.values(row.NetworkSettings?.Networks ?? {}).map((network) => network.IPAddress ?? '')
  return { server: Number(row.Labels?.[labels.server]), look: `${row.State} ${addresses.join(' ')}` }
}

/** Servers of which a container has come, gone, or looks different. */
export function changedServers(before: ReadonlyMap<string, Seen>, now: ReadonlyMap<string, Seen>): ReadonlySet<number> {
  const gone = [...before].filter(([id]) => !now.has(id))
  const other = [...now].filter(([id, seen]) => before.get(id)?.look !== seen.look)
  return new Set([...gone, ...other].map(([, seen]) => seen.server).filter((server) => Number.isInteger(server)))
}
