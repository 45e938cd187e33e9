import { newLines } from '../core/new-lines.ts'
import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'

/** What following the output of a server needs. `log`: its last lines, secrets hidden. */
export type FollowDeps = { readonly log: (serverId: number, lines: number) => Promise<readonly string[]>; readonly clock: Clock }

/** Lines that came since the batch before. `begins`: the first one, which repeats the last lines of what was written already. */
export type LogBatch = { readonly lines: readonly string[]; readonly begins: boolean }

/** Between two looks: what is written meanwhile comes together. */
const lookMs: Ms = 700
/** Lines of one look, and characters of one line: nobody reads more at this pace, and a server that writes without end floods nobody. */
const most = { lines: 40, characters: 400 } as const

/**
 * The output of a server as it comes, until `signal` aborts. It is read from what really writes it, so that any hub tells the same, and who comes
 * late begins with the last lines. A log that cannot be read at the moment is silence. Never rejects.
 */
export async function* followLog({ log, clock }: FollowDeps, serverId: number, signal: AbortSignal): AsyncGenerator<LogBatch> {
  let before: readonly string[] = []
  let begins = true
  while (!signal.aborted) {
    const now = await log(serverId, most.lines).catch(() => before)
    const lines = newLines(before, now).map(shortened)
    if (lines.length > 0) yield { lines, begins }
    if (lines.length > 0) begins = false
    before = now
    await clock.sleep(lookMs, signal).catch(() => {})
  }
}

const shortened = (line: string): string => (line.length > most.characters ? `${line.slice(0, most.characters)}…` : line)
