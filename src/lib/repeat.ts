import type { Ms } from '../core/time.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** What is done again and again. `name` begins the events of its log lines. */
export type Repeated = { readonly name: string; readonly pauseMs: Ms; readonly work: (signal: AbortSignal) => Promise<unknown> }

/**
 * Does the work, pauses, and does it again, until `signal` aborts; never rejects. A failure ends nothing and is logged once until the work
 * succeeds again: a proxy that is away for a minute is one line, not a hundred.
 */
export async function repeat(deps: { readonly clock: Clock; readonly log: Log }, repeated: Repeated, signal: AbortSignal): Promise<void> {
  const { name, pauseMs, work } = repeated
  let isFailing = false
  while (!signal.aborted) {
    try {
      await work(signal)
      if (isFailing) deps.log.info(`${name}.recovered`)
      isFailing = false
    } catch (error) {
      if (!isFailing && !signal.aborted) deps.log.warn(`${name}.failed`, { error })
      isFailing = true
    }
    await deps.clock.sleep(pauseMs, signal).catch(() => {})
  }
}
