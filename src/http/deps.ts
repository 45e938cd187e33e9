import type { Database } from '../db/database.ts'
import type { Accounts } from '../hub/accounts.ts'
import type { AuthStates } from '../hub/auth-state.ts'
import type { ServerEdits } from '../hub/edit-server.ts'
import type { ReportedActivity } from '../hub/note-activity.ts'
import type { FilesKeeper } from '../hub/keep-files.ts'
import type { HubOptions } from '../hub/options.ts'
import type { Login } from '../hub/login.ts'
import type { NoteSignIn } from '../hub/note-sign-in.ts'
import type { RedirectLogin } from '../hub/redirect-login.ts'
import type { Servers } from '../hub/servers.ts'
import type { Sessions } from '../hub/sessions.ts'
import type { Tokens } from '../hub/tokens.ts'
import type { WaysIn } from '../hub/ways-in.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { TrustedPeers } from './client-address.ts'
import type { XsrfGuard } from './csrf.ts'
import type { HttpMetrics } from './metrics.ts'
import type { StreamSlots } from './stream-slots.ts'

/** Options of the edge: a slice of the section `hub`. */
export type HttpOptions = Pick<
  HubOptions,
  | 'baseUrl'
  | 'subdomainHost'
  | 'allowNamedServers'
  | 'namedServerLimitPerUser'
  | 'apiPageDefaultLimit'
  | 'apiPageMaxLimit'
  | 'tokenExpiresInMaxSeconds'
  | 'slowSpawnTimeoutSeconds'
  | 'slowStopTimeoutSeconds'
  | 'cookieMaxAgeDays'
  | 'defaultUrl'
  | 'redirectToServer'
  | 'implicitSpawnSeconds'
  | 'useLegacyStoppedServerStatusCode'
  | 'language'
>

/** Everything that handlers of the edge may use. */
export type HttpDeps = {
  readonly options: HttpOptions
  /** Address that browsers use; null: taken from the request. */
  readonly publicUrl: URL | null
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly servers: Servers
  readonly serverEdits: ServerEdits
  readonly files: FilesKeeper
  readonly accounts: Accounts
  readonly authStates: AuthStates
  readonly noteActivity: (report: ReportedActivity) => Promise<void>
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly login: Login
  readonly redirectLogin: RedirectLogin
  readonly noteSignIn: NoteSignIn
  readonly waysIn: WaysIn
  readonly xsrf: XsrfGuard
  readonly trusted: TrustedPeers
  readonly streams: StreamSlots
  readonly metrics: HttpMetrics
  /** Shown by `GET /hub/api/info`. */
  readonly about: {
    readonly authenticator: { readonly class: string; readonly version: string }
    readonly spawner: { readonly class: string; readonly version: string }
  }
}

/** `/hub/` below the base URL. */
export const hubPrefixOf = (options: Pick<HttpOptions, 'baseUrl'>): string => `${options.baseUrl}hub/`
