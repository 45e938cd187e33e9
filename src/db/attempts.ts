import type { Selectable } from 'kysely'
import type { ErrorRecord } from '../core/errors.ts'
import type { EndPhase } from '../core/server-state.ts'
import { fromIso, toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { readJsonOrNull, readWord, toBit } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** How many attempts of a server are kept. */
export const keptAttempts = 20

/** One start of a server, and how it ended (`outcome` null: it goes on). */
export type Attempt = {
  readonly id: string
  readonly serverId: number
  readonly generation: number
  /** Who asked for it: a user or service name. */
  readonly askedBy: string
  readonly startedAt: IsoTime
  readonly endedAt: IsoTime | null
  readonly outcome: EndPhase | null
  readonly failure: ErrorRecord | null
  readonly exitCode: number | null
  readonly outOfMemory: boolean
  /** Last lines of the server, secrets redacted. */
  readonly log: string
}

const toAttempt = (row: Selectable<Schema['attempts']>): Attempt => ({
  id: row.id,
  serverId: row.server_id,
  generation: row.generation,
  askedBy: row.asked_by,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  outcome: row.outcome === null ? null : readWord<EndPhase>(row.outcome),
  failure: readJsonOrNull<ErrorRecord>(row.failure),
  exitCode: row.exit_code,
  outOfMemory: row.out_of_memory === 1,
  log: row.log,
})

/** Begins an attempt and forgets all but the newest of that server, with their events. Call it before the first event of the attempt. */
export async function startAttempt(
  db: Db,
  attempt: { readonly id: string; readonly serverId: number; readonly generation: number; readonly askedBy: string; readonly now: Ms },
): Promise<Attempt> {
  const row = await db
    .insertInto('attempts')
    .values({
      id: attempt.id,
      server_id: attempt.serverId,
      generation: attempt.generation,
      asked_by: attempt.askedBy,
      started_at: toIso(attempt.now),
      out_of_memory: 0,
      log: '',
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  const kept = db
    .selectFrom('attempts')
    .select('id')
    .where('server_id', '=', attempt.serverId)
    .orderBy('generation', 'desc')
    .orderBy('started_at', 'desc')
    .limit(keptAttempts)
  await db.deleteFrom('attempts').where('server_id', '=', attempt.serverId).where('id', 'not in', kept).execute()
  return toAttempt(row)
}

/** Notes how the attempt ended; later words replace earlier ones (an attempt that was ready can still die). */
export async function endAttempt(
  db: Db,
  id: string,
  end: {
    readonly outcome: EndPhase
    readonly now: Ms
    readonly failure?: ErrorRecord | null
    readonly exitCode?: number | null
    readonly outOfMemory?: boolean
    readonly log?: string
  },
): Promise<void> {
  await db
    .updateTable('attempts')
    .set({
      outcome: end.outcome,
      ended_at: toIso(end.now),
      ...(end.failure === undefined ? {} : { failure: end.failure === null ? null : JSON.stringify(end.failure) }),
      ...(end.exitCode === undefined ? {} : { exit_code: end.exitCode }),
      ...(end.outOfMemory === undefined ? {} : { out_of_memory: toBit(end.outOfMemory) }),
      ...(end.log === undefined ? {} : { log: end.log }),
    })
    .where('id', '=', id)
    .execute()
}

/** Keeps the last lines of the server with the attempt. Secrets are redacted by the caller. */
export async function keepLog(db: Db, id: string, log: string): Promise<void> {
  await db.updateTable('attempts').set({ log }).where('id', '=', id).execute()
}

/** The newest attempt of a server, or null. */
export async function lastAttempt(db: Db, serverId: number): Promise<Attempt | null> {
  const row = await db
    .selectFrom('attempts')
    .selectAll()
    .where('server_id', '=', serverId)
    .orderBy('generation', 'desc')
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : toAttempt(row)
}

/** How long the newest start that led to a usable server took, milliseconds; null when there was none among the kept ones. */
export async function lastGoodStart(db: Db, serverId: number): Promise<Ms | null> {
  const row = await db
    .selectFrom('server_events')
    .innerJoin('attempts', 'attempts.id', 'server_events.attempt_id')
    .select(['server_events.at', 'attempts.started_at'])
    .where('server_events.server_id', '=', serverId)
    .where('server_events.phase', '=', 'ready')
    .orderBy('server_events.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : fromIso(row.at) - fromIso(row.started_at)
}
