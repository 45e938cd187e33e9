import type { RedirectAuthenticator } from '../../src/auth/authenticator.ts'
import { createAuthenticators } from '../../src/auth/registry.ts'
import type { AuthenticatorOptions } from '../../src/auth/registry.ts'
import { accessRules } from '../../src/core/access-rules.ts'
import type { AccessRules, AccessSettings } from '../../src/core/access-rules.ts'
import { HubError } from '../../src/core/errors.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { Database, DialectName } from '../../src/db/database.ts'
import { findUser } from '../../src/db/users.ts'
import type { User } from '../../src/db/users.ts'
import type { AccountsDeps } from '../../src/hub/account-rules.ts'
import { createAccounts } from '../../src/hub/accounts.ts'
import type { Accounts } from '../../src/hub/accounts.ts'
import { hubActor } from '../../src/hub/actor.ts'
import type { Actor } from '../../src/hub/actor.ts'
import { createCredentialStore } from '../../src/hub/credential-store.ts'
import { createLogin } from '../../src/hub/login.ts'
import type { Login } from '../../src/hub/login.ts'
import type { LoginOutcome } from '../../src/hub/login-outcome.ts'
import { createPasswordGate } from '../../src/hub/password-gate.ts'
import type { GateLimits } from '../../src/hub/password-gate.ts'
import { createSessions } from '../../src/hub/sessions.ts'
import type { Sessions } from '../../src/hub/sessions.ts'
import { createTokens } from '../../src/hub/tokens.ts'
import type { Tokens } from '../../src/hub/tokens.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { createPasswords } from '../../src/lib/passwords.ts'
import { freshDatabase } from './databases.ts'

/** A clock that stands still until it is moved. */
export type MovableClock = Clock & { move(ms: number): void }

/** How a world differs from the usual one. */
export type WorldOptions = {
  readonly authenticators?: readonly AuthenticatorOptions[]
  /** Ids of authenticators that send the browser elsewhere, after the others. Identities of theirs are given to `login.admit`. */
  readonly elsewhere?: readonly string[]
  readonly accounts?: Partial<AccountsDeps['options']>
  readonly limits?: GateLimits
  readonly tokenExpiresInMaxSeconds?: number
}

/** The people side of a hub on a database of its own. */
export type PeopleWorld = {
  readonly database: Database
  readonly clock: MovableClock
  readonly accounts: Accounts
  readonly login: Login
  readonly sessions: Sessions
  readonly tokens: Tokens
  /** Changes who may sign in. */
  readonly allow: (settings: AccessSettings) => void
  /** An active account with that password. */
  readonly person: (name: string, password: string, as?: { readonly admin?: boolean }) => Promise<User>
  /** Signs in from an address. */
  readonly signIn: (userName: string, password: string, address?: string) => Promise<LoginOutcome>
  /** The account as an actor. */
  readonly actor: (user: User) => Actor
}

const nativeEntry = {
  kind: 'native',
  enableSignup: true,
  openSignup: false,
  minimumPasswordLength: 10,
  checkCommonPasswords: true,
} as const
const usualOptions = { enableSignup: true, openSignup: false, minimumPasswordLength: 10, checkCommonPasswords: true }

/** Nobody is sent there: tests bring the identities themselves. */
function silentAuthenticator(id: string): RedirectAuthenticator {
  const silent = (): Promise<never> => Promise.reject(new Error('nobody is sent there'))
  const settings = { callbackUrl: null, autoLogin: false, authRefreshAgeSeconds: 0, authRefreshGraceSeconds: 0, enableAuthState: false }
  return { kind: 'github', id, form: 'redirect', title: id, settings, begin: silent, finish: silent }
}

/** Starts at the second of January 2026. */
export function movableClock(): MovableClock {
  let now = Date.UTC(2026, 0, 2)
  return { now: () => now, monotonic: () => performance.now(), sleep: () => Promise.resolve(), move: (ms) => void (now += ms) }
}

/** Everything about people, wired as in the hub. */
export async function peopleWorld(dialect: DialectName = 'sqlite', options: WorldOptions = {}): Promise<PeopleWorld> {
  const database = await freshDatabase(dialect)
  const clock = movableClock()
  const [ids, passwords] = [systemIds, createPasswords()]
  let current: AccessRules = accessRules({}).rules
  const rules = (): AccessRules => current
  const gate = createPasswordGate({ database, clock, ...(options.limits === undefined ? {} : { limits: options.limits }) })
  const credentials = createCredentialStore({ database, clock })
  const forms = createAuthenticators(options.authenticators ?? [nativeEntry], { credentials, passwords, clock })
  const authenticators = [...forms, ...(options.elsewhere ?? []).map(silentAuthenticator)]
  const sessions = createSessions({ database, clock, ids })
  const accounts = createAccounts({
    database,
    clock,
    ids,
    passwords,
    gate,
    rules,
    options: { ...usualOptions, ...options.accounts },
    archiveDir: '/nowhere',
  })
  const login = createLogin({ database, clock, authenticators, rules, gate })
  const tokens = createTokens({ database, clock, ids, sessions, tokenExpiresInMaxSeconds: options.tokenExpiresInMaxSeconds ?? 0 })

  const person = async (name: string, password: string, as: { readonly admin?: boolean } = {}): Promise<User> => {
    await accounts.create([name], as.admin ?? false, hubActor)
    const user = await findUser(database.db, name)
    if (user === null) throw new Error(`no account ${name}`)
    await accounts.setPassword(user.id, password, hubActor)
    return user
  }

  return {
    database,
    clock,
    accounts,
    login,
    sessions,
    tokens,
    person,
    allow: (settings) => void (current = accessRules(settings).rules),
    signIn: (userName, password, address = '192.0.2.1') => login.withPassword({ userName, password, address }),
    actor: (user) => ({ label: `user ${user.name}`, admin: user.admin, userId: user.id }),
  }
}

/** For `assert.rejects`: an error of the hub with this code. */
export const withCode =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    error instanceof HubError && error.code === code
