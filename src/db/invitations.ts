import type { Selectable } from 'kysely'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { changedRows } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** A one-time link. `userId` null: whoever opens it chooses the name. */
export type Invitation = {
  readonly id: number
  readonly userId: number | null
  readonly createdBy: number | null
  readonly createdAt: IsoTime
  readonly expiresAt: IsoTime
  readonly usedAt: IsoTime | null
}

const toInvitation = (row: Selectable<Schema['invitations']>): Invitation => ({
  id: row.id,
  userId: row.user_id,
  createdBy: row.created_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
})

/** Keeps a link. An earlier link for the same account stops working. `hash` is the SHA-256 of its token in hex. */
export async function createInvitation(
  db: Db,
  invitation: {
    readonly hash: string
    readonly userId: number | null
    readonly createdBy: number | null
    readonly now: Ms
    readonly expiresAt: IsoTime
  },
): Promise<Invitation> {
  const fresh = {
    token_hash: invitation.hash,
    created_by: invitation.createdBy,
    created_at: toIso(invitation.now),
    expires_at: invitation.expiresAt,
    used_at: null,
  }
  const row = await db
    .insertInto('invitations')
    .values({ ...fresh, user_id: invitation.userId })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(fresh))
    .returningAll()
    .executeTakeFirstOrThrow()
  return toInvitation(row)
}

/** The link of that hash if it can still be used at `now`, or null. */
export async function findInvitation(db: Db, hash: string, now: Ms): Promise<Invitation | null> {
  const row = await db
    .selectFrom('invitations')
    .selectAll()
    .where('token_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>=', toIso(now))
    .executeTakeFirst()
  return row === undefined ? null : toInvitation(row)
}

/** Uses the link up; null for everybody but the first who asks, and after its time. */
export async function consumeInvitation(db: Db, hash: string, now: Ms): Promise<Invitation | null> {
  const row = await db
    .updateTable('invitations')
    .set({ used_at: toIso(now) })
    .where('token_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>=', toIso(now))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toInvitation(row)
}

/** Links that can still be used at `now`, newest first. */
export async function openInvitations(db: Db, now: Ms): Promise<readonly Invitation[]> {
  const rows = await db
    .selectFrom('invitations')
    .selectAll()
    .where('used_at', 'is', null)
    .where('expires_at', '>=', toIso(now))
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toInvitation)
}

/** Takes a link back. False when there was none. */
export async function deleteInvitation(db: Db, id: number): Promise<boolean> {
  return changedRows(await db.deleteFrom('invitations').where('id', '=', id).executeTakeFirst()) > 0
}
