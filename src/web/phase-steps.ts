import type { JsonObject } from '../core/json.ts'
import { startPhases } from '../core/server-state.ts'
import type { Phase, StartPhase } from '../core/server-state.ts'
import { fromIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'

/** One step of a server's life as it was written. */
export type PhaseEvent = {
  readonly id: number
  readonly at: IsoTime
  readonly phase: Phase
  readonly progress: number
  readonly message: string
  readonly data: JsonObject
}

/** One line of the list of phases. */
export type PhaseStep = {
  readonly phase: StartPhase
  readonly state: 'done' | 'now' | 'todo' | 'failed'
  /** When it began; null while it is still to come. */
  readonly at: IsoTime | null
  /** How long it took, or has taken so far; null while it is still to come. */
  readonly ms: Ms | null
  /** Newest facts that came with it: bytes and layers of an image. */
  readonly data: JsonObject
}

const isStartPhase = (phase: Phase): phase is StartPhase => (startPhases as readonly string[]).includes(phase)

/**
 * The events of one attempt as the list of its phases in their order. A phase that only some spawners have (`pulling`) is left out
 * unless it happened; a phase that was passed over in a start that went further is left out too.
 */
export function phaseSteps(events: readonly PhaseEvent[], now: Ms): readonly PhaseStep[] {
  const begun = events.filter(({ phase }) => isStartPhase(phase))
  const end = events.find(
    ({ phase }) => phase === 'ready' || phase === 'failed' || phase === 'cancelled' || phase === 'stopping' || phase === 'stopped',
  )
  const current = begun.at(-1)?.phase ?? null
  const reached = startPhases.findIndex((phase) => phase === current)
  return startPhases.flatMap((phase, index): PhaseStep[] => {
    const own = begun.filter((event) => event.phase === phase)
    const first = own[0]
    const last = own.at(-1)
    if (first === undefined || last === undefined) {
      const skipped = phase === 'pulling' || index < reached || end !== undefined
      return skipped ? [] : [{ phase, state: 'todo', at: null, ms: null, data: {} }]
    }
    const following = begun.find((event) => event.id > last.id && event.phase !== phase) ?? end
    const ms = (following === undefined ? now : fromIso(following.at)) - fromIso(first.at)
    return [{ phase, state: stateOf(phase === current, end), at: first.at, ms: Math.max(0, ms), data: last.data }]
  })
}

function stateOf(isCurrent: boolean, end: PhaseEvent | undefined): PhaseStep['state'] {
  if (!isCurrent || end?.phase === 'ready') return 'done'
  return end === undefined ? 'now' : 'failed'
}
