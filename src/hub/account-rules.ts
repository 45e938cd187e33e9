import { isListed } from '../core/access-rules.ts'
import type { AccessRules } from '../core/access-rules.ts'
import { HubError } from '../core/errors.ts'
import { parseUserName, shownName } from '../core/names.ts'
import { checkPassword } from '../core/password-rules.ts'
import type { PasswordRules } from '../core/password-rules.ts'
import type { Ms } from '../core/time.ts'
import { builtinRoles } from '../core/roles.ts'
import { exceeding, ownerScopes } from '../core/scopes.ts'
import type { Database, Db } from '../db/database.ts'
import { deleteInvitation, openInvitations } from '../db/invitations.ts'
import { waitForTurn } from '../db/settings.ts'
import { rolesOfUser } from '../db/roles.ts'
import { countUsers, findUserById, groupsOfUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ids } from '../lib/ids.ts'
import type { Passwords } from '../lib/passwords.ts'
import type { Actor } from './actor.ts'
import { groupFacts, holderOfUser } from './principals.ts'
import type { PasswordGate } from './password-gate.ts'

/** What the use cases of accounts need. */
export type AccountsDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly passwords: Passwords
  readonly gate: PasswordGate
  /** Absolute path of the folder for archives of files. */
  readonly archiveDir: string
  readonly rules: () => AccessRules
  readonly options: {
    readonly enableSignup: boolean
    readonly openSignup: boolean
    readonly minimumPasswordLength: number
    readonly checkCommonPasswords: boolean
  }
}

/** The normalised name. Errors: bad_name. */
export function requireName(raw: string): string {
  const parsed = parseUserName(raw)
  if (!parsed.ok) throw new HubError('bad_name', { name: shownName(raw), reason: parsed.reason })
  return parsed.name
}

/** Errors: password_weak. */
export function requireGoodPassword(deps: AccountsDeps, password: string, userName: string): void {
  const { minimumPasswordLength: minimumLength, checkCommonPasswords: checkCommon } = deps.options
  const rules: PasswordRules = { minimumLength, checkCommon }
  const verdict = checkPassword(password, userName, rules)
  if (!verdict.ok) throw new HubError('password_weak', { reason: verdict.reason, minimum: minimumLength })
}

/** Errors: user_not_found. */
export async function requireUser(db: Db, id: number): Promise<User> {
  const user = await findUserById(db, id)
  if (user === null) throw new HubError('user_not_found', { user: `${id}` })
  return user
}

/**
 * Errors: admin_only, when somebody who is no administrator would get into an account by which more can be done than by their own,
 * apart from what everybody may do with what is theirs.
 */
export async function refuseOnStronger(tx: Db, actor: Actor, user: User): Promise<void> {
  if (actor.admin) return
  const self = actor.userId === null ? null : await findUserById(tx, actor.userId)
  const held = self === null ? ownerScopes({ kind: 'user', name: '', groups: [] }, []) : (await holderOfUser(tx, self)).held
  const special = (await rolesOfUser(tx, user.id)).filter((role) => role.name !== builtinRoles.user.name)
  const owner = { kind: 'user', name: user.name, groups: await groupsOfUser(tx, user.id) } as const
  const wanted = ownerScopes(
    owner,
    special.map((role) => role.scopes),
  )
  if (exceeding(wanted, held, await groupFacts(tx, wanted, held)).length > 0)
    throw new HubError('admin_only', { reason: 'Only admins can give access to an account with more rights' })
}

type Naming = Pick<AccountsDeps, 'rules'>

/** Errors: admin_only, when somebody who is no administrator acts on one, or on somebody whom the configuration makes one at the next sign-in. */
export function refuseOnAdmin(deps: Naming, actor: Actor, user: Pick<User, 'admin' | 'name'>): void {
  if (!actor.admin && (user.admin || isListed(deps.rules().adminUsers, user.name)))
    throw new HubError('admin_only', { reason: 'Only admins can modify other admins' })
}

/** Errors: admin_only, when somebody who is no administrator makes one: by the flag, or by a name that the configuration makes one. */
export function refuseGrant(deps: Naming, actor: Actor, admin: boolean, names: readonly string[] = []): void {
  if (actor.admin) return
  const { adminUsers } = deps.rules()
  if (admin || names.some((name) => isListed(adminUsers, name)))
    throw new HubError('admin_only', { reason: 'Only admins can grant admin permissions' })
}

/**
 * Lets one transaction at a time change who is an administrator. Call it first.
 * Afterwards `requireAnAdmin` says whether the change may stay.
 */
export const lockAdmins = (tx: Db): Promise<void> => waitForTurn(tx, 'admins')

/** Errors: forbidden, when nobody is left who could let the others in again. */
export async function requireAnAdmin(tx: Db): Promise<void> {
  if ((await countUsers(tx, 'active_admins')) === 0) throw new HubError('forbidden', { reason: 'somebody has to stay an administrator' })
}

/** The account has found its owner: a link by which somebody else could choose a password counts no more. */
export async function dropLinks(tx: Db, user: User, now: Ms): Promise<void> {
  for (const { id, userId } of await openInvitations(tx, now)) if (userId === user.id) await deleteInvitation(tx, id)
}

/** Whoever is no administrator must not hold a link to the account of one. */
export async function dropForeignLinks(tx: Db, user: User, now: Ms): Promise<void> {
  const links = (await openInvitations(tx, now)).filter((link) => link.userId === user.id)
  for (const { id, createdBy } of links) {
    const creator = createdBy === null ? null : await findUserById(tx, createdBy)
    if (creator?.admin !== true) await deleteInvitation(tx, id)
  }
}
