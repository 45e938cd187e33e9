import type { Ms } from '../core/time.ts'

/** Pauses that double with every failure in a row, from the first to the longest. */
export type Pauses = { readonly firstMs: Ms; readonly longestMs: Ms }

/** How long to wait before the next try after `failures` in a row; 0 after none. */
export const pauseAfter = (failures: number, { firstMs, longestMs }: Pauses): Ms =>
  failures === 0 ? 0 : Math.min(longestMs, firstMs * 2 ** (failures - 1))
