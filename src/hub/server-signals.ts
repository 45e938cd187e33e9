import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'

/**
 * Tells those who wait for a server that something about it has changed. Only a shortcut inside one process:
 * whoever waits also looks at the database from time to time, because another replica may have made the change.
 */
export type ServerSignals = {
  /** Something about the server has been written. */
  changed(serverId: number): void
  /** Resolves at the next change, or after `ms`; rejects with the signal's reason when it aborts. */
  next(serverId: number, ms: Ms, signal: AbortSignal): Promise<void>
}

/** Signals between the parts of one hub process. */
export function createServerSignals(clock: Clock): ServerSignals {
  const waiting = new Map<number, Set<() => void>>()

  const changed = (serverId: number): void => {
    const callbacks = waiting.get(serverId)
    waiting.delete(serverId)
    for (const callback of callbacks ?? []) callback()
  }

  const next = async (serverId: number, ms: Ms, signal: AbortSignal): Promise<void> => {
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    const callbacks = waiting.get(serverId) ?? new Set()
    waiting.set(serverId, callbacks.add(wake))
    try {
      await clock.sleep(ms, AbortSignal.any([signal, woken.signal]))
    } catch {
      signal.throwIfAborted()
    } finally {
      callbacks.delete(wake)
      if (callbacks.size === 0 && waiting.get(serverId) === callbacks) waiting.delete(serverId)
    }
  }

  return { changed, next }
}
