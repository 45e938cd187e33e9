import type { Selectable } from 'kysely'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { changedRows, readTexts } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** Client of tokens that were not obtained by OAuth. */
export const plainTokenClient = 'jupyterhub'

/** An API token; the secret itself is not kept. Exactly one of `userId` and `serviceId` is set. */
export type Token = {
  readonly id: number
  readonly userId: number | null
  readonly serviceId: number | null
  readonly clientId: string
  /** Browser session it was obtained in, for OAuth tokens. */
  readonly sessionId: string | null
  /** The server whose own token it is. */
  readonly serverId: number | null
  /** As granted, not expanded. */
  readonly scopes: readonly string[]
  readonly note: string
  readonly createdAt: IsoTime
  readonly lastActivityAt: IsoTime | null
  readonly expiresAt: IsoTime | null
}

/** What a new token is made of. `hash` is the SHA-256 of the secret in hex. */
export type NewToken = {
  readonly hash: string
  readonly userId?: number
  readonly serviceId?: number
  readonly clientId?: string
  readonly sessionId?: string | null
  readonly serverId?: number | null
  readonly scopes: readonly string[]
  readonly note: string
  readonly now: Ms
  readonly expiresAt?: IsoTime | null
}

const toToken = (row: Selectable<Schema['tokens']>): Token => ({
  id: row.id,
  userId: row.user_id,
  serviceId: row.service_id,
  clientId: row.client_id,
  sessionId: row.session_id,
  serverId: row.server_id,
  scopes: readTexts(row.scopes),
  note: row.note,
  createdAt: row.created_at,
  lastActivityAt: row.last_activity_at,
  expiresAt: row.expires_at,
})

/** Keeps a new token; null when the same secret is known already. */
export async function createToken(db: Db, token: NewToken): Promise<Token | null> {
  const row = await db
    .insertInto('tokens')
    .values({
      token_hash: token.hash,
      user_id: token.userId ?? null,
      service_id: token.serviceId ?? null,
      client_id: token.clientId ?? plainTokenClient,
      session_id: token.sessionId ?? null,
      server_id: token.serverId ?? null,
      scopes: JSON.stringify(token.scopes),
      note: token.note,
      created_at: toIso(token.now),
      expires_at: token.expiresAt ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toToken(row)
}

/** The token of that hash if it is still valid at `now`, or null. */
export async function findTokenByHash(db: Db, hash: string, now: Ms): Promise<Token | null> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('token_hash', '=', hash)
    .where((when) => when.or([when('expires_at', 'is', null), when('expires_at', '>=', toIso(now))]))
    .executeTakeFirst()
  return row === undefined ? null : toToken(row)
}

const jupyterHubMark = 'jupyterhub:'

/** How the token of a JupyterHub is kept until its first use here: by the beginning of the secret and JupyterHub's hash, for ours is not known before. */
export const jupyterHubKey = (prefix: string, hashed: string): string => `${jupyterHubMark}${prefix}:${hashed}`

/** Ids and JupyterHub's hashes of such tokens whose secret begins with the prefix. */
export async function jupyterHubTokens(db: Db, prefix: string): Promise<readonly { readonly id: number; readonly hashed: string }[]> {
  const key = jupyterHubKey(prefix, '')
  const rows = await db
    .selectFrom('tokens')
    .select(['id', 'token_hash'])
    .where('token_hash', '>=', key)
    .where('token_hash', '<', `${key}~`)
    .execute()
  return rows.map((row) => ({ id: row.id, hashed: row.token_hash.slice(key.length) }))
}

/** From now on the token is found by our hash of its secret. */
export async function setTokenHash(db: Db, id: number, hash: string): Promise<void> {
  await db.updateTable('tokens').set({ token_hash: hash }).where('id', '=', id).execute()
}

/** The token with that id, expired or not, or null. */
export async function findTokenById(db: Db, id: number): Promise<Token | null> {
  const row = await db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toToken(row)
}

const byActivity = (a: Token, b: Token): number => {
  const [first, second] = [a.lastActivityAt ?? a.createdAt, b.lastActivityAt ?? b.createdAt]
  return first === second ? a.id - b.id : first < second ? -1 : 1
}

/** Tokens of a user, the one unused for longest first. Includes expired ones until they are purged. */
export async function tokensOfUser(db: Db, userId: number): Promise<readonly Token[]> {
  const rows = await db.selectFrom('tokens').selectAll().where('user_id', '=', userId).execute()
  return rows.map(toToken).toSorted(byActivity)
}

/** Removes one token. False when there was none. */
export async function deleteToken(db: Db, id: number): Promise<boolean> {
  return changedRows(await db.deleteFrom('tokens').where('id', '=', id).executeTakeFirst()) > 0
}

/** Removes all tokens of a user except one. Returns how many. */
export async function deleteTokensOfUser(db: Db, userId: number, exceptId = 0): Promise<number> {
  return changedRows(await db.deleteFrom('tokens').where('user_id', '=', userId).where('id', '!=', exceptId).executeTakeFirst())
}

/** Removes the tokens that a server got for its run. */
export async function deleteServerTokens(db: Db, serverId: number): Promise<number> {
  return changedRows(await db.deleteFrom('tokens').where('server_id', '=', serverId).executeTakeFirst())
}

/** Removes tokens of a service that carry this note, but not the one of this hash. */
export async function deleteServiceTokens(db: Db, serviceId: number, note: string, exceptHash = ''): Promise<number> {
  const result = await db
    .deleteFrom('tokens')
    .where('service_id', '=', serviceId)
    .where('note', '=', note)
    .where('token_hash', '!=', exceptHash)
    .executeTakeFirst()
  return changedRows(result)
}

/** Removes the tokens obtained through an OAuth client, of one user or of all. */
export async function deleteTokensOfClient(db: Db, clientId: string, userId?: number): Promise<number> {
  const result = await db
    .deleteFrom('tokens')
    .where('client_id', '=', clientId)
    .$if(userId !== undefined, (remove) => remove.where('user_id', '=', userId ?? 0))
    .executeTakeFirst()
  return changedRows(result)
}

/** Removes the OAuth tokens that a user obtained in one browser session. */
export async function deleteSessionTokens(db: Db, userId: number, sessionId: string): Promise<number> {
  return changedRows(await db.deleteFrom('tokens').where('user_id', '=', userId).where('session_id', '=', sessionId).executeTakeFirst())
}

/** Notes use, forward only, and only when the noted time is older than `at - resolutionMs`. True when it was noted. */
export async function touchToken(db: Db, id: number, at: Ms, resolutionMs: number): Promise<boolean> {
  const result = await db
    .updateTable('tokens')
    .set({ last_activity_at: toIso(at) })
    .where('id', '=', id)
    .where((when) => when.or([when('last_activity_at', 'is', null), when('last_activity_at', '<', toIso(at - resolutionMs))]))
    .executeTakeFirst()
  return changedRows(result) > 0
}

/** Removes what has expired. Returns how many. */
export async function purgeExpired(db: Db, now: Ms): Promise<number> {
  return changedRows(await db.deleteFrom('tokens').where('expires_at', '<', toIso(now)).executeTakeFirst())
}
