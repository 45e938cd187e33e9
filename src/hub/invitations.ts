import { isListed } from '../core/access-rules.ts'
import { HubError } from '../core/errors.ts'
import { toIso } from '../core/time.ts'
import type { IsoTime } from '../core/time.ts'
import { setCredential } from '../db/credentials.ts'
import type { Db } from '../db/database.ts'
import { consumeInvitation, createInvitation, deleteInvitation, findInvitation, openInvitations } from '../db/invitations.ts'
import type { Invitation } from '../db/invitations.ts'
import { createUser, findUser, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { refuseOnAdmin, refuseOnStronger, requireGoodPassword, requireName, requireUser } from './account-rules.ts'
import type { AccountsDeps } from './account-rules.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { endSessionsOf } from './sessions.ts'

const lifeMs = 7 * 86_400_000

/** A link that was made. `token` is the only copy of the secret. */
export type IssuedInvitation = { readonly token: string; readonly expiresAt: IsoTime; readonly user: User | null }

/** A link that can still be used, for the list of an administrator. */
export type OpenInvitation = { readonly id: number; readonly userName: string | null; readonly expiresAt: IsoTime }

/** One-time links by which people get an account, or a new password. */
export function createInvitations(deps: AccountsDeps) {
  const { database, clock, ids, passwords } = deps

  /**
   * Makes a link that lets somebody choose a password, once, for 7 days. A missing account is made; of several links for one account only the
   * newest works. `userName` null: whoever opens it chooses the name. Errors: bad_name, user_exists (a name that looks the same), admin_only.
   */
  const invite = async (userName: string | null, actor: Actor): Promise<IssuedInvitation> => {
    const name = userName === null ? null : requireName(userName.trim())
    return database.transaction(async (tx) => {
      const now = clock.now()
      const user = name === null ? null : await accountFor(tx, name)
      if (user !== null) refuseOnAdmin(deps, actor, user)
      if (user !== null) await refuseOnStronger(tx, actor, user)
      const token = ids.hex(24)
      const expiresAt = toIso(now + lifeMs)
      await createInvitation(tx, { hash: sha256Hex(token), userId: user?.id ?? null, createdBy: actor.userId, now, expiresAt })
      await audit(tx, now, actor, 'invitation.create', user?.name ?? '')
      return { token, expiresAt, user }
    })
  }

  const accountFor = async (tx: Db, name: string): Promise<User> => {
    const known = await findUser(tx, name)
    if (known !== null) return known
    const made = await createUser(tx, { name, now: clock.now() })
    if (made === null) throw new HubError('user_exists', { user: name })
    await giveDefaultRoles(tx, { userId: made.id }, false)
    return made
  }

  /** What the page of a link shows; null when it cannot be used. `userName` null: the form asks for it. */
  const readInvitation = async (token: string): Promise<{ readonly userName: string | null; readonly expiresAt: IsoTime } | null> => {
    const invitation = await findInvitation(database.db, sha256Hex(token), clock.now())
    if (invitation === null) return null
    const userName = invitation.userId === null ? null : (await requireUser(database.db, invitation.userId)).name
    return { userName, expiresAt: invitation.expiresAt }
  }

  /**
   * Uses a link: sets the password, lets the account in and ends its sessions. `userName` only counts when the link leaves the name open.
   * Errors: invitation_invalid, bad_name, user_exists, password_weak, account_blocked.
   */
  const acceptInvitation = async (form: {
    readonly token: string
    readonly userName: string | null
    readonly password: string
  }): Promise<User> => {
    const known = await readInvitation(form.token)
    if (known === null) throw new HubError('invitation_invalid')
    const name = known.userName ?? requireName((form.userName ?? '').trim())
    requireGoodPassword(deps, form.password, name)
    const passwordHash = await passwords.hash(form.password)
    return database.transaction(async (tx) => {
      const now = clock.now()
      const invitation = await consumeInvitation(tx, sha256Hex(form.token), now)
      if (invitation === null) throw new HubError('invitation_invalid')
      const user = await invitedUser(tx, invitation, name)
      if (user.status === 'blocked') throw new HubError('account_blocked')
      await setCredential(tx, { userId: user.id, passwordHash, now })
      await endSessionsOf(tx, user.id)
      await audit(tx, now, { label: `user ${user.name}`, admin: user.admin, userId: user.id }, 'invitation.accept', user.name)
      return (await updateUser(tx, user.id, { status: 'active' })) ?? user
    })
  }

  const invitedUser = async (tx: Db, invitation: Invitation, name: string): Promise<User> => {
    if (invitation.userId !== null) return requireUser(tx, invitation.userId)
    const { adminUsers, allowedUsers, blockedUsers } = deps.rules()
    const isReserved = [adminUsers, allowedUsers, blockedUsers].some((names) => isListed(names, name))
    const made = isReserved ? null : await createUser(tx, { name, now: clock.now() })
    if (made === null) throw new HubError('user_exists', { user: name })
    await giveDefaultRoles(tx, { userId: made.id }, false)
    return made
  }

  return { invite, readInvitation, acceptInvitation, ...createInvitationList(deps) }
}

function createInvitationList({ database, clock }: AccountsDeps) {
  /** Links that can still be used, newest first. */
  const listInvitations = async (): Promise<readonly OpenInvitation[]> => {
    const open = await openInvitations(database.db, clock.now())
    return Promise.all(
      open.map(async ({ id, userId, expiresAt }) => {
        const userName = userId === null ? null : (await requireUser(database.db, userId)).name
        return { id, userName, expiresAt }
      }),
    )
  }

  /** Takes a link back. Errors: invitation_invalid. */
  const revokeInvitation = (id: number, actor: Actor): Promise<void> =>
    database.transaction(async (tx) => {
      if (!(await deleteInvitation(tx, id))) throw new HubError('invitation_invalid')
      await audit(tx, clock.now(), actor, 'invitation.revoke', `${id}`)
    })

  return { listInvitations, revokeInvitation }
}
