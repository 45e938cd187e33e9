import type { JsonObject } from '../core/json.ts'
import type { Phase } from '../core/server-state.ts'
import type { Clock } from '../lib/clock.ts'
import type { Db } from '../db/database.ts'
import { appendEvent } from '../db/events.ts'

/** How far a start has come, in whole percent, and the English sentence that API clients read. Pages say it in the reader's language. */
const phases: Readonly<Record<Phase, { readonly progress: number; readonly message: string }>> = {
  queued: { progress: 0, message: 'Server requested' },
  preparing: { progress: 10, message: 'Preparing the home folder' },
  pulling: { progress: 20, message: 'Fetching the image' },
  creating: { progress: 40, message: 'Creating the server' },
  booting: { progress: 60, message: 'Waiting for the notebook server to answer' },
  routing: { progress: 95, message: 'Opening the way to it' },
  ready: { progress: 100, message: 'Server ready' },
  failed: { progress: 100, message: 'Spawn failed' },
  cancelled: { progress: 100, message: 'Spawn cancelled' },
  stopping: { progress: 100, message: 'Stopping the server' },
  stopped: { progress: 100, message: 'Server stopped' },
}

/** One step of a server's life. `data` is shown by the API as it is; it must hold no secrets. */
export type Step = { readonly phase: Phase; readonly message?: string; readonly progress?: number; readonly data?: JsonObject }

/** Writes a step of the server's current attempt. */
export async function writeEvent(
  db: Db,
  clock: Clock,
  server: { readonly id: number; readonly attemptId: string | null },
  step: Step,
): Promise<void> {
  if (server.attemptId === null) return
  await appendEvent(db, {
    serverId: server.id,
    attemptId: server.attemptId,
    now: clock.now(),
    phase: step.phase,
    progress: step.progress ?? phases[step.phase].progress,
    message: step.message ?? phases[step.phase].message,
    data: step.data ?? {},
  })
}
