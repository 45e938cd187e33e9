import type { ErrorRecord } from './errors.ts'
import type { IsoTime } from './time.ts'

/** What is known of the end of a server that ran out of memory. */
export type MemoryEnd = {
  /** What it may use; null when nothing but the machine bounds it. */
  readonly limitBytes: number | null
  /** What it wanted at once, when it said so itself. */
  readonly askedBytes?: number | null
  /** What it was measured to use when it was ended for it. A kernel that ends a container measures nothing that it tells. */
  readonly usedBytes?: number | null
  readonly at: IsoTime
}

/** The failure, with the sentence that says the most of what is known and nothing else. */
export function outOfMemory({ limitBytes, askedBytes = null, usedBytes = null, at }: MemoryEnd): ErrorRecord {
  const code = 'server_out_of_memory'
  if (limitBytes === null) return { code, detail: { how: 'machine', at } }
  if (askedBytes !== null) return { code, detail: { how: 'asked', askedBytes, limitBytes, at } }
  return { code, detail: usedBytes === null ? { how: 'limit', limitBytes, at } : { how: 'used', usedBytes, limitBytes, at } }
}

/** The limit that a server ran into, in bytes; null for any other failure, and when the machine was the limit. */
export function brokenLimit({ code, detail }: ErrorRecord): number | null {
  const { limitBytes } = detail
  return code === 'server_out_of_memory' && typeof limitBytes === 'number' ? limitBytes : null
}
