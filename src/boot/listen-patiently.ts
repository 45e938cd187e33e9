import type { Ms } from '../core/time.ts'
import type { Answer, Listener } from '../http/listen.ts'
import type { Clock } from '../lib/clock.ts'
import type { Scope } from '../lib/lifecycle.ts'
import type { Log } from '../lib/log.ts'

type Place = { readonly host: string; readonly port: number }

/** What listening with patience needs. `listen` binds one place. */
export type PatientDeps = {
  readonly listen: (answer: Answer, place: Place) => Promise<Listener>
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
  /** How long requests under way may hold up the end. */
  readonly graceMs: Ms
  /** A missing address is a failure of the start. */
  readonly isNeeded: boolean
}

/** How often an address that is not there yet is tried again, milliseconds. */
const retryMs: Ms = 2_000

/**
 * Listens on an address that may come later: that of a container network exists only while its engine runs. Resolves when it is bound, or when it
 * is known to be missing; then it is tried again in the background. Every other failure rejects.
 */
export async function listenPatiently(deps: PatientDeps, answer: Answer, place: Place): Promise<void> {
  const { clock, log, scope } = deps
  if (await tryListen(deps, answer, place)) return
  log.warn('hub.address_missing', { host: place.host })
  const again = async (): Promise<void> => {
    do await clock.sleep(retryMs, scope.signal)
    while (!(await tryListen(deps, answer, place)))
  }
  scope.run(`listen on ${place.host}`, again())
}

/** False: this machine has no such address at the moment. */
async function tryListen({ listen, log, scope, graceMs, isNeeded }: PatientDeps, answer: Answer, place: Place): Promise<boolean> {
  try {
    const listener = await listen(answer, place)
    scope.onStop(`listener on ${place.host}`, () => listener.close(graceMs))
    log.info('hub.listening', { host: place.host, port: listener.port })
    return true
  } catch (error) {
    if (!isNeeded && error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL') return false
    throw error
  }
}
