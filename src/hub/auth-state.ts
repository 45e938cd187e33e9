import type { JsonObject } from '../core/json.ts'
import type { Database } from '../db/database.ts'
import { findUserById, updateUser } from '../db/users.ts'
import type { Vault } from '../lib/secrets.ts'
import { z } from 'zod'

const Sealed = z.record(z.string(), z.json())
const purpose = 'auth-state'

/** What an authenticator keeps about a user (tokens of its provider, for example), sealed. */
export type AuthStates = ReturnType<typeof createAuthStates>

/** Reads and writes what is sealed with the vault; what cannot be opened any more counts as absent. */
export function createAuthStates(deps: { readonly database: Database; readonly vault: Vault }) {
  const { db } = deps.database

  /** Null: nothing is kept, or its key is lost. */
  const read = async (userId: number): Promise<JsonObject | null> => {
    const user = await findUserById(db, userId)
    const text = user?.authState === undefined || user.authState === null ? null : deps.vault.open(user.authState, purpose)
    return text === null ? null : Sealed.parse(JSON.parse(text))
  }

  const write = async (userId: number, state: JsonObject | null): Promise<void> => {
    await updateUser(db, userId, { authState: state === null ? null : deps.vault.seal(JSON.stringify(state), purpose) })
  }

  return { read, write }
}
