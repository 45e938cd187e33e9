import { HubError } from '../core/errors.ts'
import { findCredential, setCredential } from '../db/credentials.ts'
import type { Db } from '../db/database.ts'
import type { User } from '../db/users.ts'
import { refuseOnAdmin, refuseOnStronger, requireGoodPassword, requireUser } from './account-rules.ts'
import type { AccountsDeps } from './account-rules.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'
import { endSessionsOf } from './sessions.ts'

/** Changing passwords. */
export function createAccountPasswords(deps: AccountsDeps) {
  const { database, clock, passwords, gate } = deps

  /**
   * Changes one's own password and ends all other sessions. Errors: sign_in_failed (the old one is wrong), rate_limited, password_weak.
   * `loginId`: the session that goes on.
   */
  const changePassword = async (form: {
    readonly userId: number
    readonly oldPassword: string
    readonly newPassword: string
    readonly loginId: number | null
    readonly address: string
  }): Promise<void> => {
    const user = await requireUser(database.db, form.userId)
    const outcome = await gate.attempt({ name: user.name, address: form.address }, async () => {
      const known = await findCredential(database.db, user.id)
      return (await passwords.verify(form.oldPassword, known?.passwordHash ?? null)) ? true : null
    })
    if (outcome.kind === 'limited') throw new HubError('rate_limited', { retryAfterSeconds: Math.ceil(outcome.retryAfterMs / 1000) })
    if (outcome.kind === 'wrong') throw new HubError('sign_in_failed')
    requireGoodPassword(deps, form.newPassword, user.name)
    const passwordHash = await passwords.hash(form.newPassword)
    const self: Actor = { label: `user ${user.name}`, admin: user.admin, userId: user.id }
    await database.transaction((tx) => keep(tx, user, passwordHash, { actor: self, loginId: form.loginId }))
  }

  /** Sets somebody's password and ends all their sessions. Errors: user_not_found, admin_only, password_weak. */
  const setPassword = async (userId: number, password: string, actor: Actor): Promise<void> => {
    const user = await requireUser(database.db, userId)
    refuseOnAdmin(deps, actor, user)
    await refuseOnStronger(database.db, actor, user)
    requireGoodPassword(deps, password, user.name)
    const passwordHash = await passwords.hash(password)
    await database.transaction((tx) => keep(tx, user, passwordHash, { actor, loginId: null }))
  }

  const keep = async (
    tx: Db,
    user: User,
    passwordHash: string,
    by: { readonly actor: Actor; readonly loginId: number | null },
  ): Promise<void> => {
    const now = clock.now()
    await setCredential(tx, { userId: user.id, passwordHash, now })
    await endSessionsOf(tx, user.id, by.loginId ?? undefined)
    await audit(tx, now, by.actor, 'user.password', user.name)
  }

  /** True when the account has a password of its own that can be changed. */
  const hasPassword = async (userId: number): Promise<boolean> => (await findCredential(database.db, userId)) !== null

  return { changePassword, setPassword, hasPassword }
}
