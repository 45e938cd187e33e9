import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Ms } from '../core/time.ts'

/** Owner of everything that goes on beside a request, from the start of a process to its end. */
export type Scope = {
  /** Aborts when the scope is told to stop. */
  readonly signal: AbortSignal
  /** Owns a promise. A failure, other than that of being aborted by this scope, is logged as `background.failed`; it never rejects anybody. */
  run(name: string, work: Promise<unknown>): void
  /** Something to undo at the end. The last one registered is called first, after all background work has ended or the deadline has passed. */
  onStop(name: string, undo: () => unknown): void
  /** Aborts, waits for the background work, then undoes. Resolves with the names of what did not end in time. A second call waits for the first. */
  stop(deadlineMs: Ms): Promise<readonly string[]>
}

/** What is undone after the deadline has this long, so that late work does not cost the rest its end. */
const undoGraceMs = 500

/** A new scope. Nothing runs in it yet. */
export function createScope(deps: { readonly clock: Clock; readonly log: Log }): Scope {
  const { clock, log } = deps
  const controller = new AbortController()
  const running = new Map<Promise<unknown>, string>()
  const undos: { name: string; undo: () => unknown }[] = []
  let stopping: Promise<readonly string[]> | null = null

  const own = (name: string, work: Promise<unknown>): void => {
    const owned = work
      .catch((error: unknown) => {
        if (!endedBy(controller.signal, error)) log.error('background.failed', { task: name, error })
      })
      .finally(() => running.delete(owned))
    running.set(owned, name)
  }

  const ended = async (name: string, work: () => unknown, until: Ms): Promise<boolean> => {
    try {
      return await within(clock, Promise.resolve(work()), Math.max(until, clock.monotonic() + undoGraceMs))
    } catch (error) {
      log.error('stop.failed', { task: name, error })
      return true
    }
  }

  const stopNow = async (deadlineMs: Ms): Promise<readonly string[]> => {
    const until = clock.monotonic() + deadlineMs
    controller.abort(new Error('stopping'))
    await within(clock, drained(running), until)
    const late = [...running.values()]
    while (undos.length > 0) {
      const last = undos.pop()
      if (last !== undefined && !(await ended(last.name, last.undo, until))) late.push(last.name)
    }
    return late
  }

  return {
    signal: controller.signal,
    run: own,
    onStop: (name, undo) => {
      undos.push({ name, undo })
    },
    stop: (deadlineMs) => (stopping ??= stopNow(deadlineMs)),
  }
}

/** True when the work only did what it was told: `delay` and `fetch` reject with their own AbortError, others with the signal's reason. */
function endedBy(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}

/** Work may start other work while it ends. */
async function drained(running: ReadonlyMap<Promise<unknown>, string>): Promise<void> {
  while (running.size > 0) await Promise.all(running.keys())
}

/** True when the work ended before `until` (on the monotonic clock). */
async function within(clock: Clock, work: Promise<unknown>, until: Ms): Promise<boolean> {
  const timer = new AbortController()
  const late = clock.sleep(Math.max(0, until - clock.monotonic()), timer.signal).then(
    () => false,
    () => false,
  )
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    timer.abort()
  }
}
