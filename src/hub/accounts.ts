import { HubError } from '../core/errors.ts'
import { parseUserName, shownName } from '../core/names.ts'
import type { Db } from '../db/database.ts'
import { createUser, isNameTaken, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import { createAccountPasswords } from './account-passwords.ts'
import { dropForeignLinks, lockAdmins, refuseGrant, refuseOnAdmin, requireAnAdmin, requireName, requireUser } from './account-rules.ts'
import type { AccountsDeps } from './account-rules.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { createInvitations } from './invitations.ts'
import { endSessionsOf } from './sessions.ts'
import { refuseActiveServers } from './refuse-active-servers.ts'
import { createRemoval } from './remove-account.ts'
import { createSetUp } from './set-up.ts'
import { createSignUp } from './sign-up.ts'

/** What may be changed of an account by the API. */
export type AccountEdit = { readonly name?: string | undefined; readonly admin?: boolean | undefined }

/** Use cases of accounts: set-up, sign-up, invitations, passwords, and what administrators do. Each deed is noted in the audit log. */
export type Accounts = ReturnType<typeof createAccounts>

/** Wires the use cases of accounts. */
export const createAccounts = (deps: AccountsDeps) => ({
  ...createEditing(deps),
  ...createAdmission(deps),
  ...createRemoval(deps),
  ...createSetUp(deps),
  ...createSignUp(deps),
  ...createInvitations(deps),
  ...createAccountPasswords(deps),
})

function createEditing(deps: AccountsDeps) {
  const { database, clock } = deps

  /**
   * Makes accounts; those that exist are left out. Returns the new ones in the order asked for.
   * Errors: bad_name (then none is made), user_exists (all of them exist), admin_only.
   */
  const create = async (names: readonly string[], admin: boolean, actor: Actor): Promise<readonly User[]> => {
    const wanted = requireNames(names)
    refuseGrant(deps, actor, admin, wanted)
    return database.transaction(async (tx) => {
      const now = clock.now()
      const made: User[] = []
      for (const name of wanted) {
        const user = await createUser(tx, { name, admin, now })
        if (user === null) continue
        await giveDefaultRoles(tx, { userId: user.id }, admin)
        await audit(tx, now, actor, 'user.create', name, { admin })
        made.push(user)
      }
      if (made.length === 0) throw new HubError('user_exists', { user: wanted.join(', ') })
      return made
    })
  }

  /**
   * Changes name or administrator flag. Errors: user_not_found, admin_only, bad_name, bad_request (the name is taken), forbidden (last administrator),
   * user_servers_active (a name does not change under a running server).
   */
  const edit = (userId: number, change: AccountEdit, actor: Actor): Promise<User> =>
    database.transaction(async (tx) => {
      await lockAdmins(tx)
      const user = await requireUser(tx, userId)
      refuseOnAdmin(deps, actor, user)
      const name = change.name === undefined ? user.name : requireName(change.name)
      refuseGrant(deps, actor, change.admin === true, [name])
      if (name !== user.name) await refuseRename(tx, user, name)
      const admin = change.admin ?? user.admin
      const edited = (await updateUser(tx, user.id, { name, admin })) ?? user
      await giveDefaultRoles(tx, { userId: user.id }, admin)
      if (user.admin && !admin) await requireAnAdmin(tx)
      const now = clock.now()
      if (admin && !user.admin) await dropForeignLinks(tx, user, now)
      if (admin !== user.admin) await audit(tx, now, actor, admin ? 'user.make_admin' : 'user.unmake_admin', edited.name)
      if (name !== user.name) await audit(tx, now, actor, 'user.rename', name, { from: user.name })
      return edited
    })

  /** Makes or unmakes an administrator. Errors: user_not_found, admin_only, forbidden (last administrator). */
  const setAdmin = (userId: number, admin: boolean, actor: Actor): Promise<User> => edit(userId, { admin }, actor)

  return { create, edit, setAdmin }
}

function createAdmission(deps: AccountsDeps) {
  const { database, clock } = deps

  /** Lets an account in that waits for approval or was blocked. Errors: user_not_found, admin_only. */
  const approve = (userId: number, actor: Actor): Promise<User> =>
    database.transaction(async (tx) => {
      const user = await requireUser(tx, userId)
      refuseOnAdmin(deps, actor, user)
      await audit(tx, clock.now(), actor, user.status === 'blocked' ? 'user.unblock' : 'user.approve', user.name)
      return (await updateUser(tx, user.id, { status: 'active' })) ?? user
    })

  /**
   * Shuts an account out: sessions and tokens end at once, servers go on until they are stopped.
   * Errors: user_not_found, admin_only, forbidden (oneself, or the last administrator).
   */
  const block = (userId: number, actor: Actor): Promise<User> =>
    database.transaction(async (tx) => {
      await lockAdmins(tx)
      const user = await requireUser(tx, userId)
      refuseOnAdmin(deps, actor, user)
      if (user.id === actor.userId) throw new HubError('forbidden', { reason: 'you cannot block yourself' })
      const blocked = (await updateUser(tx, user.id, { status: 'blocked' })) ?? user
      if (user.admin) await requireAnAdmin(tx)
      await endSessionsOf(tx, user.id)
      await audit(tx, clock.now(), actor, 'user.block', user.name)
      return blocked
    })

  /** Ends every session of an account. Errors: user_not_found, admin_only. */
  const endSessions = (userId: number, actor: Actor): Promise<void> =>
    database.transaction(async (tx) => {
      const user = await requireUser(tx, userId)
      refuseOnAdmin(deps, actor, user)
      await endSessionsOf(tx, user.id)
      await audit(tx, clock.now(), actor, 'session.end', user.name)
    })

  return { approve, block, endSessions }
}

function requireNames(raw: readonly string[]): readonly string[] {
  const parsed = raw.map((text) => ({ text, result: parseUserName(text) }))
  const bad = parsed.flatMap(({ text, result }) => (result.ok ? [] : [{ text, reason: result.reason }]))
  const [first] = bad
  if (first !== undefined) throw new HubError('bad_name', { name: bad.map(({ text }) => shownName(text)).join(', '), reason: first.reason })
  return [...new Set(parsed.flatMap(({ result }) => (result.ok ? [result.name] : [])))]
}

async function refuseRename(tx: Db, user: User, name: string): Promise<void> {
  if (await isNameTaken(tx, name, user.id)) throw new HubError('bad_request', { reason: `the name ${shownName(name)} is taken` })
  await refuseActiveServers(tx, user)
}
