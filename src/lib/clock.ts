import { setTimeout as delay } from 'node:timers/promises'
import type { Ms } from '../core/time.ts'

/** Where time comes from. Code that waits or stamps takes one as an argument, so that a test can move it. */
export type Clock = {
  /** Wall-clock time. */
  now(): Ms
  /** A time that never jumps back, for measuring durations. */
  monotonic(): Ms
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: Ms, signal?: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  },
}
