import type { Selectable } from 'kysely'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { changedRows, readTexts } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** An OAuth client: one for each server, one for each service with a URL. `secretHash` is SHA-256 in hex. */
export type OAuthClient = {
  readonly id: string
  readonly secretHash: string
  readonly redirectUri: string
  readonly description: string
  readonly allowedScopes: readonly string[]
  readonly serverId: number | null
  readonly serviceId: number | null
}

/** An authorisation code that was given out and not redeemed. `codeHash` is SHA-256 in hex. */
export type OAuthCode = {
  readonly codeHash: string
  readonly clientId: string
  readonly userId: number
  readonly sessionId: string
  /** As sent with the authorisation request; null when it was left out there. */
  readonly redirectUri: string | null
  readonly scopes: readonly string[]
  readonly challenge: string | null
  readonly challengeMethod: 'S256' | 'plain' | null
  readonly expiresAt: IsoTime
}

const toClient = (row: Selectable<Schema['oauth_clients']>): OAuthClient => ({
  id: row.id,
  secretHash: row.secret_hash,
  redirectUri: row.redirect_uri,
  description: row.description,
  allowedScopes: readTexts(row.allowed_scopes),
  serverId: row.server_id,
  serviceId: row.service_id,
})

const toCode = (row: Selectable<Schema['oauth_codes']>): OAuthCode => ({
  codeHash: row.code_hash,
  clientId: row.client_id,
  userId: row.user_id,
  sessionId: row.session_id,
  redirectUri: row.redirect_uri,
  scopes: readTexts(row.scopes),
  challenge: row.challenge,
  challengeMethod: row.challenge_method,
  expiresAt: row.expires_at,
})

/** Keeps a client; one of the same id is replaced (its tokens and codes stay). */
export async function upsertClient(db: Db, client: OAuthClient): Promise<void> {
  const values = {
    id: client.id,
    secret_hash: client.secretHash,
    redirect_uri: client.redirectUri,
    description: client.description,
    allowed_scopes: JSON.stringify(client.allowedScopes),
    server_id: client.serverId,
    service_id: client.serviceId,
  }
  const { id: _, ...rest } = values
  await db
    .insertInto('oauth_clients')
    .values(values)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
    .execute()
}

/** The client of that id, or null. */
export async function findClient(db: Db, id: string): Promise<OAuthClient | null> {
  const row = await db.selectFrom('oauth_clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toClient(row)
}

/** Removes the client of a server, with its codes. */
export async function deleteClientOfServer(db: Db, serverId: number): Promise<void> {
  await db.deleteFrom('oauth_clients').where('server_id', '=', serverId).execute()
}

/** Removes the client of a service, unless it has this id. */
export async function deleteClientOfService(db: Db, serviceId: number, exceptId = ''): Promise<void> {
  await db.deleteFrom('oauth_clients').where('service_id', '=', serviceId).where('id', '!=', exceptId).execute()
}

/** Keeps a new code. */
export async function createCode(db: Db, code: OAuthCode): Promise<void> {
  await db
    .insertInto('oauth_codes')
    .values({
      code_hash: code.codeHash,
      client_id: code.clientId,
      user_id: code.userId,
      session_id: code.sessionId,
      redirect_uri: code.redirectUri,
      scopes: JSON.stringify(code.scopes),
      challenge: code.challenge,
      challenge_method: code.challengeMethod,
      expires_at: code.expiresAt,
    })
    .execute()
}

/** The code of that hash, expired or not, or null. Leaves it redeemable. */
export async function findCode(db: Db, codeHash: string): Promise<OAuthCode | null> {
  const row = await db.selectFrom('oauth_codes').selectAll().where('code_hash', '=', codeHash).executeTakeFirst()
  return row === undefined ? null : toCode(row)
}

/** Takes the code away and returns it; null for everybody but the first who asks. Compare `expiresAt` yourself. */
export async function consumeCode(db: Db, codeHash: string): Promise<OAuthCode | null> {
  const row = await db.deleteFrom('oauth_codes').where('code_hash', '=', codeHash).returningAll().executeTakeFirst()
  return row === undefined ? null : toCode(row)
}

/** Removes codes that have expired. Returns how many. */
export async function purgeCodes(db: Db, now: Ms): Promise<number> {
  return changedRows(await db.deleteFrom('oauth_codes').where('expires_at', '<', toIso(now)).executeTakeFirst())
}
