import type { Ms } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import { createTurns } from '../../lib/turns.ts'

/** More than its processors can an engine start side by side: it also waits for the disk and the kernel. */
const spare = 2

/** How long a start may keep others waiting, milliseconds: one that hangs, on a volume far away for example, holds nobody up. */
const longestTurnMs: Ms = 2_000

/** Lets containers come to life a few at a time, in the order of asking. */
export type Births = { run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> }

/**
 * Makes the turns of an engine with so many processors. When a whole class starts at once, the engine would do everything side by side, and all would
 * wait for the last one; one after the other the last waits no longer, and most of them less.
 * `run` rejects with the reason of the signal, or with what the work rejects with.
 */
export function createBirths(processors: number, clock: Clock): Births {
  const turns = createTurns(processors + spare)
  return {
    run: async (work, signal) => {
      const giveBack = await turns.take(signal)
      const done = new AbortController()
      void clock.sleep(longestTurnMs, done.signal).then(giveBack, giveBack)
      try {
        return await work()
      } finally {
        done.abort()
      }
    },
  }
}
