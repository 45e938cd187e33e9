import type { Identity } from '../auth/authenticator.ts'
import { admittedName, decideAccess } from '../core/access.ts'
import type { AccessDecision } from '../core/access.ts'
import type { AccessRules } from '../core/access-rules.ts'
import { shownName } from '../core/names.ts'
import type { Ms } from '../core/time.ts'
import type { Db } from '../db/database.ts'
import { findIdentity, linkIdentity } from '../db/identities.ts'
import { createUser, findUserById, touchUser, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { ownershipOf } from './account-owner.ts'
import type { Claim, NameAuthority, Ownership } from './account-owner.ts'
import { dropForeignLinks, dropLinks } from './account-rules.ts'
import { audit, hubActor } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { refuse } from './login-outcome.ts'
import type { LoginOutcome } from './login-outcome.ts'
import { keepGroups } from './managed-groups.ts'

/** What the decision needs. */
export type AdmitDeps = { readonly clock: Clock; readonly rules: () => AccessRules; readonly authority: NameAuthority }

/** What a rule of the kind of authenticator adds: a hub that tries things out lets everybody in unless it names who. */
function rulesFor(identity: Identity, rules: AccessRules): AccessRules {
  if (identity.authenticator === 'dummy') return { ...rules, allowAll: rules.allowAll || rules.allowedUsers.size === 0 }
  return rules
}

/** How somebody who has an account already is judged: by its name, so that a new login elsewhere does not shake off a block. */
function judge(identity: Identity, rules: AccessRules, owner: Ownership, authority: NameAuthority): AccessDecision {
  const byName = identity.authenticator === authority.namesBy
  if (owner.kind !== 'tied') return decideAccess(identity, rules, { byName, exists: owner.kind === 'handed' })
  const mayUsePassword = owner.hasPassword && authority.keepsPasswords
  return decideAccess(
    { ...identity, userName: owner.account.name },
    { ...rules, userNameMap: new Map(), allowExistingUsers: rules.allowExistingUsers || mayUsePassword },
    { byName: true, exists: true },
  )
}

/** Lets an identity in, or not (auth-and-security §1.4), and brings its account up to date. Call it in a transaction of its own. */
export async function admitIn(tx: Db, deps: AdmitDeps, identity: Identity): Promise<LoginOutcome> {
  const { authority } = deps
  const now = deps.clock.now()
  const rules = rulesFor(identity, deps.rules())
  const { authenticator, subject, userName: login } = identity
  const name = admittedName(login, rules)
  if (name === null) return refuse('sign_in_failed')
  const claim = { authenticator, subject, name }
  const owner = await ownershipOf(tx, claim, rules, authority)
  const decision = judge(identity, rules, owner, authority)
  if (decision.kind === 'refused')
    return refuse(decision.reason, { reason: 'nobody has let this account in', listedAs: listedAs(identity, authority) })
  const user = await accountFor(tx, claim, owner, now)
  if (user === null) return refuse('name_taken', { user: name })
  if (user.status === 'pending') return refuse('account_pending')
  if (user.status === 'blocked') return refuse('account_blocked')
  const admin = await setAdmin(tx, user, decision.admin, now)
  if (decision.groups !== null) await keepGroups(tx, user.id, { authenticator, groups: decision.groups, rules })
  await touchUser(tx, user.id, now, 0)
  if (authenticator !== 'native') await linkIdentity(tx, { userId: user.id, authenticator, subject, login, now })
  if (owner.kind === 'handed') {
    await dropLinks(tx, user, now)
    await audit(tx, now, hubActor, 'identity.hand_over', user.name, { authenticator, login: shownName(login) })
  }
  return { kind: 'in', userId: user.id, userName: user.name, admin }
}

/** How the operator would write them on a list. */
export const listedAs = ({ authenticator, userName }: Identity, { namesBy }: NameAuthority): string =>
  authenticator === namesBy || authenticator === 'native' ? userName : `${authenticator}:${userName}`

/** Brings the flag and the role up to date. `wanted` null: as it is. Returns the flag. */
async function setAdmin(tx: Db, user: User, wanted: boolean | null, now: Ms): Promise<boolean> {
  const admin = wanted ?? user.admin
  await giveDefaultRoles(tx, { userId: user.id }, admin)
  if (admin === user.admin) return admin
  await updateUser(tx, user.id, { admin })
  if (admin) await dropForeignLinks(tx, user, now)
  await audit(tx, now, hubActor, admin ? 'user.make_admin' : 'user.unmake_admin', user.name)
  return admin
}

/** The account; a new one when the name is free. Null: it is somebody else's. */
async function accountFor(tx: Db, { authenticator, subject, name }: Claim, owner: Ownership, now: Ms): Promise<User | null> {
  if (owner.kind === 'tied' || owner.kind === 'handed') return owner.account
  if (owner.kind === 'taken') return null
  const made = await createUser(tx, { name, now })
  if (made !== null) return made
  // Somebody was faster: that is fine when it was the same person.
  const identity = await findIdentity(tx, authenticator, subject)
  return identity === null ? null : findUserById(tx, identity.userId)
}
