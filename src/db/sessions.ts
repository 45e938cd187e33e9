import type { Selectable } from 'kysely'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { changedRows } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** One login of one browser. */
export type Session = {
  readonly id: number
  readonly userId: number
  /** Value of the `jupyterhub-session-id` cookie. */
  readonly sessionId: string
  readonly createdAt: IsoTime
  readonly lastSeenAt: IsoTime
  readonly expiresAt: IsoTime
  readonly address: string
  readonly userAgent: string
}

const toSession = (row: Selectable<Schema['sessions']>): Session => ({
  id: row.id,
  userId: row.user_id,
  sessionId: row.session_id,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  address: row.address,
  userAgent: row.user_agent,
})

/** Keeps a new session. `hash` is the SHA-256 of the cookie value in hex. */
export async function createSession(
  db: Db,
  session: {
    readonly hash: string
    readonly userId: number
    readonly sessionId: string
    readonly now: Ms
    readonly expiresAt: IsoTime
    readonly address: string
    readonly userAgent: string
  },
): Promise<Session> {
  const row = await db
    .insertInto('sessions')
    .values({
      token_hash: session.hash,
      user_id: session.userId,
      session_id: session.sessionId,
      created_at: toIso(session.now),
      last_seen_at: toIso(session.now),
      expires_at: session.expiresAt,
      address: session.address,
      user_agent: session.userAgent,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toSession(row)
}

/** The session of that cookie, unless it has expired at `now` or was last seen before `seenAfter`. */
export async function findSession(db: Db, hash: string, now: Ms, seenAfter: Ms): Promise<Session | null> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('token_hash', '=', hash)
    .where('expires_at', '>=', toIso(now))
    .where('last_seen_at', '>=', toIso(seenAfter))
    .executeTakeFirst()
  return row === undefined ? null : toSession(row)
}

/** The session with that id, expired or not, or null. */
export async function findSessionById(db: Db, id: number): Promise<Session | null> {
  const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toSession(row)
}

/** Sessions of a user, the one seen last first. */
export async function sessionsOfUser(db: Db, userId: number): Promise<readonly Session[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toSession)
}

/** Notes that the session was used, forward only, and only when the noted time is older than `at - resolutionMs`. */
export async function touchSession(db: Db, id: number, at: Ms, resolutionMs: number): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at: toIso(at) })
    .where('id', '=', id)
    .where('last_seen_at', '<', toIso(at - resolutionMs))
    .execute()
}

/** Ends a session. False when there was none. */
export async function deleteSession(db: Db, id: number): Promise<boolean> {
  return changedRows(await db.deleteFrom('sessions').where('id', '=', id).executeTakeFirst()) > 0
}

/** Removes sessions that have expired at `now` or were last seen before `seenAfter`; returns whose they were. */
export async function purgeSessions(
  db: Db,
  now: Ms,
  seenAfter: Ms,
): Promise<readonly { readonly userId: number; readonly sessionId: string }[]> {
  const rows = await db
    .deleteFrom('sessions')
    .where((when) => when.or([when('expires_at', '<', toIso(now)), when('last_seen_at', '<', toIso(seenAfter))]))
    .returning(['user_id', 'session_id'])
    .execute()
  return rows.map((row) => ({ userId: row.user_id, sessionId: row.session_id }))
}
