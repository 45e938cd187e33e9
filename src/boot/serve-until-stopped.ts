import { systemClock } from '../lib/clock.ts'
import { createScope } from '../lib/lifecycle.ts'
import { startFailure } from './start-failure.ts'
import type { Ms } from '../core/time.ts'
import type { Scope } from '../lib/lifecycle.ts'
import type { Log } from '../lib/log.ts'
import type { Host, ReadyFacts } from './host.ts'
import type { ListenPlace } from './start-failure.ts'

/** What is around a process that serves until it is stopped. */
export type Serving = {
  readonly host: Host
  readonly log: Log
  /** Where it listens, for messages. */
  readonly places: readonly ListenPlace[]
  /** The longest that its end may take. */
  readonly deadlineMs: Ms
}

/** Something that serves. */
export type Served = {
  readonly facts: ReadyFacts
  /** Called before the end when the notebook servers are to end too. */
  readonly stopServers?: () => Promise<void>
}

/** After the supervisor died there is nobody to wait for: connections are cut, leases let go, and that has to be quick. */
const orphanDeadlineMs = 1_000

/**
 * Starts something, tells the parent, waits for the request to end, and ends it. Resolves with the exit code: 0 when it was asked to end,
 * 1 when it could not start; the reason then went to the parent, or to standard error as one sentence.
 */
export async function serveUntilStopped(
  { host, log, places, deadlineMs }: Serving,
  start: (scope: Scope) => Promise<Served>,
): Promise<number> {
  const scope = createScope({ clock: systemClock, log })
  const asked = stopRequest(host)
  let served: Served
  try {
    served = await start(scope)
    if (host.parent !== null) host.parent.send({ kind: 'ready', facts: served.facts })
    else if (served.facts.setUpPath !== null) host.stdout.write(`${served.facts.line}\n`)
  } catch (error) {
    log.debug('start.failed', { error })
    tellFailure(host, startFailure(error, places), 1)
    await scope.stop(orphanDeadlineMs)
    return 1
  }
  const { stopServers } = await asked
  if (stopServers) await served.stopServers?.().catch((error: unknown) => log.error('servers.stop_failed', { error }))
  const orphaned = host.parent?.gone.aborted === true
  const late = await scope.stop(orphaned ? orphanDeadlineMs : deadlineMs)
  if (late.length > 0) log.warn('stop.incomplete', { late })
  return 0
}

/** Says why a process cannot start: to the supervisor, which passes it on, or on standard error. */
export function tellFailure(host: Host, sentence: string, exitCode: 1 | 2): void {
  if (host.parent === null) host.stderr.write(`${sentence}\n`)
  else host.parent.send({ kind: 'failed', sentence, exitCode })
}

/** Resolves when the process is asked to end, by a signal, by its parent, or because that is gone. */
function stopRequest({ stop, parent }: Host): Promise<{ readonly stopServers: boolean }> {
  return new Promise((resolve) => {
    const watch = (signal: AbortSignal): void => {
      if (signal.aborted) resolve({ stopServers: false })
      else signal.addEventListener('abort', () => resolve({ stopServers: false }), { once: true })
    }
    watch(stop)
    if (parent === null) return
    watch(parent.gone)
    parent.onMessage(resolve)
  })
}
