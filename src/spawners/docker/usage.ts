import { z } from 'zod'
import type { Reading } from '../../core/usage.ts'
import type { DockerDeps } from './deps.ts'
import { hasStatus } from './engine-call.ts'
import type { Container } from './engine-containers.ts'
import type { DockerHandle } from './handle.ts'
import { find } from './look.ts'

const statsShape = z.object({
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number(),
    stats: z.record(z.string(), z.number()).catch({}),
  }),
})

/** What the engine has measured of a running container at this moment, without a wait for a second look. */
type Stats = z.output<typeof statsShape>

/** What a container uses. Null when it does not run, and where the engine does not tell. */
export async function readUsage(deps: DockerDeps, handle: DockerHandle, signal: AbortSignal): Promise<Reading | null> {
  const { call } = deps
  try {
    const found = await find(call, handle, signal)
    if (found.kind !== 'own' || !found.container.State.Running) return null
    const { container } = found
    const path = `/containers/${container.Id}/stats`
    const stats = statsShape.safeParse(await call.json({ method: 'GET', path, query: { stream: false, 'one-shot': true }, signal }))
    return stats.success ? remembered(deps, container, readingOf(deps, container, stats.data)) : null
  } catch (error) {
    // A guard before the engine may keep this back; the server is none the worse for it.
    if (hasStatus(error, 403, 404, 405, 409, 501)) return null
    throw error
  }
}

const remembersMost = 2_000

/** When the container is ended for want of memory, nobody can measure it any more. */
function remembered({ lastReadings }: DockerDeps, { Id }: Container, reading: Reading): Reading {
  lastReadings.delete(Id)
  lastReadings.set(Id, reading)
  const [oldest] = lastReadings.keys()
  if (lastReadings.size > remembersMost && oldest !== undefined) lastReadings.delete(oldest)
  return reading
}

function readingOf(
  { volumeSizes, memoryKills }: DockerDeps,
  container: Container,
  { read, cpu_stats: cpu, memory_stats: memory }: Stats,
): Reading {
  const { Memory } = container.HostConfig
  return {
    at: Date.parse(read),
    cpuSeconds: cpu.cpu_usage.total_usage / 1e9,
    cpuLimit: coresOf(container),
    memoryBytes: withoutCache(memory),
    memoryLimitBytes: Memory > 0 ? Memory : null,
    disk: volumeSizes.ofPerson(container.Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name !== undefined ? [Name] : []))),
    memoryKillAt: memoryKills.get(container.Id) ?? null,
  }
}

/** Files that were read and not used for a while count as free, as in `docker stats`: control groups v1, then v2. */
function withoutCache({ usage, stats }: Stats['memory_stats']): number {
  const cached = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0
  return cached < usage ? usage - cached : usage
}

/** Cores that a container may use: the engine knows two ways to say it. */
function coresOf({ HostConfig: { NanoCpus, CpuQuota, CpuPeriod } }: Container): number | null {
  if (NanoCpus > 0) return NanoCpus / 1e9
  return CpuQuota > 0 ? CpuQuota / (CpuPeriod > 0 ? CpuPeriod : 100_000) : null
}
