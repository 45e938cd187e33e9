import { z } from 'zod'
import type { Authenticator } from '../auth/authenticator.ts'
import type { JsonObject } from '../core/json.ts'
import { findAuthCheck } from '../db/auth-checks.ts'
import type { Database } from '../db/database.ts'
import { findUserById, updateUser } from '../db/users.ts'
import type { Vault } from '../lib/secrets.ts'

const Sealed = z.record(z.string(), z.json())

/** The envelope of one account opens for no other. */
const purposeOf = (userId: number): string => `auth-state:${userId}`

/** What an authenticator keeps about a user (tokens of its provider, for example), sealed. */
export type AuthStates = ReturnType<typeof createAuthStates>

/** Reads and writes what is sealed with the vault; what cannot be opened any more counts as absent. */
export function createAuthStates(deps: {
  readonly database: Database
  readonly vault: Vault
  readonly authenticators: readonly Authenticator[]
}) {
  const { db } = deps.database
  const hidden = new Set(deps.authenticators.flatMap((one) => (one.form === 'redirect' && !one.settings.enableAuthState ? [one.id] : [])))

  /** Null: nothing is kept, or its key is lost. */
  const read = async (userId: number): Promise<JsonObject | null> => {
    const user = await findUserById(db, userId)
    const text = user?.authState === undefined || user.authState === null ? null : deps.vault.open(user.authState, purposeOf(userId))
    return text === null ? null : Sealed.parse(JSON.parse(text))
  }

  /** The same for others than the authenticator itself: null unless its option `enableAuthState` is on. */
  const shown = async (userId: number): Promise<JsonObject | null> => {
    const check = hidden.size === 0 ? null : await findAuthCheck(db, userId)
    return check !== null && hidden.has(check.authenticator) ? null : read(userId)
  }

  const write = async (userId: number, state: JsonObject | null): Promise<void> => {
    await updateUser(db, userId, { authState: state === null ? null : deps.vault.seal(JSON.stringify(state), purposeOf(userId)) })
  }

  return { read, shown, write }
}
