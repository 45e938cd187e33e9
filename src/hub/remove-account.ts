import { join } from 'node:path'
import { HubError } from '../core/errors.ts'
import { archiveName, placeOf } from '../core/left-files.ts'
import type { FileFate, LeftFiles } from '../core/left-files.ts'
import { shownName, userSlug } from '../core/names.ts'
import { toIso } from '../core/time.ts'
import type { Db } from '../db/database.ts'
import { decideLeftFiles, deleteLeftFiles, leftFilesOf, noteLeftFiles } from '../db/left-files.ts'
import { serversOfUser } from '../db/servers.ts'
import { deleteTokensOfUser } from '../db/tokens.ts'
import { deleteUser, lockUser, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import { lockAdmins, refuseOnAdmin, requireAnAdmin, requireUser } from './account-rules.ts'
import type { AccountsDeps } from './account-rules.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'
import { refuseActiveServers } from './refuse-active-servers.ts'

/** Use cases of people who go, and of the files that they leave. The hub looks after the files later; here is written what is wanted. */
export function createRemoval(deps: AccountsDeps) {
  const { database, clock, archiveDir } = deps

  const archiveOf = (fate: FileFate, userName: string): string | null =>
    fate === 'archive' ? join(archiveDir, archiveName(userSlug(userName), toIso(clock.now()))) : null

  /**
   * Removes an account with its tokens, sessions and stopped servers, and writes what is to become of its files; null: it never had any.
   * Errors: user_not_found, user_delete_self, admin_only, user_servers_active, forbidden (last administrator).
   */
  const remove = (userId: number, actor: Actor, fate: FileFate | null = 'keep'): Promise<LeftFiles | null> =>
    database.transaction(async (tx) => {
      await lockAdmins(tx)
      await lockUser(tx, userId)
      const user = await requireUser(tx, userId)
      if (user.id === actor.userId) throw new HubError('user_delete_self')
      refuseOnAdmin(deps, actor, user)
      await refuseActiveServers(tx, user)
      const left = fate === null ? null : await leave(tx, user, fate, actor)
      await deleteTokensOfUser(tx, user.id)
      await deleteUser(tx, user.id)
      if (user.admin) await requireAnAdmin(tx)
      await audit(tx, clock.now(), actor, 'user.remove', user.name, fate === null ? {} : { files: fate })
      return left
    })

  const leave = async (tx: Db, { id, name, homeName }: User, fate: FileFate, actor: Actor): Promise<LeftFiles> => {
    const serverNames = (await serversOfUser(tx, id)).map((server) => server.name)
    return noteLeftFiles(tx, {
      homeName,
      userName: name,
      serverNames: [...new Set(['', ...serverNames])],
      fate,
      askedBy: actor.label,
      archive: archiveOf(fate, name),
      now: clock.now(),
    })
  }

  /** Decides anew what becomes of files that somebody has left. Errors: those of `requireLeft`, files_busy. */
  const decideFiles = (name: string, fate: FileFate, actor: Actor): Promise<LeftFiles> =>
    database.transaction(async (tx) => {
      const left = await requireLeft(tx, name)
      const decision = { fate, state: 'waiting', archive: archiveOf(fate, left.userName), archivedAt: null } as const
      const patch = { ...decision, failure: null, failures: 0, retryAt: null }
      if (!(await decideLeftFiles(tx, left.id, clock.now(), patch))) throw new HubError('files_busy', { user: left.userName })
      await audit(tx, clock.now(), actor, 'files.decide', left.userName, { files: fate })
      return { ...left, ...patch }
    })

  /**
   * Gives an account the files that somebody has left in place of its own, which are then left in turn. `name`: that of the person who is gone, or
   * of the home; `own` null: the account is new and never had any. Errors: user_not_found, admin_only, user_servers_active, files_busy, and those of
   * `requireLeft`.
   */
  const takeFiles = (userId: number, name: string, actor: Actor, own: 'keep' | null = 'keep'): Promise<User> =>
    database.transaction(async (tx) => {
      if (!actor.admin) throw new HubError('admin_only', { reason: 'Only admins can hand over files' })
      await lockUser(tx, userId)
      const user = await requireUser(tx, userId)
      await refuseActiveServers(tx, user)
      const left = await requireLeft(tx, name)
      const isFree = (left.state === 'kept' || left.fate === 'keep') && (await deleteLeftFiles(tx, left.id, clock.now()))
      if (!isFree) throw new HubError('files_busy', { user: left.userName })
      if (own !== null) await leave(tx, user, own, actor)
      await audit(tx, clock.now(), actor, 'files.take', user.name, { from: left.userName, home: left.homeName })
      return (await updateUser(tx, user.id, { homeName: left.homeName })) ?? user
    })

  return { remove, decideFiles, takeFiles }
}

/** `ada`: the files of whoever was called so, when there are no others; `ada/1`, `ada/2`: by their place. Errors: files_not_found, files_ambiguous. */
async function requireLeft(tx: Db, name: string): Promise<LeftFiles> {
  const found = await leftFilesOf(tx, name.replace(/\/1$/, ''))
  const meant = name.includes('/') ? found.filter(({ homeName }) => homeName === name.replace(/\/1$/, '')) : found
  const [left, ...others] = meant
  if (left === undefined) throw new HubError('files_not_found', { user: shownName(name) })
  if (others.length > 0) throw new HubError('files_ambiguous', { user: shownName(name), places: meant.map(placeOf).join(', ') })
  return left
}
