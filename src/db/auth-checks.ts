import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { changedRows } from './columns.ts'
import type { Db } from './database.ts'

/** Where somebody signed in last, when that was elsewhere. `checkedAt`: when it was last confirmed there; null: they have to sign in again. */
export type AuthCheck = { readonly userId: number; readonly authenticator: string; readonly checkedAt: IsoTime | null }

/** What is known of an account; null when its last sign-in was here. */
export async function findAuthCheck(db: Db, userId: number): Promise<AuthCheck | null> {
  const row = await db.selectFrom('auth_checks').selectAll().where('user_id', '=', userId).executeTakeFirst()
  return row === undefined ? null : { userId: row.user_id, authenticator: row.authenticator, checkedAt: row.checked_at }
}

/** Notes that the authenticator has just confirmed the account. */
export async function noteAuthCheck(
  db: Db,
  check: { readonly userId: number; readonly authenticator: string; readonly now: Ms },
): Promise<void> {
  const values = { authenticator: check.authenticator, checked_at: toIso(check.now) }
  await db
    .insertInto('auth_checks')
    .values({ user_id: check.userId, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute()
}

/** The account has to sign in again. */
export async function expireAuthCheck(db: Db, userId: number): Promise<void> {
  await db.updateTable('auth_checks').set({ checked_at: null }).where('user_id', '=', userId).execute()
}

/** The account has signed in here. False when nothing was known. */
export async function deleteAuthCheck(db: Db, userId: number): Promise<boolean> {
  return changedRows(await db.deleteFrom('auth_checks').where('user_id', '=', userId).executeTakeFirst()) > 0
}
