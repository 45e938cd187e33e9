import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { suite, test } from 'node:test'
import type { SignedIn } from '../../src/auth/authenticator.ts'
import type { OidcOptions } from '../../src/auth/oidc-options.ts'
import { createOidc } from '../../src/auth/oidc.ts'
import { HubError } from '../../src/core/errors.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { honestHeader, publicOf, signed, signedBySecret, startHostileProvider } from '../support/hostile-provider.ts'
import type { Hostility } from '../support/hostile-provider.ts'
import { oidcEntry } from '../support/oidc-entry.ts'

const callbackUrl = 'http://127.0.0.1:8000/hub/oauth_callback'
const state = 'the-state-of-this-sign-in-0123456789'
const { signal } = new AbortController()

type Tried = { readonly signedIn: SignedIn | null; readonly error: HubError | null; readonly requests: readonly string[] }

/** One whole sign-in at a provider that does this. */
async function attempt(hostility: Hostility, options: Partial<OidcOptions> = {}): Promise<Tried> {
  await using provider = await startHostileProvider(hostility)
  const authenticator = createOidc(oidcEntry(provider, options), { clock: systemClock })
  try {
    const { url, pending } = await authenticator.begin({ callbackUrl, state, signal })
    const signedIn = await authenticator.finish({ url: provider.approve(url), callbackUrl, state, pending, signal })
    return { signedIn, error: null, requests: provider.requests }
  } catch (error) {
    assert.ok(error instanceof HubError, String(error))
    return { signedIn: null, error, requests: provider.requests }
  }
}

async function refused(hostility: Hostility, ...codes: readonly ErrorCode[]): Promise<Tried> {
  const tried = await attempt(hostility)
  assert.equal(tried.signedIn, null)
  assert.ok(tried.error !== null && codes.includes(tried.error.code), tried.error?.code ?? 'in')
  return tried
}

type IdToken = NonNullable<Hostility['idToken']>
const withClaims =
  (change: Readonly<Record<string, unknown>>): IdToken =>
  (claims, { own }) =>
    signed(honestHeader, { ...claims, ...change }, own)
const seconds = (): number => Math.floor(Date.now() / 1000)

const forged: Readonly<Record<string, IdToken>> = {
  'without a signature (alg none)': (claims, { own }) =>
    `${signed({ ...honestHeader, alg: 'none' }, claims, own)
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
  'with alg none and a signature': (claims, { own }) => signed({ ...honestHeader, alg: 'none' }, claims, own),
  'with alg nOnE': (claims, { own }) => signed({ ...honestHeader, alg: 'nOnE' }, claims, own),
  'without alg': (claims, { own }) => signed({ kid: 'own' }, claims, own),
  'signed with the public key as secret (HS256, PEM)': (claims, { own }) =>
    signedBySecret({ ...honestHeader, alg: 'HS256' }, claims, publicOf(own).pem),
  'signed with the public key as secret (HS256, modulus)': (claims, { own }) =>
    signedBySecret({ ...honestHeader, alg: 'HS256' }, claims, Buffer.from(String(publicOf(own).jwk.n), 'base64url')),
  'signed with the client secret (HS256)': (claims, { clientSecret }) =>
    signedBySecret({ ...honestHeader, alg: 'HS256' }, claims, clientSecret),
  'signed by another key under the name of ours': (claims, { foreign }) => signed(honestHeader, claims, foreign),
  'signed by a key that nobody knows': (claims, { foreign }) => signed({ ...honestHeader, kid: 'foreign' }, claims, foreign),
  'whose kid is an address': (claims, { foreign, url }) => signed({ ...honestHeader, kid: `${url}/evil-keys` }, claims, foreign),
  'whose kid is a path': (claims, { foreign }) => signed({ ...honestHeader, kid: '../../../../dev/null' }, claims, foreign),
  'whose kid is no text': (claims, { foreign }) => signed({ ...honestHeader, kid: { $ne: null } }, claims, foreign),
  'that brings its key along (jwk)': (claims, { foreign }) => signed({ alg: 'RS256', jwk: publicOf(foreign).jwk }, claims, foreign),
  'that says where its key is (jku, x5u)': (claims, { foreign, url }) =>
    signed({ ...honestHeader, kid: 'foreign', jku: `${url}/evil-keys`, x5u: `${url}/evil-keys` }, claims, foreign),
  'with an extension that has to be understood (crit)': (claims, { own }) => signed({ ...honestHeader, crit: ['x'], x: 1 }, claims, own),
  'changed after it was signed': (claims, { own }) => {
    const [header, , signature] = signed(honestHeader, claims, own).split('.')
    const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'boss-1', preferred_username: 'boss' })).toString('base64url')
    return `${header}.${payload}.${signature}`
  },
  'of another issuer': withClaims({ iss: 'https://accounts.google.com' }),
  'of an issuer that only begins alike': (claims, { own, url }) => signed(honestHeader, { ...claims, iss: `${url}/` }, own),
  'for another hub': withClaims({ aud: 'another-hub' }),
  'for nobody': withClaims({ aud: [] }),
  'for several, given to another': withClaims({ aud: ['orrery', 'another-hub'], azp: 'another-hub' }),
  'given to another': withClaims({ azp: 'another-hub' }),
  'of another sign-in (nonce)': withClaims({ nonce: 'another' }),
  'without a nonce': withClaims({ nonce: undefined }),
  'that is over': withClaims({ exp: seconds() - 120, iat: seconds() - 600 }),
  'without an end': withClaims({ exp: undefined }),
  'from the future': withClaims({ iat: seconds() + 3_600, exp: seconds() + 7_200 }),
  'that does not count yet': withClaims({ nbf: seconds() + 3_600 }),
  'about nobody': withClaims({ sub: undefined }),
  'about a number': withClaims({ sub: 7 }),
  'about an empty name': withClaims({ sub: '' }),
  'that says things twice': (claims, { own }) => signed(honestHeader, `${JSON.stringify(claims).slice(0, -1)},"sub":"boss-1"}`, own),
  'that is missing': () => undefined,
  'that is empty': () => '',
  'that is no token': () => 'a.b.c',
}

suite('an id_token (H49, A19)', () => {
  test('of an honest provider lets alice in: what is refused below is refused for its one fault', async () => {
    const { signedIn, error } = await attempt({})
    assert.equal(error, null)
    assert.equal(signedIn?.identity.userName, 'alice')
  })

  for (const [fault, idToken] of Object.entries(forged))
    test(`${fault} lets nobody in`, async () => {
      const { requests } = await refused({ idToken }, 'provider_answer_odd')
      assert.ok(!requests.includes('/evil-keys'), 'no key is fetched from where a token says')
      assert.ok(!requests.includes('/userinfo'), 'nothing is asked with what came along')
    })
})

const page = '<html><script>alert(1)</script></html>'
const endless = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const chunk = `"${'x'.repeat(65_536)}",`
  response.write('[')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}
const userinfo = (more: Readonly<Record<string, unknown>>): Hostility => ({
  claims: { preferred_username: undefined },
  userinfo: { body: JSON.stringify({ sub: 'alice-1', ...more }) },
})

suite('answers of a provider (H50)', () => {
  test('to the question who it is are about the person of the token, or count for nothing', async () => {
    await refused({ userinfo: { body: JSON.stringify({ sub: 'boss-1', preferred_username: 'boss' }) } }, 'provider_answer_odd')
    await refused({ userinfo: { body: JSON.stringify({ preferred_username: 'alice' }) } }, 'provider_answer_odd')
  })

  test('that are a page, a redirect, nothing, or broken, let nobody in', async () => {
    const metadata = { status: 302, body: '', headers: { location: 'http://169.254.169.254/latest/meta-data/' } }
    await refused({ userinfo: { type: 'text/html', body: page } }, 'provider_answer_odd')
    await refused({ userinfo: metadata }, 'provider_answer_odd')
    await refused({ userinfo: { body: '{"sub":' } }, 'provider_answer_odd')
    await refused({ userinfo: { body: '[]' } }, 'provider_answer_odd')
    await refused({ userinfo: { status: 500, body: page } }, 'provider_unreachable')
    await refused({ token: { type: 'text/html', body: page } }, 'provider_answer_odd')
    await refused({ token: { ...metadata, status: 307 } }, 'provider_answer_odd')
    await refused({ token: { status: 503, body: page } }, 'provider_unreachable')
    await refused({ token: { body: '{"access_token":"x"}' } }, 'provider_answer_odd')
    await refused({ discovery: () => ({ type: 'text/html', body: page }) }, 'provider_answer_odd')
    await refused({ discovery: () => metadata }, 'provider_answer_odd')
  })

  test('without an end are not read to it', async () => {
    await refused({ userinfo: endless }, 'provider_answer_odd')
    await refused({ token: endless }, 'provider_answer_odd')
    await refused({ discovery: () => endless }, 'provider_answer_odd')
  })

  test('that name another issuer are not those of the provider', async () => {
    const others = ['https://accounts.google.com', 'http://127.0.0.1:1/', undefined, 7]
    for (const issuer of others)
      await refused({ discovery: (honest) => ({ body: JSON.stringify({ ...honest, issuer }) }) }, 'provider_answer_odd')
  })

  test('with an error are told in our words', async () => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: `${page}\r\nSet-Cookie: x=y` })
    const { error } = await refused({ token: { status: 401, body } }, 'provider_client_wrong')
    assert.ok(!`${error?.message}${JSON.stringify(error?.detail)}`.includes('script'))
  })

  test('whose user name is no text are no name', async () => {
    for (const preferred_username of [['alice'], { name: 'alice' }, '', 7, true, null, 'x'.repeat(2_000)])
      await refused(userinfo({ preferred_username }), 'provider_answer_odd')
    assert.equal((await attempt(userinfo({ preferred_username: 'Alice' }))).signedIn?.identity.userName, 'Alice')
  })
})
