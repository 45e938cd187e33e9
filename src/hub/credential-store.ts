import type { CredentialStore } from '../auth/authenticator.ts'
import { findCredential, setCredential } from '../db/credentials.ts'
import type { Database } from '../db/database.ts'
import { findUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'

/** The passwords in the database, as the native authenticator asks for them. */
export function createCredentialStore({ database, clock }: { readonly database: Database; readonly clock: Clock }): CredentialStore {
  const { db } = database
  return {
    find: async (userName) => {
      const user = await findUser(db, userName)
      const credential = user === null ? null : await findCredential(db, user.id)
      return user === null || credential === null ? null : { userId: user.id, userName: user.name, passwordHash: credential.passwordHash }
    },
    replace: (userId, passwordHash) => setCredential(db, { userId, passwordHash, now: clock.now() }),
  }
}
