import { statfs } from 'node:fs/promises'
import type { Finding } from '../core/findings.ts'
import type { KeptImage } from '../core/kept-image.ts'
import type { Database } from '../db/database.ts'
import { countServers } from '../db/servers.ts'
import { countUsers } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import type { ProxyClient } from '../proxy/client.ts'
import type { ExamineContext, Spawner } from '../spawners/spawner.ts'

/** What a look at the installation needs. */
export type HealthDeps = {
  readonly database: Database
  readonly proxy: ProxyClient
  readonly spawner: Spawner
  /** What a look of the spawner is to compare with. */
  readonly servers: Pick<ExamineContext, 'hubOrigin' | 'apiPath' | 'hubVersion'>
  readonly clock: Clock
  readonly dataDir: string
  /** Looks at the configuration, at files and at the public address. */
  readonly surroundings: () => Promise<readonly Finding[]>
  readonly versions: Readonly<Record<string, string>>
}

/** What was found, with numbers and versions. */
export type HealthReport = {
  readonly findings: readonly Finding[]
  readonly numbers: {
    readonly people: number
    readonly running: number
    readonly starting: number
    readonly failed: number
    readonly memoryMb: number
    readonly upSeconds: number
  }
  readonly versions: Readonly<Record<string, string>>
  /** Images that servers are made from. */
  readonly images: readonly KeptImage[]
}

/** Below this many gigabytes the disk counts as nearly full. */
const lowDiskGb = 2
const bytesPerGb = 1_073_741_824
const proxyDeadlineMs = 2_000
const spawnerDeadlineMs = 30_000
/** A look that brings something to life is not repeated sooner. */
const spawnerFreshMs = 30_000

/** Looks at the running installation. */
export type Health = {
  readonly report: () => Promise<HealthReport>
  /** What a spawner finds without bringing anything to life, and whether the disk has room. */
  readonly glance: () => Promise<readonly Finding[]>
}

/** Makes the looks at a running installation. Every report is a fresh look; only that of the spawner may be half a minute old. */
export function createHealth(deps: HealthDeps): Health {
  const began = deps.clock.monotonic()
  const examine = rarely(deps.clock, () => lookAtSpawner(deps, true))

  const report = async (): Promise<HealthReport> => {
    const { db } = deps.database
    const [proxy, spawner, disk, around, people, running, starting, failed] = await Promise.all([
      lookAtProxy(deps.proxy),
      examine(),
      lookAtDisk(deps.dataDir),
      deps.surroundings(),
      countUsers(db),
      countServers(db, ['running']),
      countServers(db, ['starting']),
      countServers(db, ['failed']),
    ])
    const database: Finding = { code: 'database_ready', detail: { dialect: deps.database.dialect } }
    const failing: readonly Finding[] = failed === 0 ? [] : [{ code: 'failing_starts', detail: { count: failed } }]
    const memoryMb = Math.round(process.memoryUsage.rss() / 1_048_576)
    const upSeconds = Math.round((deps.clock.monotonic() - began) / 1000)
    return {
      findings: [proxy, ...spawner, database, disk, ...around, ...failing],
      numbers: { people, running, starting, failed, memoryMb, upSeconds },
      versions: deps.versions,
      images: deps.spawner.images?.list() ?? [],
    }
  }

  return { report, glance: async () => [...(await lookAtSpawner(deps, false)), await lookAtDisk(deps.dataDir)] }
}

/** The result of the last call while it is fresh. */
function rarely<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly result: Promise<T> } | null = null
  return () => {
    if (last === null || clock.monotonic() - last.at > spawnerFreshMs) last = { at: clock.monotonic(), result: ask() }
    return last.result
  }
}

async function lookAtSpawner({ spawner, servers }: HealthDeps, tries: boolean): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(spawnerDeadlineMs)
  try {
    return (await spawner.examine?.({ ...servers, signal, tries, fetches: false })) ?? []
  } catch (error) {
    if (!signal.aborted) throw error
    return [{ code: 'container_refused', detail: { reason: `it takes more than ${spawnerDeadlineMs / 1000} s` } }]
  }
}

/** Whether the proxy lets the hub in. */
export async function lookAtProxy(proxy: ProxyClient): Promise<Finding> {
  try {
    const routes = await proxy.list(AbortSignal.timeout(proxyDeadlineMs))
    return { code: 'proxy_answers', detail: { routes: routes.length } }
  } catch {
    return { code: 'proxy_silent', detail: {} }
  }
}

/** Whether there is room on the disk of that folder. */
export async function lookAtDisk(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(path)
  const free = Math.round(((bavail * bsize) / bytesPerGb) * 10) / 10
  return { code: free < lowDiskGb ? 'disk_low' : 'disk_enough', detail: { free, path } }
}
