import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** An answer of the provider; a function writes it itself. */
export type ProviderAnswer =
  | { readonly status?: number; readonly type?: string; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | ((response: ServerResponse) => void)

/** What may be different from an honest provider. */
export type Hostility = {
  /** The id_token for the claims that an honest provider would sign. */
  readonly idToken?: (claims: Readonly<Record<string, unknown>>, keys: ProviderKeys) => string | undefined
  userinfo?: ProviderAnswer | undefined
  /** Each answer of the token endpoint brings a new one, and only the newest counts. */
  readonly refreshTokens?: boolean
  readonly token?: ProviderAnswer
  readonly discovery?: (honest: Readonly<Record<string, unknown>>) => ProviderAnswer
  /** Claims of an honest id_token, to begin with. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Keys of the provider, and one that it does not know. */
export type ProviderKeys = { readonly own: KeyObject; readonly foreign: KeyObject; readonly url: string; readonly clientSecret: string }

const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A signed token; `payload` may be the JSON text itself. */
export function signed(header: Readonly<Record<string, unknown>>, payload: unknown, key: KeyObject): string {
  const input = `${base64(header)}.${base64(payload)}`
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

/** The same with a shared secret. */
export function signedBySecret(header: Readonly<Record<string, unknown>>, payload: unknown, secret: string | Buffer): string {
  const input = `${base64(header)}.${base64(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** How the provider signs. */
export const honestHeader = { alg: 'RS256', kid: 'own', typ: 'JWT' } as const

/** The public half, as JWK and as text. */
export const publicOf = (key: KeyObject) => {
  const half = createPublicKey(key)
  return { jwk: half.export({ format: 'jwk' }), pem: half.export({ format: 'pem', type: 'spki' }) }
}

/** A provider that signs everybody in as alice without asking, and does what it is told to do wrong. */
export async function startHostileProvider(hostility: Hostility = {}) {
  const requests: string[] = []
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const [clientId, clientSecret] = ['orrery', 'the-secret-of-the-hub-0123456789']
  const keys = { own, foreign, url, clientSecret }
  const metadata = {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    userinfo_endpoint: `${url}/userinfo`,
    jwks_uri: `${url}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    // It even says that it does all of this.
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  }
  let nonce = ''
  const person = { sub: 'alice-1', preferred_username: 'alice', email: 'alice@school.example', email_verified: true }

  const idToken = (): string | undefined => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: url, aud: clientId, exp: now + 300, iat: now, nonce, ...person, ...hostility.claims }
    return hostility.idToken === undefined ? signed(honestHeader, claims, own) : hostility.idToken(claims, keys)
  }
  let given = 0
  const tokens = (): ProviderAnswer => {
    given += 1
    const refresh = hostility.refreshTokens === true ? { refresh_token: `rt-${given}` } : {}
    return { body: JSON.stringify({ access_token: 'at', token_type: 'Bearer', expires_in: 300, id_token: idToken(), ...refresh }) }
  }
  const renewal = (body: string): ProviderAnswer =>
    new URLSearchParams(body).get('refresh_token') === `rt-${given}` ? tokens() : { status: 400, body: '{"error":"invalid_grant"}' }
  const answers: Readonly<Record<string, () => ProviderAnswer>> = {
    '/.well-known/openid-configuration': () => hostility.discovery?.(metadata) ?? { body: JSON.stringify(metadata) },
    '/jwks': () => ({ body: JSON.stringify({ keys: [{ ...publicOf(own).jwk, kid: 'own', use: 'sig', alg: 'RS256' }] }) }),
    '/token': () => hostility.token ?? tokens(),
    '/userinfo': () => hostility.userinfo ?? { body: JSON.stringify({ ...person, ...hostility.claims }) },
  }
  server.on('request', (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    requests.push(path)
    const answer = (body: string): void => {
      const isRenewal = path === '/token' && body.includes('grant_type=refresh_token')
      give(isRenewal ? renewal(body) : (answers[path]?.() ?? { status: 404, body: 'nothing here' }), response)
    }
    void text(request).then(answer)
  })
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return {
    issuer: url,
    clientId,
    clientSecret,
    requests,
    /** What a browser brings back for that address. */
    approve: (authorize: string): URL => {
      const asked = new URL(authorize).searchParams
      nonce = asked.get('nonce') ?? ''
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.search = new URLSearchParams({ code: 'the-code', state: asked.get('state') ?? '' }).toString()
      return back
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function give(answer: ProviderAnswer, response: ServerResponse): void {
  if (typeof answer === 'function') return answer(response)
  response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json', ...answer.headers })
  response.end(answer.body)
}
