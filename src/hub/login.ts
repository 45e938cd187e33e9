import type { Authenticator, Identity, PasswordAuthenticator } from '../auth/authenticator.ts'
import { admittedName, decideAccess } from '../core/access.ts'
import type { AccessRules } from '../core/access.ts'
import type { ErrorCode, ErrorDetail } from '../core/errors.ts'
import { shownName } from '../core/names.ts'
import type { Database, Db } from '../db/database.ts'
import { findIdentity, identitiesOfUser, linkIdentity } from '../db/identities.ts'
import { createUser, findUser, findUserById, touchUser, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { audit, strangerAt } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
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
      readonly code: Extract<ErrorCode, 'sign_in_failed' | 'rate_limited' | 'account_pending' | 'account_blocked' | 'forbidden'>
      readonly detail: ErrorDetail
    }

type Refused = Extract<LoginOutcome, { kind: 'refused' }>

const refuse = (code: Refused['code'], detail: ErrorDetail = {}): Refused => ({ kind: 'refused', code, detail })

/** Signing in. A session is opened by the caller afterwards. */
export type Login = ReturnType<typeof createLogin>

/** Signs in through the configured authenticators, those with a form in their order. */
export function createLogin(deps: LoginDeps) {
  const { database, clock, gate } = deps
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
    const result = await database.transaction((tx) => admitIn(tx, deps, identity))
    if (result.kind === 'in') await note(address, 'login.ok', result.userName)
    else await note(address, 'login.fail', identity.userName, result.code)
    return result
  }

  return { withPassword, admit }
}

/** An account of its own lets its owner in; a hub that tries things out lets everybody in unless it names who. */
function rulesFor(identity: Identity, rules: AccessRules): AccessRules {
  if (identity.authenticator === 'native') return { ...rules, allowExistingUsers: true }
  if (identity.authenticator === 'dummy') return { ...rules, allowAll: rules.allowAll || rules.allowedUsers.size === 0 }
  return rules
}

async function admitIn(tx: Db, deps: LoginDeps, identity: Identity): Promise<LoginOutcome> {
  const now = deps.clock.now()
  const rules = rulesFor(identity, deps.rules())
  const name = admittedName(identity.userName, rules)
  if (name === null) return refuse('sign_in_failed')
  const account = await accountOf(tx, identity, name)
  if (account === 'taken') return refuse('sign_in_failed')
  // A tied account is judged by its own name: a new login elsewhere does not shake off a block.
  const judged =
    account === null
      ? { who: identity, by: rules }
      : { who: { ...identity, userName: account.name }, by: { ...rules, userNameMap: new Map() } }
  const decision = decideAccess(judged.who, judged.by, () => account !== null)
  if (decision.kind === 'refused') return refuse(decision.reason, { reason: 'nobody has let this account in' })
  if (account?.status === 'pending') return refuse('account_pending')
  if (account?.status === 'blocked') return refuse('account_blocked')
  const user = account ?? (await createUser(tx, { name, now })) ?? (await findUser(tx, name))
  if (user === null) return refuse('sign_in_failed')
  const admin = decision.admin ?? user.admin
  if (admin !== user.admin) await updateUser(tx, user.id, { admin })
  await giveDefaultRoles(tx, { userId: user.id }, admin)
  await touchUser(tx, user.id, now, 0)
  const { authenticator, subject, userName: login } = identity
  if (authenticator !== 'native') await linkIdentity(tx, { userId: user.id, authenticator, subject, login, now })
  return { kind: 'in', userId: user.id, userName: user.name, admin }
}

/**
 * The account of an identity: the one it is tied to, else the one of its name, else null (to be made).
 * `taken`: the name belongs to another person of the same authenticator.
 */
async function accountOf(tx: Db, identity: Identity, name: string): Promise<User | 'taken' | null> {
  const { authenticator, subject } = identity
  if (authenticator === 'native') return findUserById(tx, Number(subject))
  const tied = await findIdentity(tx, authenticator, subject)
  if (tied !== null) return findUserById(tx, tied.userId)
  const user = await findUser(tx, name)
  if (user === null) return null
  const others = await identitiesOfUser(tx, user.id)
  return others.some((other) => other.authenticator === authenticator) ? 'taken' : user
}
