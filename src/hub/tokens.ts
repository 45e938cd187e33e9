import { HubError } from '../core/errors.ts'
import type { TokenFacts } from '../core/models.ts'
import { formatScopes } from '../core/scope-set.ts'
import { isKnownScope } from '../core/scope-text.ts'
import { exceeding, writtenScopes } from '../core/scopes.ts'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import type { Db } from '../db/database.ts'
import { findRole } from '../db/roles.ts'
import {
  createToken,
  deleteToken,
  deleteTokensOfClient,
  findTokenById,
  plainTokenClient,
  purgeExpired,
  tokensOfUser,
} from '../db/tokens.ts'
import type { Token } from '../db/tokens.ts'
import type { User } from '../db/users.ts'
import type { Ids } from '../lib/ids.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { audit } from './actor.ts'
import type { Actor } from './actor.ts'
import { createCredentialReader } from './credential-reader.ts'
import type { CredentialReaderDeps } from './credential-reader.ts'
import { groupFacts, holderOfToken, holderOfUser, issuerOf, scopesOfToken } from './principals.ts'

/** What tokens need. `tokenExpiresInMaxSeconds` 0: no limit. */
export type TokensDeps = CredentialReaderDeps & { readonly ids: Ids; readonly tokenExpiresInMaxSeconds: number }

/** What somebody asks for a new token. Both `scopes` and `roles` null: those of the role `token`. `expiresInSeconds` null or 0: as long as allowed. */
export type TokenRequest = {
  readonly note: string
  readonly expiresInSeconds: number | null
  readonly scopes: readonly string[] | null
  readonly roles: readonly string[] | null
}

/** Tokens and sessions turned into principals; API tokens made, listed and revoked. */
export type Tokens = ReturnType<typeof createTokens>

/** Keeps tokens in the database; nothing is remembered here. */
export const createTokens = (deps: TokensDeps) => ({ ...createCredentialReader(deps), ...createApiTokens(deps) })

function createApiTokens(deps: TokensDeps) {
  const { database, clock, ids } = deps
  const { db } = database

  /**
   * Makes an API token of a user. `secret` is the only copy.
   * Errors: scope_unknown, role_unknown, scope_exceeds_owner, bad_request (both scopes and roles; the time).
   */
  const issue = async (owner: User, request: TokenRequest, actor: Actor): Promise<{ readonly token: Token; readonly secret: string }> => {
    const scopes = await chooseScopes(db, request)
    await refuseExcess(db, owner, scopes)
    const secret = ids.hex(16)
    const expiresAt = expiryOf(request.expiresInSeconds, deps.tokenExpiresInMaxSeconds, clock.now())
    const token = await database.transaction(async (tx) => {
      const now = clock.now()
      const made = await createToken(tx, { hash: sha256Hex(secret), userId: owner.id, scopes, note: request.note, now, expiresAt })
      await audit(tx, now, actor, 'token.create', owner.name, { scopes, note: request.note.slice(0, 256), expiresAt })
      return made
    })
    if (token === null) throw new HubError('internal', { reference: 'token' })
    return { token, secret }
  }

  /** Tokens of a user that are still valid, the one unused for longest first. */
  const list = async (userId: number): Promise<readonly Token[]> => {
    await purgeExpired(db, clock.now())
    return tokensOfUser(db, userId)
  }

  /** A valid token of that user. Errors: token_not_found. */
  const find = async (userId: number, tokenId: number): Promise<Token> => {
    const token = await findTokenById(db, tokenId)
    const isOver = token?.expiresAt !== null && token?.expiresAt !== undefined && token.expiresAt < toIso(clock.now())
    if (token === null || token.userId !== userId || isOver) throw new HubError('token_not_found')
    return token
  }

  /** Ends a token; one obtained by OAuth takes all of the user's tokens of that client with it. Errors: token_not_found. */
  const revoke = async (owner: User, tokenId: number, actor: Actor): Promise<void> => {
    const token = await find(owner.id, tokenId)
    await database.transaction(async (tx) => {
      if (token.clientId === plainTokenClient) await deleteToken(tx, token.id)
      else await deleteTokensOfClient(tx, token.clientId, owner.id)
      await audit(tx, clock.now(), actor, 'token.revoke', owner.name, { id: token.id, client: token.clientId })
    })
  }

  /** What the model of a token shows: its scopes as they are at this moment, and who made it. */
  const factsOf = async (token: Token, ownerName: string): Promise<TokenFacts> => {
    const holder = await holderOfToken(db, token)
    const { client, accessScope } = await issuerOf(db, token)
    const scopes = holder === null ? [] : formatScopes(await scopesOfToken(db, token, holder, accessScope))
    const kind = token.serviceId === null ? 'user' : 'service'
    const named = client === null || client.description === '' ? token.clientId : client.description
    const oauthClient = token.clientId === plainTokenClient ? 'JupyterHub' : named
    const { id, note, createdAt, lastActivityAt, expiresAt, sessionId } = token
    return { id, note, createdAt, lastActivityAt, expiresAt, sessionId, scopes, oauthClient, owner: { kind, name: ownerName } }
  }

  return { issue, list, find, revoke, factsOf }
}

function expiryOf(asked: number | null, most: number, now: Ms): IsoTime | null {
  if (asked !== null && (!Number.isSafeInteger(asked) || asked < 0))
    throw new HubError('bad_request', { reason: 'expires_in must be a whole number of seconds' })
  if (most > 0 && asked !== null && asked > most) throw new HubError('bad_request', { reason: `expires_in must not exceed ${most}` })
  const seconds = asked === null || asked === 0 ? most : asked
  return seconds === 0 ? null : toIso(Math.min(now + seconds * 1000, Date.UTC(9999, 0)))
}

async function chooseScopes(db: Db, request: TokenRequest): Promise<readonly string[]> {
  const { scopes, roles } = request
  if (scopes !== null && roles !== null) throw new HubError('bad_request', { reason: 'scopes and roles exclude each other' })
  if (scopes === null) return scopesOfRoles(db, roles ?? ['token'])
  const unknown = scopes.find((scope) => !isKnownScope(scope))
  if (unknown !== undefined) throw new HubError('scope_unknown', { scope: unknown.slice(0, 256) })
  return [...new Set(scopes)]
}

async function scopesOfRoles(db: Db, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of names) {
    const role = await findRole(db, name)
    if (role === null && name === 'token') return ['inherit']
    if (role === null) throw new HubError('role_unknown', { role: name.slice(0, 256) })
    found.push(...role.scopes)
  }
  return [...new Set(found)]
}

async function refuseExcess(db: Db, owner: User, scopes: readonly string[]): Promise<void> {
  const holder = await holderOfUser(db, owner)
  const wanted = writtenScopes({ stored: scopes, owner: holder.owner })
  const excess = exceeding(wanted, holder.held, await groupFacts(db, wanted, holder.held))
  if (excess.length > 0) throw new HubError('scope_exceeds_owner', { scopes: excess.join(', '), owner: `User ${owner.name}` })
}
