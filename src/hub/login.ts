import type { Authenticator, Identity, PasswordAuthenticator } from '../auth/authenticator.ts'
import type { AccessRules } from '../core/access-rules.ts'
import { shownName } from '../core/names.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { nameAuthority } from './account-owner.ts'
import { audit, strangerAt } from './actor.ts'
import { admitIn, listedAs } from './admit.ts'
import { refuse } from './login-outcome.ts'
import type { LoginOutcome } from './login-outcome.ts'
import type { PasswordGate } from './password-gate.ts'

/** What signing in needs. `rules` is asked at every login, so that a changed list counts at once. */
export type LoginDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly authenticators: readonly Authenticator[]
  readonly rules: () => AccessRules
  readonly gate: PasswordGate
}

/** Signing in. A session is opened by the caller afterwards. */
export type Login = ReturnType<typeof createLogin>

/** Signs in through the configured authenticators, those with a form in their order. */
export function createLogin(deps: LoginDeps) {
  const { database, clock, gate } = deps
  const authority = nameAuthority(deps.authenticators)
  const admitting = { clock, rules: deps.rules, authority }
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
    const result = await database.transaction((tx) => admitIn(tx, admitting, identity))
    if (result.kind === 'in') await note(address, 'login.ok', result.userName)
    else await note(address, 'login.fail', listedAs(identity, authority), result.code)
    return result
  }

  /** Whether somebody who is signed in may still be: the same decision as at a sign-in, without a note of it. */
  const readmit = (identity: Identity): Promise<LoginOutcome> => database.transaction((tx) => admitIn(tx, admitting, identity))

  return { withPassword, admit, readmit }
}
