import { HubError } from '../../core/errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { bootId, type ProcessRow } from '../../lib/process-stat.ts'
import type { Claim } from './claim.ts'
import type { ProcessHandle } from './handle.ts'
import { leftoversOf, membersOf } from './members.ts'
import { isAlive, sendSignal } from './processes.ts'

type Held = Claim & { kind: 'held' }
type Step = { readonly name: NodeJS.Signals; readonly seconds: number }

/** What ending a run needs: patience for each signal, and a clock. A young run may lose a signal, between fork and exec, and gets it twice. */
export type Ending = { readonly steps: readonly Step[]; readonly clock: Clock; readonly signal: AbortSignal; readonly isYoung: boolean }

const leftoverGraceSeconds = 1
const againAfterSeconds = 0.2

/**
 * Ends the server and everything that it started, and resolves when all of it is gone.
 * Throws spawner_failed when something survives the last signal, and the signal's reason when it aborts.
 */
export async function endRun(handle: ProcessHandle, claim: Held, ending: Ending): Promise<void> {
  if (claim.leader.boot !== bootId()) return
  const seen = new Map<number, ProcessRow>()
  const leaderLives = (): boolean => isAlive(claim.leader)
  for (const step of ending.steps) {
    if (!leaderLives()) break
    for (const row of await membersOf(claim)) seen.set(row.pid, row)
    // The living leader keeps the number of its group from being given to another one.
    if (leaderLives()) sendSignal(-claim.leader.pid, step.name)
    if (ending.isYoung) await waitUntil(() => !leaderLives(), againAfterSeconds, ending)
    if (ending.isYoung && leaderLives()) sendSignal(-claim.leader.pid, step.name)
    await waitUntil(() => !leaderLives(), step.seconds, ending)
  }
  if (leaderLives()) throw new HubError('spawner_failed', { reason: `process ${claim.leader.pid} does not end` })
  await endLeftovers(handle, claim, [...seen.values()], ending)
}

async function endLeftovers(handle: ProcessHandle, claim: Held, seen: readonly ProcessRow[], ending: Ending): Promise<void> {
  const gentle: Step = { name: 'SIGTERM', seconds: leftoverGraceSeconds }
  for (const step of [gentle, ending.steps.at(-1)]) {
    const left = [...seen, ...(await leftoversOf(handle, claim))].filter((row) => lives(claim, row))
    if (left.length === 0 || step === undefined) return
    for (const row of left) if (lives(claim, row)) sendSignal(row.pid, step.name)
    await waitUntil(() => !left.some((row) => lives(claim, row)), step.seconds, ending)
  }
}

const lives = (claim: Held, row: ProcessRow): boolean => isAlive({ pid: row.pid, startTime: row.startTime, boot: claim.leader.boot })

/** Looks again and again, less often with time, until it is true or the time is over. */
async function waitUntil(isTrue: () => boolean, seconds: number, { clock, signal }: Ending): Promise<void> {
  const deadline = clock.monotonic() + seconds * 1000
  for (let pause = 4; !isTrue() && clock.monotonic() < deadline; pause = Math.min(pause * 1.5, 100)) await clock.sleep(pause, signal)
}
