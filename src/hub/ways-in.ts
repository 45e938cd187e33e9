import type { Authenticator, Identity } from '../auth/authenticator.ts'
import { admittedName } from '../core/access.ts'
import type { AccessRules } from '../core/access-rules.ts'
import { HubError } from '../core/errors.ts'
import { shownName } from '../core/names.ts'
import { deleteAuthCheck, findAuthCheck } from '../db/auth-checks.ts'
import { findCredential } from '../db/credentials.ts'
import type { Database, Db } from '../db/database.ts'
import { deleteIdentity, findIdentity, identitiesOfUser, linkIdentity } from '../db/identities.ts'
import type { IdentityRow } from '../db/identities.ts'
import { lockUser, updateUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { nameAuthority } from './account-owner.ts'
import { requireUser } from './account-rules.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'
import { endSessionsOf } from './sessions.ts'

/** What the ways into an account need. */
export type WaysInDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly authenticators: readonly Authenticator[]
  readonly rules: () => AccessRules
}

/** How somebody may get into their account. `works`: its authenticator is configured. */
export type WayIn = IdentityRow & { readonly works: boolean }

/** The ways into an account: looked at, added and taken away by its owner alone, who is signed in. */
export type WaysIn = ReturnType<typeof createWaysIn>

/** Wires the use cases. */
export function createWaysIn(deps: WaysInDeps) {
  const { database, clock } = deps
  const { keepsPasswords } = nameAuthority(deps.authenticators)
  const ids = new Set(deps.authenticators.map((one) => (one.form === 'redirect' ? one.id : one.kind)))

  const waysOf = async (db: Db, userId: number) => ({
    password: keepsPasswords && (await findCredential(db, userId)) !== null,
    identities: (await identitiesOfUser(db, userId)).map((row): WayIn => ({ ...row, works: ids.has(row.authenticator) })),
  })

  /** How somebody may get in. */
  const list = (userId: number) => waysOf(database.db, userId)

  /**
   * Ties what was proved elsewhere to the account of somebody who is signed in and has asked for it.
   * Errors: identity_taken (it is somebody else's), account_blocked, sign_in_failed (the name cannot be used here).
   */
  const link = (userId: number, identity: Identity, actor: Actor): Promise<void> =>
    database.transaction(async (tx) => {
      await lockUser(tx, userId)
      const user = await requireUser(tx, userId)
      const { authenticator, subject, userName: login } = identity
      const name = admittedName(login, deps.rules())
      if (name !== null && deps.rules().blockedUsers.has(name)) throw new HubError('account_blocked')
      const owner = await findIdentity(tx, authenticator, subject)
      if (owner !== null && owner.userId !== userId) throw new HubError('identity_taken', { login: shownName(login) })
      await linkIdentity(tx, { userId, authenticator, subject, login, now: clock.now() })
      // Somebody may have linked the same one at this moment.
      if ((await findIdentity(tx, authenticator, subject))?.userId !== userId)
        throw new HubError('identity_taken', { login: shownName(login) })
      if (owner === null) await audit(tx, clock.now(), actor, 'identity.link', user.name, { authenticator, login: shownName(login) })
    })

  /**
   * Takes a way in away, and ends all sessions but one: some may have begun that way. What was kept of its provider is forgotten.
   * Errors: identity_not_found, last_way_in.
   */
  const unlink = (userId: number, identityId: number, actor: Actor, keepLoginId: number | null): Promise<void> =>
    database.transaction(async (tx) => {
      await lockUser(tx, userId)
      const user = await requireUser(tx, userId)
      const { password, identities } = await waysOf(tx, userId)
      const gone = identities.find(({ id }) => id === identityId)
      if (gone === undefined) throw new HubError('identity_not_found')
      const isLeft = password || identities.some(({ id, works }) => works && id !== identityId)
      if (!isLeft) throw new HubError('last_way_in')
      await deleteIdentity(tx, identityId)
      if ((await findAuthCheck(tx, userId))?.authenticator === gone.authenticator) {
        await deleteAuthCheck(tx, userId)
        await updateUser(tx, userId, { authState: null })
      }
      await endSessionsOf(tx, userId, keepLoginId ?? undefined)
      await audit(tx, clock.now(), actor, 'identity.unlink', user.name, { authenticator: gone.authenticator, login: shownName(gone.login) })
    })

  return { list, link, unlink }
}
