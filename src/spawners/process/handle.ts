import { join } from 'node:path'
import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import type { Handle } from '../../core/server-state.ts'

const shape = z.object({
  kind: z.literal('process'),
  key: z.string(),
  generation: z.number().int(),
  /** Absolute folder of the claims and logs of this server. */
  folder: z.string(),
  /** Process that leads the session of the server; with its start time and boot, for when the claim was lost. */
  leader: z.object({ pid: z.number().int(), startTime: z.string(), boot: z.string() }).optional(),
  url: z.string().optional(),
})

/** What the process spawner notes about one run. */
export type ProcessHandle = z.output<typeof shape>

/** The kept JSON as a handle. Throws spawner_failed when it was made by another kind of spawner. */
export function parseHandle(handle: Handle): ProcessHandle {
  const parsed = shape.safeParse(handle)
  if (!parsed.success) throw new HubError('spawner_failed', { reason: 'the note of the server is not one of the process spawner' })
  return parsed.data
}

/** The handle as plain JSON, without members that are not set. */
export function toJson(handle: ProcessHandle): Handle {
  const { kind, key, generation, folder, leader, url } = handle
  return { kind, key, generation, folder, ...(leader === undefined ? {} : { leader }), ...(url === undefined ? {} : { url }) }
}

/** Files of one run, all below the folder of its server. */
export function filesOf(handle: ProcessHandle) {
  const file = (ending: string): string => join(handle.folder, `${handle.generation}.${ending}`)
  return {
    /** Made once, by the launcher that won or by a stop: who may live. */
    claim: file('claim'),
    /** Facts noted before the launch. */
    facts: file('start'),
    /** Exit code, written by the launcher. */
    exit: file('exit'),
    /** Present when the server was ended for using more memory than it may; says how much, and when. */
    memory: file('memory'),
    /** Present as soon as a stop has begun. */
    stop: file('stop'),
    log: file('log'),
  }
}
