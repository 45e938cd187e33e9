import type { ErrorRecord } from './errors.ts'
import { fromIso } from './time.ts'
import type { IsoTime, Ms } from './time.ts'

/** What is known of the end of a server that ran out of memory. */
export type MemoryEnd = {
  /** What it may use; null when nothing but the machine bounds it. */
  readonly limitBytes: number | null
  /** What it wanted at once, when it said so itself. */
  readonly askedBytes?: number | null
  /** What it was measured to use when it was ended for it. A kernel that ends a container measures nothing that it tells. */
  readonly usedBytes?: number | null
  /** What it used when somebody looked, shortly before. */
  readonly seenBytes?: number | null
  readonly at: IsoTime
}

/** The failure, with the sentence that says the most of what is known and nothing else. */
export function outOfMemory({ limitBytes, askedBytes = null, usedBytes = null, seenBytes = null, at }: MemoryEnd): ErrorRecord {
  const code = 'server_out_of_memory'
  if (limitBytes === null) return { code, detail: { how: 'machine', at } }
  if (askedBytes !== null) return { code, detail: { how: 'asked', askedBytes, limitBytes, at } }
  if (usedBytes !== null) return { code, detail: { how: 'used', usedBytes, limitBytes, at } }
  return { code, detail: seenBytes === null ? { how: 'limit', limitBytes, at } : { how: 'seen', usedBytes: seenBytes, limitBytes, at } }
}

/** A kill for want of memory that is older than this did not end the server: it was one of its programs, and the server went on. */
const relatedMs = 10_000
/** A server that was looked at longer ago may have used something else entirely. */
const recentMs = 120_000

/** Whether a kill that was heard of has to do with the end of the server. Null: none was heard of, which says nothing. */
export const endedIt = (killedAt: IsoTime | null, endedAt: IsoTime): boolean =>
  killedAt === null || fromIso(endedAt) - fromIso(killedAt) < relatedMs

/** What was measured last, when that was shortly before the end. */
export const seenBefore = (last: { readonly at: Ms; readonly memoryBytes: number } | null, endedAt: IsoTime): number | null =>
  last !== null && fromIso(endedAt) - last.at < recentMs ? last.memoryBytes : null

/** The limit that a server ran into, in bytes; null for any other failure, and when the machine was the limit. */
export function brokenLimit({ code, detail }: ErrorRecord): number | null {
  const { limitBytes } = detail
  return code === 'server_out_of_memory' && typeof limitBytes === 'number' ? limitBytes : null
}
