import { createHash, createHmac } from 'node:crypto'
import { checkExchange, checkTokenForm, parameter } from '../core/oauth-checks.ts'
import type { TokenProblem } from '../core/oauth-checks.ts'
import { toIso } from '../core/time.ts'
import { consumeCode, findClient, findCode } from '../db/oauth.ts'
import type { OAuthClient, OAuthCode } from '../db/oauth.ts'
import { sessionsOfUser } from '../db/sessions.ts'
import { createToken, deleteToken, findTokenByHash } from '../db/tokens.ts'
import { findUserById } from '../db/users.ts'
import { safeEqual, sha256Hex } from '../lib/secrets.ts'
import type { OAuthDeps } from './provider.ts'

/** A token as RFC 6749 §5.1 hands it over, or what is wrong. */
export type TokenOutcome =
  | { readonly kind: 'issued'; readonly accessToken: string; readonly expiresInSeconds: number; readonly scopes: readonly string[] }
  | ({ readonly kind: 'refused'; readonly status: 400 | 401 } & TokenProblem)

const refused = (problem: TokenProblem): TokenOutcome => ({
  kind: 'refused',
  status: problem.error === 'invalid_client' ? 401 : 400,
  ...problem,
})
const invalidGrant: TokenProblem = { error: 'invalid_grant', description: 'the code is not valid' }
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * The access token that a code turns into: 30 of A–Z a–z 0–9, known only to who holds both the code and the key of the hub. So a code that comes a second
 * time leads to the token that it made the first time, without anything being kept about used codes.
 */
function tokenOfCode(key: Uint8Array, code: string): string {
  let rest = BigInt(`0x${createHmac('sha256', key).update(`oauth access token:${code}`).digest('hex')}`)
  let token = ''
  while (token.length < 30) {
    token += alphabet[Number(rest % 62n)] ?? ''
    rest /= 62n
  }
  return token
}

const s256 = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** Exchanges codes for tokens (singleuser-and-web §2.6). */
export function createTokenExchange(deps: OAuthDeps): (form: URLSearchParams) => Promise<TokenOutcome> {
  const { database, clock } = deps
  return async (form) => {
    const malformed = checkTokenForm(form)
    if (malformed !== null) return refused(malformed)
    const client = await authenticateClient(deps, form)
    if (client === null) return refused({ error: 'invalid_client', description: 'client_id or client_secret is wrong' })
    const secret = parameter(form, 'code') ?? ''
    const code = await findCode(database.db, sha256Hex(secret))
    if (code === null) await revokeReplayed(deps, client, secret)
    const verifier = parameter(form, 'code_verifier')
    const problem = checkExchange({
      client: { ...client, hasSecret: true, requiresPkce: deps.options.requirePkce },
      code,
      redirectUri: parameter(form, 'redirect_uri'),
      verifier,
      verifierHash: verifier === null ? null : s256(verifier),
      now: clock.now(),
    })
    if (problem !== null || code === null) return refused(problem ?? invalidGrant)
    if (!(await isStillSignedIn(deps, code))) return refused(invalidGrant)
    return issueToken(deps, client, { code, secret })
  }
}

/** The client when id and secret fit, in the body only (RFC 6749 §2.3.1). */
async function authenticateClient(deps: OAuthDeps, form: URLSearchParams): Promise<OAuthClient | null> {
  const client = await findClient(deps.database.db, form.get('client_id') ?? '')
  const fits = safeEqual(sha256Hex(form.get('client_secret') ?? ''), client?.secretHash ?? '')
  return fits && client !== null && client.secretHash !== '' ? client : null
}

/** RFC 6749 §4.1.2: when a code comes twice, somebody else may have it; what it gave is taken back. */
async function revokeReplayed(deps: OAuthDeps, client: OAuthClient, secret: string): Promise<void> {
  const { database, clock, key } = deps
  const token = await findTokenByHash(database.db, sha256Hex(tokenOfCode(key, secret)), clock.now())
  if (token?.clientId === client.id) await deleteToken(database.db, token.id)
}

/** A code of a login that has ended meanwhile, or of an account that was blocked, gives nothing. */
async function isStillSignedIn(deps: OAuthDeps, code: OAuthCode): Promise<boolean> {
  const { db } = deps.database
  const user = await findUserById(db, code.userId)
  const sessions = await sessionsOfUser(db, code.userId)
  const now = toIso(deps.clock.now())
  return user?.status === 'active' && sessions.some((session) => session.sessionId === code.sessionId && session.expiresAt >= now)
}

type Redemption = { readonly code: OAuthCode; readonly secret: string }

/** Of several requests with the same code only one finds it. */
async function issueToken(deps: OAuthDeps, client: OAuthClient, { code, secret }: Redemption): Promise<TokenOutcome> {
  const { database, clock, options } = deps
  const accessToken = tokenOfCode(deps.key, secret)
  const expiresInSeconds = options.tokenExpiresInSeconds
  const isIssued = await database.transaction(async (tx) => {
    if ((await consumeCode(tx, code.codeHash)) === null) return false
    const expiresAt = toIso(clock.now() + expiresInSeconds * 1000)
    const { userId, sessionId, scopes } = code
    return (
      (await createToken(tx, {
        hash: sha256Hex(accessToken),
        userId,
        clientId: client.id,
        sessionId,
        scopes,
        note: '',
        now: clock.now(),
        expiresAt,
      })) !== null
    )
  })
  return isIssued ? { kind: 'issued', accessToken, expiresInSeconds, scopes: code.scopes } : refused(invalidGrant)
}
