import type { Selectable } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Phase } from '../core/server-state.ts'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { readObject, readWord } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** One step of a server's life. The id grows with time. */
export type ServerEventRow = {
  readonly id: number
  readonly serverId: number
  readonly attemptId: string
  readonly at: IsoTime
  readonly phase: Phase
  /** Whole percent, 0–100. */
  readonly progress: number
  readonly message: string
  readonly data: JsonObject
}

const toEvent = (row: Selectable<Schema['server_events']>): ServerEventRow => ({
  id: row.id,
  serverId: row.server_id,
  attemptId: row.attempt_id,
  at: row.at,
  phase: readWord<Phase>(row.phase),
  progress: row.progress,
  message: row.message,
  data: readObject(row.data),
})

/** Adds an event to an attempt that was begun; returns its id. */
export async function appendEvent(
  db: Db,
  event: {
    readonly serverId: number
    readonly attemptId: string
    readonly now: Ms
    readonly phase: Phase
    readonly progress: number
    readonly message: string
    readonly data?: JsonObject
  },
): Promise<number> {
  const row = await db
    .insertInto('server_events')
    .values({
      server_id: event.serverId,
      attempt_id: event.attemptId,
      at: toIso(event.now),
      phase: event.phase,
      progress: event.progress,
      message: event.message,
      data: JSON.stringify(event.data ?? {}),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** Events of one attempt in their order, beginning after `afterId` (0: all). */
export async function eventsAfter(db: Db, serverId: number, attemptId: string, afterId: number): Promise<readonly ServerEventRow[]> {
  const rows = await db
    .selectFrom('server_events')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('attempt_id', '=', attemptId)
    .where('id', '>', afterId)
    .orderBy('id')
    .execute()
  return rows.map(toEvent)
}
