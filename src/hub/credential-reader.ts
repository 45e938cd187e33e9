import type { Principal } from '../core/principal.ts'
import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { deleteToken, findTokenByHash, plainTokenClient, touchToken } from '../db/tokens.ts'
import type { Token } from '../db/tokens.ts'
import { touchUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { adoptJupyterHubToken } from './jupyterhub-tokens.ts'
import { holderOfToken, holderOfUser, issuerOf, scopesOfToken } from './principals.ts'
import type { Holder } from './principals.ts'
import type { Sessions } from './sessions.ts'

/** What reading credentials needs. `activityResolutionMs`: activity is written at most this often (30 s when not given). */
export type CredentialReaderDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly sessions: Sessions
  readonly activityResolutionMs?: Ms
  /** Does the sign-in of an account still count? Always, when not given. */
  readonly isFresh?: (userId: number) => Promise<boolean>
}

/** Turns what a request carries into who asks, and notes that they were here. */
export type CredentialReader = ReturnType<typeof createCredentialReader>

const always = (): Promise<boolean> => Promise.resolve(true)

/** Reads credentials from the database. */
export function createCredentialReader(deps: CredentialReaderDeps) {
  const { database, clock, sessions, activityResolutionMs = 30_000, isFresh = always } = deps
  const { db } = database

  /** Who holds the token, with what it may do now; notes the use. Null: unknown, expired, or its owner may not sign in. */
  const ofToken = async (secret: string): Promise<Principal | null> => {
    const now = clock.now()
    const hash = sha256Hex(secret)
    const token =
      (await findTokenByHash(db, hash, now)) ?? ((await adoptJupyterHubToken(db, secret)) ? await findTokenByHash(db, hash, now) : null)
    if (token === null) return null
    const [holder, { client, accessScope }] = await Promise.all([holderOfToken(db, token), issuerOf(db, token)])
    // rest-api §4.1: what an application obtained ends with the application.
    if (client === null && token.clientId !== plainTokenClient) {
      await deleteToken(db, token.id)
      return null
    }
    if (holder === null) return null
    // What a server does for itself goes on; nobody is signed in by it.
    if (holder.kind === 'user' && token.serverId === null && !(await isFresh(holder.id))) return null
    const scopes = await scopesOfToken(db, token, holder, accessScope)
    const tokenIsServer = token.serverId !== null
    await noteUse(token, holder, now)
    const { kind, id, name, admin, groups } = holder
    return {
      kind,
      id,
      name,
      admin,
      groups,
      scopes,
      via: 'token',
      tokenId: token.id,
      sessionId: token.sessionId,
      loginId: null,
      tokenIsServer,
    }
  }

  /** What a server does with its own token is no activity of its user. */
  const noteUse = async (token: Token, holder: Holder, now: Ms): Promise<void> => {
    if (token.lastActivityAt !== null && token.lastActivityAt >= toIso(now - activityResolutionMs)) return
    await touchToken(db, token.id, now, activityResolutionMs)
    if (holder.kind === 'user' && token.serverId === null) await touchUser(db, holder.id, now, activityResolutionMs)
  }

  /** Who is signed in by this login cookie; notes the activity. Null: unknown, over, or the account may not sign in. */
  const ofSession = async (cookieValue: string): Promise<Principal | null> => {
    const found = await sessions.find(cookieValue)
    if (found === null) return null
    const { user, session } = found
    if (!(await isFresh(user.id))) return null
    const now = clock.now()
    if (user.lastActivityAt === null || user.lastActivityAt < toIso(now - activityResolutionMs))
      await touchUser(db, user.id, now, activityResolutionMs)
    const { kind, id, name, admin, groups, held } = await holderOfUser(db, user)
    const { sessionId, id: loginId } = session
    return { kind, id, name, admin, groups, scopes: held, via: 'cookie', tokenId: null, sessionId, loginId, tokenIsServer: false }
  }

  /** Everything a user may do, without a login: for tokens asked for with name and password in the request. */
  const ofUser = async (user: User): Promise<Principal> => {
    const { kind, id, name, admin, groups, held } = await holderOfUser(db, user)
    return {
      kind,
      id,
      name,
      admin,
      groups,
      scopes: held,
      via: 'token',
      tokenId: null,
      sessionId: null,
      loginId: null,
      tokenIsServer: false,
    }
  }

  return { ofToken, ofSession, ofUser }
}
