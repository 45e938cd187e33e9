import { HubError } from '../core/errors.ts'
import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import type { Database, Db } from '../db/database.ts'
import { createSession, deleteSession, findSession, findSessionById, purgeSessions, sessionsOfUser, touchSession } from '../db/sessions.ts'
import type { Session } from '../db/sessions.ts'
import { deleteSessionTokens } from '../db/tokens.ts'
import { findUserById } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ids } from '../lib/ids.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { audit } from './actor.ts'

const dayMs = 86_400_000
const seenResolutionMs = 60_000

/** What sessions need. `maxAgeMs` counts from the login, `idleMs` from the last request; both 14 days when not given. */
export type SessionsDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly maxAgeMs?: Ms
  readonly idleMs?: Ms
}

/** A login that has just begun. `cookieValue` is the only copy of the secret. */
export type OpenedSession = { readonly cookieValue: string; readonly sessionId: string; readonly loginId: number }

/** Browser sessions: one row for each login, found by the hash of the cookie. */
export type Sessions = ReturnType<typeof createSessions>

/** Keeps sessions in the database; nothing is remembered here. */
export function createSessions(deps: SessionsDeps) {
  const { database, clock, ids, maxAgeMs = 14 * dayMs, idleMs = 14 * dayMs } = deps
  const { db } = database

  /** Begins a session. `replaces`: cookie values that the browser sent along; their sessions end. */
  const open = (login: {
    readonly userId: number
    readonly address: string
    readonly userAgent: string
    readonly replaces?: readonly string[]
  }): Promise<OpenedSession> =>
    database.transaction(async (tx) => {
      const now = clock.now()
      for (const cookie of (login.replaces ?? []).slice(0, 8)) {
        const old = await findSession(tx, sha256Hex(cookie), now, 0)
        if (old !== null) await drop(tx, old)
      }
      const cookieValue = ids.hex(32)
      const session = await createSession(tx, {
        hash: sha256Hex(cookieValue),
        userId: login.userId,
        sessionId: ids.hex(16),
        now,
        expiresAt: toIso(now + maxAgeMs),
        address: login.address.slice(0, 64),
        userAgent: login.userAgent.slice(0, 256),
      })
      return { cookieValue, sessionId: session.sessionId, loginId: session.id }
    })

  /** The session of a cookie and whose it is; null when it is unknown, over, or the account may not sign in. */
  const find = async (cookieValue: string): Promise<{ readonly user: User; readonly session: Session } | null> => {
    const now = clock.now()
    const session = await findSession(db, sha256Hex(cookieValue), now, now - idleMs)
    const user = session === null ? null : await findUserById(db, session.userId)
    if (session === null || user === null || user.status !== 'active') return null
    if (session.lastSeenAt < toIso(now - seenResolutionMs)) await touchSession(db, session.id, now, seenResolutionMs)
    return { user, session }
  }

  /**
   * Ends a session with the OAuth tokens that were obtained in it. `ofUser`: only when it is theirs.
   * Errors: session_not_found, only with `ofUser`.
   */
  const end = (loginId: number, ofUser?: User): Promise<void> =>
    database.transaction(async (tx) => {
      const session = await findSessionById(tx, loginId)
      if (ofUser !== undefined && session?.userId !== ofUser.id) throw new HubError('session_not_found')
      if (session === null) return
      await drop(tx, session)
      const user = ofUser ?? (await findUserById(tx, session.userId))
      if (user !== null)
        await audit(tx, clock.now(), { label: `user ${user.name}`, admin: user.admin, userId: user.id }, 'session.end', user.name)
    })

  /** Ends every session of a user but one. Returns how many. */
  const endAll = (userId: number, exceptLoginId?: number): Promise<number> =>
    database.transaction((tx) => endSessionsOf(tx, userId, exceptLoginId))

  /** Sessions of a user that go on, the one seen last first. */
  const list = async (userId: number): Promise<readonly Session[]> => {
    const now = clock.now()
    const [nowIso, idleIso] = [toIso(now), toIso(now - idleMs)]
    const sessions = await sessionsOfUser(db, userId)
    return sessions.filter((session) => session.expiresAt >= nowIso && session.lastSeenAt >= idleIso)
  }

  /** Removes what is over, with its OAuth tokens. Returns how many sessions. */
  const purge = (): Promise<number> =>
    database.transaction(async (tx) => {
      const gone = await purgeSessions(tx, clock.now(), clock.now() - idleMs)
      for (const { userId, sessionId } of gone) await deleteSessionTokens(tx, userId, sessionId)
      return gone.length
    })

  return { open, find, end, endAll, list, purge }
}

async function drop(tx: Db, session: Session): Promise<void> {
  await deleteSession(tx, session.id)
  await deleteSessionTokens(tx, session.userId, session.sessionId)
}

/** Ends every session of a user but one, inside a transaction. Returns how many. */
export async function endSessionsOf(tx: Db, userId: number, exceptLoginId?: number): Promise<number> {
  const ended = (await sessionsOfUser(tx, userId)).filter((session) => session.id !== exceptLoginId)
  for (const session of ended) await drop(tx, session)
  return ended.length
}
