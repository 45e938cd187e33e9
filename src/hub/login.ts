import type { Authenticator, Identity, PasswordAuthenticator } from '../auth/authenticator.ts'
import { admittedName, decideAccess } from '../core/access.ts'
import type { AccessDecision } from '../core/access.ts'
import type { AccessRules } from '../core/access-rules.ts'
import type { ErrorCode, ErrorDetail } from '../core/errors.ts'
import { shownName } from '../core/names.ts'
import type { Ms } from '../core/time.ts'
import type { Database, Db } from '../db/database.ts'
import { findIdentity, linkIdentity } from '../db/identities.ts'
import { createUser, findUserById, touchUser, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { nameAuthority, ownershipOf } from './account-owner.ts'
import type { Claim, NameAuthority, Ownership } from './account-owner.ts'
import { dropForeignLinks } from './account-rules.ts'
import { audit, hubActor, strangerAt } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { keepGroups } from './managed-groups.ts'
import type { PasswordGate } from './password-gate.ts'

/** What signing in needs. `rules` is asked at every login, so that a changed list counts at once. */
export type LoginDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly authenticators: readonly Authenticator[]
  readonly rules: () => AccessRules
  readonly gate: PasswordGate
}

/** How a login ends: in, as that account; or refused, with the code and detail of the error to show. */
export type LoginOutcome =
  | { readonly kind: 'in'; readonly userId: number; readonly userName: string; readonly admin: boolean }
  | {
      readonly kind: 'refused'
      readonly code: Extract<
        ErrorCode,
        'sign_in_failed' | 'name_taken' | 'rate_limited' | 'account_pending' | 'account_blocked' | 'forbidden'
      >
      readonly detail: ErrorDetail
    }

type Refused = Extract<LoginOutcome, { kind: 'refused' }>

const refuse = (code: Refused['code'], detail: ErrorDetail = {}): Refused => ({ kind: 'refused', code, detail })

/** Signing in. A session is opened by the caller afterwards. */
export type Login = ReturnType<typeof createLogin>

/** Signs in through the configured authenticators, those with a form in their order. */
export function createLogin(deps: LoginDeps) {
  const { database, clock, gate } = deps
  const authority = nameAuthority(deps.authenticators)
  const forms = deps.authenticators.filter((authenticator): authenticator is PasswordAuthenticator => authenticator.form === 'password')

  const identify = async (credentials: { userName: string; password: string }): Promise<Identity | null> => {
    for (const authenticator of forms) {
      const identity = await authenticator.authenticate(credentials)
      if (identity !== null) return identity
    }
    return null
  }

  const note = (address: string, action: string, target: string, code?: string): Promise<void> =>
    audit(database.db, clock.now(), strangerAt(address), action, shownName(target), code === undefined ? {} : { code })

  /** Signs in by name and password, as typed. Never throws for what somebody typed. */
  const withPassword = async (tried: {
    readonly userName: string
    readonly password: string
    readonly address: string
  }): Promise<LoginOutcome> => {
    const { address, password } = tried
    const userName = tried.userName.trim()
    const name = userName.slice(0, 1024).normalize('NFC').toLowerCase()
    const outcome = await gate.attempt({ name, address }, () => identify({ userName, password }))
    if (outcome.kind === 'limited') return refuse('rate_limited', { retryAfterSeconds: Math.ceil(outcome.retryAfterMs / 1000) })
    if (outcome.kind === 'wrong') {
      await note(address, 'login.fail', name, 'sign_in_failed')
      return refuse('sign_in_failed')
    }
    return admit(outcome.value, address)
  }

  /** Lets an identity in, or not (auth-and-security §1.4), and brings its account up to date. */
  const admit = async (identity: Identity, address: string): Promise<LoginOutcome> => {
    const result = await database.transaction((tx) => admitIn(tx, deps, authority, identity))
    if (result.kind === 'in') await note(address, 'login.ok', result.userName)
    else await note(address, 'login.fail', listedAs(identity, authority), result.code)
    return result
  }

  /** Whether somebody who is signed in may still be: the same decision as at a sign-in, without a note of it. */
  const readmit = (identity: Identity): Promise<LoginOutcome> => database.transaction((tx) => admitIn(tx, deps, authority, identity))

  return { withPassword, admit, readmit }
}

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

async function admitIn(tx: Db, deps: LoginDeps, authority: NameAuthority, identity: Identity): Promise<LoginOutcome> {
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
  if (owner.kind === 'handed') await audit(tx, now, hubActor, 'identity.hand_over', user.name, { authenticator, login: shownName(login) })
  return { kind: 'in', userId: user.id, userName: user.name, admin }
}

/** How the operator would write them on a list. */
const listedAs = ({ authenticator, userName }: Identity, { namesBy }: NameAuthority): string =>
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
