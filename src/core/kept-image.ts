import type { ErrorRecord } from './errors.ts'
import type { IsoTime } from './time.ts'

/**
 * How it stands with an image that servers are made from. `absent`: it is not there, and nobody fetches it ahead. `waiting`: it is not there yet
 * and its turn comes. `failed`: it could not be fetched, and is tried again at `retryAt`.
 */
export type KeptImage = { readonly reference: string } & (
  | { readonly state: 'present' | 'absent' | 'waiting' }
  | { readonly state: 'pulling'; readonly bytesDone: number; readonly bytesTotal: number | null }
  | { readonly state: 'failed'; readonly failure: ErrorRecord; readonly retryAt: IsoTime }
)

/** The states, in the order in which they want attention. */
export const keptImageStates = ['failed', 'pulling', 'waiting', 'absent', 'present'] as const satisfies readonly KeptImage['state'][]
