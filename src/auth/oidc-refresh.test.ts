import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHostileProvider } from '../../test/support/hostile-provider.ts'
import type { Hostility } from '../../test/support/hostile-provider.ts'
import { oidcEntry } from '../../test/support/oidc-entry.ts'
import type { JsonObject } from '../core/json.ts'
import { systemClock } from '../lib/clock.ts'
import type { Refreshed, SignedIn } from './authenticator.ts'
import type { OidcOptions } from './oidc-options.ts'
import { createOidc } from './oidc.ts'

const callbackUrl = 'http://127.0.0.1:8000/hub/oauth_callback'
const state = 'the-state-of-this-sign-in-0123456789'
const { signal } = new AbortController()

/** Somebody signed in at a provider that does this. */
async function signedIn(hostility: Hostility, options: Partial<OidcOptions> = {}) {
  const provider = await startHostileProvider(hostility)
  let movedMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + movedMs }
  const oidc = createOidc(oidcEntry(provider, options), { clock })
  const { url, pending } = await oidc.begin({ callbackUrl, state, signal })
  const first = await oidc.finish({ url: provider.approve(url), callbackUrl, state, pending, signal })
  const again = async (authState: JsonObject | null): Promise<Refreshed> => {
    assert.ok(oidc.refresh !== undefined && authState !== null)
    return oidc.refresh({ authState, signal })
  }
  return { first, again, requests: provider.requests, pass: (ms: number) => void (movedMs += ms), [Symbol.asyncDispose]: provider.close }
}

const still = (refreshed: Refreshed): SignedIn => {
  assert.ok(refreshed.kind !== 'expired')
  return refreshed.signedIn
}

test('a refresh token that counts once is not lost when only the answer after it is missing', async () => {
  const hostility: Hostility = { refreshTokens: true, claims: { groups: ['a'] } }
  await using world = await signedIn(hostility, { allowedGroups: ['a'] })
  hostility.userinfo = { status: 503, body: '' }
  const renewed = still(await world.again(world.first.authState))
  assert.equal(renewed.authState?.['refresh_token'], 'rt-2')
  hostility.userinfo = undefined
  const next = still(await world.again(renewed.authState))
  assert.deepEqual([next.authState?.['refresh_token'], next.identity.vouched], ['rt-3', true])
  assert.equal((await world.again(world.first.authState)).kind, 'expired', 'an old one counts no more')
})

test('a new id_token may leave out what does not change, but not a group', async () => {
  const claims: Record<string, unknown> = { groups: ['a'], nickname: 'Ally' }
  const userinfo = { body: JSON.stringify({ sub: 'alice-1' }) }
  await using world = await signedIn({ refreshTokens: true, claims, userinfo }, { userNameClaim: 'nickname', allowedGroups: ['a'] })
  assert.equal(world.first.identity.vouched, true)
  delete claims['groups']
  delete claims['nickname']
  const { identity } = still(await world.again(world.first.authState))
  assert.deepEqual([identity.userName, identity.vouched], ['Ally', false])
})

test('a new id_token about somebody else ends the sign-in', async () => {
  const claims: Record<string, unknown> = {}
  await using world = await signedIn({ refreshTokens: true, claims })
  claims['sub'] = 'boss-1'
  assert.equal((await world.again(world.first.authState)).kind, 'expired')
})

test('without a refresh token the provider is asked while the access token lives, and not after it', async () => {
  const hostility: Hostility = {}
  await using world = await signedIn(hostility)
  assert.deepEqual(still(await world.again(world.first.authState)).identity, world.first.identity)
  const asked = world.requests.length
  world.pass(301_000)
  assert.equal((await world.again(world.first.authState)).kind, 'same')
  assert.equal(world.requests.length, asked)
  world.pass(-301_000)
  hostility.userinfo = { status: 401, body: '{}', headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
  assert.equal((await world.again(world.first.authState)).kind, 'expired')
})
