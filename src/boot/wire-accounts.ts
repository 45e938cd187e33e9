import { join } from 'node:path'
import type { Authenticator } from '../auth/authenticator.ts'
import { nativeOptions } from '../auth/options.ts'
import { createAuthenticators } from '../auth/registry.ts'
import { createAccounts } from '../hub/accounts.ts'
import type { Accounts } from '../hub/accounts.ts'
import { createCredentialStore } from '../hub/credential-store.ts'
import { createAuthFreshness } from '../hub/auth-freshness.ts'
import { createAuthStates } from '../hub/auth-state.ts'
import type { AuthStates } from '../hub/auth-state.ts'
import { createLogin } from '../hub/login.ts'
import type { Login } from '../hub/login.ts'
import { createNoteSignIn } from '../hub/note-sign-in.ts'
import type { NoteSignIn } from '../hub/note-sign-in.ts'
import { createPasswordGate } from '../hub/password-gate.ts'
import { createRedirectLogin } from '../hub/redirect-login.ts'
import type { RedirectLogin } from '../hub/redirect-login.ts'
import { createRulesSource } from '../hub/rules-source.ts'
import { createSessions } from '../hub/sessions.ts'
import type { Sessions } from '../hub/sessions.ts'
import { createTokens } from '../hub/tokens.ts'
import type { Tokens } from '../hub/tokens.ts'
import { createWaysIn } from '../hub/ways-in.ts'
import type { WaysIn } from '../hub/ways-in.ts'
import { systemIds } from '../lib/ids.ts'
import { createPasswords } from '../lib/passwords.ts'
import type { LoadedConfig } from './load-config.ts'
import { vaultOf } from './vault.ts'
import type { HubParts } from './wire-hub.ts'

/** Everything about who somebody is. */
export type WiredAccounts = {
  readonly accounts: Accounts
  readonly authenticators: readonly Authenticator[]
  readonly login: Login
  readonly redirectLogin: RedirectLogin
  readonly noteSignIn: NoteSignIn
  readonly waysIn: WaysIn
  readonly authStates: AuthStates
  readonly sessions: Sessions
  readonly tokens: Tokens
  /** Options of accounts that the hub keeps itself. */
  readonly accountOptions: ReturnType<typeof nativeDefaults>
}

const dayMs = 86_400_000

type AccountParts = Pick<HubParts, 'database' | 'clock' | 'loaded' | 'log' | 'secrets'>

/** Accounts, sign-in, sessions and tokens. */
export function wireAccounts({ database, clock, loaded, log, secrets }: AccountParts): WiredAccounts {
  const { config } = loaded
  const ids = systemIds
  const passwords = createPasswords()
  const gate = createPasswordGate({ database, clock })
  const { userlist = null, ...settings } = config.access
  const rules = createRulesSource({ settings, userlist, onProblem: (problem) => log.warn('access.ignored', { problem }) })
  const native = config.authenticators.find((entry) => entry.kind === 'native')
  const options = { ...nativeDefaults(), ...native }
  const maxAgeMs = config.hub.cookieMaxAgeDays * dayMs
  const sessions = createSessions({ database, clock, ids, maxAgeMs, idleMs: maxAgeMs })
  const authenticators = createAuthenticators(config.authenticators, {
    credentials: createCredentialStore({ database, clock }),
    passwords,
    clock,
  })
  const vault = vaultOf(loaded, secrets)
  const login = createLogin({ database, clock, authenticators, rules, gate })
  const authStates = createAuthStates({ database, vault, authenticators })
  return {
    authenticators,
    accountOptions: options,
    sessions,
    accounts: createAccounts({ database, clock, ids, passwords, gate, rules, options, archiveDir: archiveDirOf(loaded) }),
    login,
    redirectLogin: createRedirectLogin({ database, clock, ids, vault, authenticators }),
    noteSignIn: createNoteSignIn({ database, clock, authStates }),
    waysIn: createWaysIn({ database, clock, authenticators, rules }),
    authStates,
    tokens: createTokens({
      database,
      clock,
      ids,
      sessions,
      tokenExpiresInMaxSeconds: config.hub.tokenExpiresInMaxSeconds,
      isFresh: createAuthFreshness({ database, clock, log, authenticators, authStates, login }),
      activityResolutionMs: config.hub.activityResolutionSeconds * 1000,
    }),
  }
}

/** Folder for archives of files. */
const archiveDirOf = ({ config, dataDir }: LoadedConfig): string => config.hub.archiveDir ?? join(dataDir, 'archive')

/** Without the native authenticator accounts can still be made by administrators; then its defaults count. */
function nativeDefaults() {
  const { enableSignup, openSignup, minimumPasswordLength, checkCommonPasswords } = nativeOptions.options
  return {
    enableSignup: enableSignup.default,
    openSignup: openSignup.default,
    minimumPasswordLength: minimumPasswordLength.default,
    checkCommonPasswords: checkCommonPasswords.default,
  }
}
