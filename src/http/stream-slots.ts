import { HubError } from '../core/errors.ts'

/** Counts open streams, so that nobody can hold the hub's connections. */
export type StreamSlots = {
  /** Takes a slot; call the result once to give it back. Errors: rate_limited. */
  take(holder: string): () => void
  /** How many are taken now. */
  held(): number
}

/** When all are taken, seconds after which to try again. */
const retryAfterSeconds = 15

/** `perHolder` for one caller, `all` for this process. */
export function createStreamSlots(limits: { readonly perHolder: number; readonly all: number }): StreamSlots {
  const held = new Map<string, number>()
  let total = 0
  const give = (holder: string): void => {
    const left = (held.get(holder) ?? 1) - 1
    total -= 1
    if (left === 0) held.delete(holder)
    else held.set(holder, left)
  }
  return {
    held: () => total,
    take: (holder) => {
      const mine = held.get(holder) ?? 0
      if (mine >= limits.perHolder || total >= limits.all) throw new HubError('rate_limited', { retryAfterSeconds })
      held.set(holder, mine + 1)
      total += 1
      let isTaken = true
      return () => {
        if (isTaken) give(holder)
        isTaken = false
      }
    },
  }
}
