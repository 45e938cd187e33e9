import type { RedirectAuthenticator, SignedIn } from '../auth/authenticator.ts'
import { deleteAuthCheck, noteAuthCheck } from '../db/auth-checks.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { AuthStates } from './auth-state.ts'

/** Remembers where an account has signed in last, and what is kept to ask there again. */
export type NoteSignIn = ReturnType<typeof createNoteSignIn>

/** What is kept is written at every sign-in, so that nothing old stays (auth-and-security §1.6). */
export function createNoteSignIn(deps: { readonly database: Database; readonly clock: Clock; readonly authStates: AuthStates }) {
  const { database, clock, authStates } = deps
  return {
    /** By a form of this hub. */
    here: async (userId: number): Promise<void> => {
      if (await deleteAuthCheck(database.db, userId)) await authStates.write(userId, null)
    },
    elsewhere: async (userId: number, { id }: RedirectAuthenticator, { authState }: SignedIn): Promise<void> => {
      await authStates.write(userId, authState)
      if (authState === null) await deleteAuthCheck(database.db, userId)
      else await noteAuthCheck(database.db, { userId, authenticator: id, now: clock.now() })
    },
  }
}
