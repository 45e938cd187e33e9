import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import type { Db } from './database.ts'

/** A stored password. `passwordHash` is a PHC string. */
export type Credential = { readonly userId: number; readonly passwordHash: string; readonly updatedAt: IsoTime }

/** The stored password of an account, or null when it has none. */
export async function findCredential(db: Db, userId: number): Promise<Credential | null> {
  const row = await db.selectFrom('credentials').selectAll().where('user_id', '=', userId).executeTakeFirst()
  return row === undefined ? null : { userId: row.user_id, passwordHash: row.password_hash, updatedAt: row.updated_at }
}

/** Whether an administrator could sign in: active, with a password or an identity elsewhere. */
export async function hasAdminWhoCanSignIn(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('users.id')
    .where('users.admin', '=', 1)
    .where('users.status', '=', 'active')
    .where((when) =>
      when.or([
        when('users.id', 'in', db.selectFrom('credentials').select('credentials.user_id')),
        when('users.id', 'in', db.selectFrom('identities').select('identities.user_id')),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Sets the password of an account, replacing the one before. */
export async function setCredential(
  db: Db,
  credential: { readonly userId: number; readonly passwordHash: string; readonly now: Ms },
): Promise<void> {
  const set = { password_hash: credential.passwordHash, updated_at: toIso(credential.now) }
  await db
    .insertInto('credentials')
    .values({ user_id: credential.userId, ...set })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(set))
    .execute()
}
