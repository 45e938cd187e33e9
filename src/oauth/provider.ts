import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ids } from '../lib/ids.ts'
import { createAuthorize } from './authorize.ts'
import type { AuthorizeOutcome, AuthorizeRequest } from './authorize.ts'
import { createTokenExchange } from './token.ts'
import type { TokenOutcome } from './token.ts'

/** What the OAuth 2 provider works with. */
export type OAuthDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  /** Secret of the hub, 32 bytes, the same for every replica: the key that signs cookies. */
  readonly key: Uint8Array
  readonly options: {
    readonly tokenExpiresInSeconds: number
    readonly requirePkce: boolean
    /** Names of services that sign people in without asking them (`oauthNoConfirm`). */
    readonly trustedServices: ReadonlySet<string>
  }
}

/** The OAuth 2 provider for user servers and services: authorization code grant only. */
export type OAuthProvider = {
  authorize(request: AuthorizeRequest): Promise<AuthorizeOutcome>
  /** `form`: fields of the token request's body. */
  exchange(form: URLSearchParams): Promise<TokenOutcome>
}

/** The provider. Its rows are its only state, so any replica of the hub may answer. */
export const createOAuthProvider = (deps: OAuthDeps): OAuthProvider => ({
  authorize: createAuthorize(deps),
  exchange: createTokenExchange(deps),
})
