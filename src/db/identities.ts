import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import type { Db } from './database.ts'

/** Which person of an authenticator owns an account. `login` is their name there when last seen. */
export type IdentityRow = {
  readonly id: number
  readonly userId: number
  readonly authenticator: string
  readonly subject: string
  readonly login: string
  readonly createdAt: IsoTime
}

/** Who owns which account: by the stable id at the authenticator, or null when it was never seen. */
export async function findIdentity(db: Db, authenticator: string, subject: string): Promise<IdentityRow | null> {
  const row = await db
    .selectFrom('identities')
    .selectAll()
    .where('authenticator', '=', authenticator)
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    userId: row.user_id,
    authenticator: row.authenticator,
    subject: row.subject,
    login: row.login,
    createdAt: row.created_at,
  }
}

/** All identities of an account, oldest first. */
export async function identitiesOfUser(db: Db, userId: number): Promise<readonly IdentityRow[]> {
  const rows = await db.selectFrom('identities').selectAll().where('user_id', '=', userId).orderBy('id').execute()
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    authenticator: row.authenticator,
    subject: row.subject,
    login: row.login,
    createdAt: row.created_at,
  }))
}

/** Takes an identity away from its account. */
export async function deleteIdentity(db: Db, id: number): Promise<void> {
  await db.deleteFrom('identities').where('id', '=', id).execute()
}

/** Ties an identity to an account, or notes its new login. The account of a known identity never changes. */
export async function linkIdentity(
  db: Db,
  identity: { readonly userId: number; readonly authenticator: string; readonly subject: string; readonly login: string; readonly now: Ms },
): Promise<void> {
  await db
    .insertInto('identities')
    .values({
      user_id: identity.userId,
      authenticator: identity.authenticator,
      subject: identity.subject,
      login: identity.login,
      created_at: toIso(identity.now),
    })
    .onConflict((conflict) => conflict.columns(['authenticator', 'subject']).doUpdateSet({ login: identity.login }))
    .execute()
}
