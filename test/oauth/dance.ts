import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { z } from 'zod'
import { createOAuthWorld } from './oauth-world.ts'
import type { OAuthWorld, StartedServer } from './oauth-world.ts'

/** A browser that is signed in. */
export type Login = Awaited<ReturnType<OAuthWorld['signIn']>>
/** Proof of RFC 7636. */
export type Pkce = { readonly verifier: string; readonly challenge: string; readonly method: string }

/** A reply that is a JSON object. */
export const jsonObject = z.record(z.string(), z.unknown())

const insecure = { [oauth.allowInsecureRequests]: true }
const serverOf = (origin: string): oauth.AuthorizationServer => ({ issuer: origin, token_endpoint: `${origin}/hub/api/oauth2/token` })

/** A fresh proof. */
export async function pkce(): Promise<Pkce> {
  const verifier = oauth.generateRandomCodeVerifier()
  return { verifier, challenge: await oauth.calculatePKCECodeChallenge(verifier), method: 'S256' }
}

/** Where a client sends the browser. */
export function authorizeUrl(world: OAuthWorld, server: StartedServer, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    client_id: server.clientId,
    response_type: 'code',
    redirect_uri: server.redirectUri,
    state: 'st a/te',
    ...more,
  })
  return `${world.origin}/hub/api/oauth2/authorize?${query.toString()}`
}

/** The challenge as parameters of an authorize request. */
export const withChallenge = (proof: Pkce) => ({ code_challenge: proof.challenge, code_challenge_method: proof.method })

/** What a browser gets: status, where it is sent, and the page. */
export async function browse(
  url: string,
  login: Login | null,
  form?: URLSearchParams,
): Promise<{ status: number; location: URL | null; text: string; headers: Headers }> {
  const post = form === undefined ? {} : { method: 'POST', body: form }
  const response = await fetch(url, { redirect: 'manual', headers: login === null ? {} : { cookie: login.cookie }, ...post })
  const location = response.headers.get('location')
  return {
    status: response.status,
    location: location === null ? null : new URL(location, url),
    text: await response.text(),
    headers: response.headers,
  }
}

/** Agrees on the confirmation page. */
export const agree = (url: string, login: Login, scopes: readonly string[]) =>
  browse(url, login, new URLSearchParams([['_xsrf', login.xsrf], ...scopes.map((scope) => ['scopes', scope])]))

/** The code in a redirect, checked as a client checks it. */
export function callback(world: OAuthWorld, server: StartedServer, location: URL | null): URLSearchParams {
  assert.ok(location !== null)
  assert.equal(location.pathname, server.redirectUri)
  return oauth.validateAuthResponse(serverOf(world.origin), { client_id: server.clientId }, location, 'st a/te')
}

/** Exchanges a code as a client does; rejects with the error of the provider. */
export async function exchange(
  world: OAuthWorld,
  server: StartedServer,
  answer: URLSearchParams,
  verifier: string | typeof oauth.nopkce,
  redirectUri = server.redirectUri,
) {
  const as = serverOf(world.origin)
  const client = { client_id: server.clientId }
  const secret = oauth.ClientSecretPost(server.secret)
  const response = await oauth.authorizationCodeGrantRequest(as, client, secret, answer, redirectUri, verifier, insecure)
  return oauth.processAuthorizationCodeResponse(as, client, response)
}

/** The OAuth error that a request ended with, or `none`. */
export const errorOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (thrown: unknown) =>
      thrown instanceof oauth.ResponseBodyError
        ? thrown.error
        : thrown instanceof oauth.WWWAuthenticateChallengeError
          ? 'challenge'
          : String(thrown),
  )

/** A token request as it is written. */
export const post = (world: OAuthWorld, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${world.origin}/hub/api/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields), headers })

/** What `GET /hub/api/user` says about a token. */
export async function whoIs(world: OAuthWorld, token: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${world.origin}/hub/api/user`, { headers: { authorization: `token ${token}` } })
  return { status: response.status, body: jsonObject.parse(await response.json()) }
}

/** The whole dance of a user with their own server. */
export async function ownToken(
  world: OAuthWorld,
  server: StartedServer,
  login: Login,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { location } = await browse(authorizeUrl(world, server, more), login)
  return (await exchange(world, server, callback(world, server, location), oauth.nopkce)).access_token
}

/** A world in which alice runs her server and is signed in. */
export async function newWorld(options: { readonly requirePkce?: boolean } = {}) {
  const world = await createOAuthWorld(options)
  const alice = await world.addUser('alice')
  const server = await world.startServer(alice)
  return { world, alice, server, login: await world.signIn(alice) }
}
