import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { textOrNull } from './claim.ts'
import { filesOf, type ProcessHandle } from './handle.ts'

const shape = z.object({
  /** `JUPYTERHUB_SERVICE_URL` and the hash of the token: what the server and all that it starts carry in their environment. */
  marks: z.array(z.object({ serviceUrl: z.string(), tokenHash: z.string() })),
  memLimit: z.number().nullable(),
  /** Processes that the kernel had ended for want of memory before the start; null when it does not count them. */
  kernelKills: z.number().nullable(),
})

/** What is noted about a run before it is launched, for everything that is asked about it later, by this hub or the next. */
export type RunFacts = z.output<typeof shape>
/** See `RunFacts.marks`. */
export type RunMark = RunFacts['marks'][number]

/** The mark of an environment; null when it is not one of a server. */
export function markOf(environment: ReadonlyMap<string, string>): RunMark | null {
  const [serviceUrl, token] = [environment.get('JUPYTERHUB_SERVICE_URL'), environment.get('JUPYTERHUB_API_TOKEN')]
  if (serviceUrl === undefined || token === undefined) return null
  return { serviceUrl, tokenHash: createHash('sha256').update(token).digest('hex') }
}

/** Notes the facts of a launch. Marks of earlier launches of the same run stay: one of them may have won. */
export async function noteFacts(handle: ProcessHandle, facts: Omit<RunFacts, 'marks'>, mark: RunMark | null): Promise<void> {
  const earlier = await readFacts(handle)
  const marks = [...(earlier?.marks ?? []), ...(mark === null ? [] : [mark])].slice(-8)
  await writeFile(filesOf(handle).facts, JSON.stringify({ ...facts, marks }), { mode: 0o600 })
}

/** The noted facts, or null when nothing usable was noted. */
export async function readFacts(handle: ProcessHandle): Promise<RunFacts | null> {
  const text = await textOrNull(filesOf(handle).facts)
  if (text === null) return null
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** How many processes the kernel has ended for want of memory since boot (`/proc/vmstat`); null when it does not say. */
export async function countKernelKills(): Promise<number | null> {
  try {
    const count = /^oom_kill (\d+)$/m.exec(await readFile('/proc/vmstat', 'utf8'))?.[1]
    return count === undefined ? null : Number(count)
  } catch {
    return null
  }
}
