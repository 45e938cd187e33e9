import { createHash } from 'node:crypto'
import { authorizePage } from './authorize-page.ts'
import { personNamed, secretText } from './world.ts'
import type { Application, GithubWorld, Grant } from './world.ts'

const seeOther = (url: URL): Response => new Response(null, { status: 302, headers: { location: url.href } })

/** A registered address and everything below it, on the same host and port. */
function isRegistered({ callbackUrl }: Application, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  const [known, given] = [new URL(callbackUrl), new URL(redirectUri)]
  const below = given.pathname === known.pathname || given.pathname.startsWith(`${known.pathname.replace(/\/$/, '')}/`)
  return known.host === given.host && known.protocol === given.protocol && below
}

function sentBack(to: string, fields: Readonly<Record<string, string>>): Response {
  const url = new URL(to)
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
  return seeOther(url)
}

const mismatch = {
  error: 'redirect_uri_mismatch',
  error_description: 'The redirect_uri MUST match the registered callback URL for this application.',
  error_uri: 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#redirect-uri-mismatch',
}

const denied = {
  error: 'access_denied',
  error_description: 'The user has denied your application access.',
  error_uri: 'https://docs.github.com/apps/troubleshooting-authorization-request-errors/#access-denied',
}

/**
 * `GET /login/oauth/authorize`: a page on which somebody is chosen. With the cookie `fake_github_login=NAME` that person has allowed it before
 * and is sent back at once; `POST` with the field `person` (empty: not allowed) is the answer to the page.
 */
export async function authorize(world: GithubWorld, request: Request): Promise<Response> {
  const { application } = world
  const { searchParams } = new URL(request.url)
  if (searchParams.get('client_id') !== application.clientId) return new Response('Not Found', { status: 404 })
  const state = searchParams.get('state')
  const kept: Record<string, string> = state === null ? {} : { state }
  const redirectUri = searchParams.get('redirect_uri') ?? application.callbackUrl
  if (!isRegistered(application, redirectUri)) return sentBack(application.callbackUrl, { ...mismatch, ...kept })
  const chosen = await chosenPerson(request)
  if (chosen === null) return authorizePage(world, new URL(request.url))
  const person = personNamed(world, chosen)
  if (person === undefined) return sentBack(redirectUri, { ...denied, ...kept })
  const code = secretText('').slice(0, 20)
  const scopes = (searchParams.get('scope') ?? '').split(/[ ,]+/).filter(Boolean)
  world.codes.set(code, { person: person.id, scopes, redirectUri, challenge: searchParams.get('code_challenge') })
  return sentBack(redirectUri, { code, ...kept })
}

async function chosenPerson(request: Request): Promise<string | null> {
  if (request.method === 'POST') return new URLSearchParams(await request.text()).get('person') ?? ''
  return /(?:^|;\s*)fake_github_login=([\w-]*)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? null
}

type TokenAnswer = Readonly<Record<string, string | number>>

const tokenErrors = {
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  redirect_uri_mismatch: mismatch.error_description,
  bad_verification_code: 'The code passed is incorrect or expired.',
  bad_refresh_token: 'The refresh token passed is incorrect or expired.',
  unsupported_grant_type: 'The grant type is not supported.',
} as const

const refusal = (error: keyof typeof tokenErrors): TokenAnswer => ({
  error,
  error_description: tokenErrors[error],
  error_uri: `https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#${error}`,
})

/** `POST /login/oauth/access_token`: errors come with status 200, as JSON only for those who ask for it. */
export async function accessToken(world: GithubWorld, request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  if (form.get('client_id') !== world.application.clientId) return answer(request, { error: 'Not Found' }, 404)
  if (form.get('client_secret') !== world.application.clientSecret) return answer(request, refusal('incorrect_client_credentials'))
  const grantType = form.get('grant_type') ?? 'authorization_code'
  if (grantType === 'refresh_token') return answer(request, refreshed(world, form))
  if (grantType !== 'authorization_code') return answer(request, refusal('unsupported_grant_type'))
  return answer(request, exchanged(world, form))
}

function exchanged(world: GithubWorld, form: URLSearchParams): TokenAnswer {
  const code = form.get('code') ?? ''
  const grant = world.codes.get(code)
  world.codes.delete(code)
  if (grant === undefined) return refusal('bad_verification_code')
  const redirectUri = form.get('redirect_uri')
  if (redirectUri !== null && redirectUri !== grant.redirectUri) return refusal('redirect_uri_mismatch')
  const proof = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  if (grant.challenge !== null && grant.challenge !== proof) return refusal('bad_verification_code')
  return issued(world, grant)
}

function refreshed(world: GithubWorld, form: URLSearchParams): TokenAnswer {
  const token = form.get('refresh_token') ?? ''
  const grant = world.refreshTokens.get(token)
  world.refreshTokens.delete(token)
  return grant === undefined ? refusal('bad_refresh_token') : issued(world, grant)
}

function issued(world: GithubWorld, grant: Grant): TokenAnswer {
  const token = secretText(world.application.expiringTokens ? 'ghu_' : 'gho_')
  world.tokens.set(token, grant)
  const plain = { access_token: token, token_type: 'bearer', scope: grant.scopes.join(',') }
  if (!world.application.expiringTokens) return plain
  const refreshToken = secretText('ghr_')
  world.refreshTokens.set(refreshToken, grant)
  return { ...plain, expires_in: 28_800, refresh_token: refreshToken, refresh_token_expires_in: 15_897_600 }
}

function answer(request: Request, body: TokenAnswer, status = 200): Response {
  const headers = { 'cache-control': 'max-age=0, private, must-revalidate' }
  if ((request.headers.get('accept') ?? '').includes('application/json')) return Response.json(body, { status, headers })
  const form = new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, `${value}`]))
  return new Response(form.toString(), {
    status,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  })
}
