import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { test } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { startOidcProvider } from '../support/oidc-provider.ts'
import type { OidcPerson } from '../support/oidc-provider.ts'
import { openOidcWorld } from '../support/oidc-world.ts'
import type { OidcWorld } from '../support/oidc-world.ts'

type Visitor = ReturnType<OidcWorld['visitor']>

const person = (name: string, claims: Readonly<Record<string, unknown>> = {}): OidcPerson => ({
  sub: `${name}-0001`,
  claims: { preferred_username: name, email: `${name}@school.example`, email_verified: true, ...claims },
})

async function signedIn(world: OidcWorld, id: string, name: string): Promise<Visitor> {
  const visitor = world.visitor()
  const arrived = await visitor.signInAt(id, name)
  assert.equal(arrived.status, 302, arrived.text)
  return visitor
}

/** 200 while somebody is signed in, 302 to the sign-in page afterwards. */
const homeOf = async (visitor: Visitor): Promise<number> => (await visitor.get('/hub/home')).status

test('the page offers every way in, and each leads to where somebody wanted to go', async () => {
  await using world = await openOidcWorld({ providers: { school: {}, club: {} }, native: true, userlist: 'alice\nclub:bob\n' })
  const page = await world.visitor().get('/hub/login?next=%2Fhub%2Ftoken')
  for (const id of ['school', 'club']) assert.match(page.text, new RegExp(`href="/hub/oauth_login/${id}\\?next=%2Fhub%2Ftoken"`))
  assert.match(page.text, /name="password"/)
  const alice = world.visitor()
  const arrived = await alice.signInAt('school', 'alice', '/hub/token')
  assert.deepEqual([arrived.status, arrived.location], [302, '/hub/token'], arrived.text)
  assert.equal(await alice.whoAmI(), 'alice')
  assert.equal(await (await signedIn(world, 'club', 'bob')).whoAmI(), 'bob')
})

test('somebody who is not on the list is told so, and a line in the file lets them in at once', async () => {
  await using world = await openOidcWorld({ userlist: 'alice\n' })
  const bob = world.visitor()
  const refused = await bob.signInAt('school', 'bob')
  assert.deepEqual([refused.status, refused.code], [403, 'account_not_allowed'])
  assert.match(refused.text, /bob is not on the list/)
  await appendFile(world.userlist, 'bob admin\n')
  assert.equal((await bob.signInAt('school', 'bob')).status, 302)
  assert.equal((await bob.get('/hub/admin')).status, 200)
})

test('a name on the list means somebody of the first provider; others are told how they would be written', async () => {
  await using world = await openOidcWorld({ providers: { school: {}, club: {} }, userlist: 'bob\n' })
  const other = await world.visitor().signInAt('club', 'bob')
  assert.deepEqual([other.status, other.code], [403, 'account_not_allowed'])
  assert.match(other.text, /club:bob is not on the list/)
  assert.equal(await (await signedIn(world, 'school', 'bob')).whoAmI(), 'bob')
})

test('who does not allow it is told so, with a way to begin again', async () => {
  await using world = await openOidcWorld({ userlist: 'alice\n' })
  const denied = await world.visitor().signInAt('school', null)
  assert.deepEqual([denied.status, denied.code], [400, 'login_denied'])
  assert.match(denied.text, /href="\/hub\/oauth_login\/school"/)
  assert.ok(!denied.text.includes('<b>no</b>'))
})

test('the hub is there while the provider is not, and lets people in as soon as it is', async () => {
  const port = await freePort()
  await using world = await openOidcWorld({
    providers: { school: { options: { issuer: `http://127.0.0.1:${port}` } } },
    native: true,
    userlist: 'alice\n',
  })
  const alice = world.visitor()
  assert.equal((await alice.get('/hub/login')).status, 200)
  const away = await alice.get('/hub/oauth_login/school')
  assert.deepEqual([away.status, away.code], [503, 'provider_unreachable'])
  await using provider = await startOidcProvider({ callbackUrl: `${world.origin}/hub/oauth_callback`, port })
  const leads = (await alice.get('/hub/oauth_login/school')).location ?? ''
  assert.ok(leads.startsWith(provider.issuer))
  assert.equal((await alice.bring(await provider.approve(leads, 'alice'))).status, 302)
  const asked = provider.requests.filter((path) => path === '/.well-known/openid-configuration').length
  await alice.get('/hub/oauth_login/school')
  assert.equal(
    asked,
    provider.requests.filter((path) => path === '/.well-known/openid-configuration').length,
    'it is asked about itself once',
  )
})

test('the account of one provider is not given to somebody of the same name at another', async () => {
  await using world = await openOidcWorld({ providers: { school: {}, club: {} }, native: true, access: { allowAll: true } })
  const alice = await signedIn(world, 'school', 'alice')
  const other = await world.visitor().signInAt('club', 'alice')
  assert.deepEqual([other.status, other.code], [403, 'name_taken'])
  await world.person('bob')
  const bob = await world.visitor().signInAt('school', 'bob')
  assert.deepEqual([bob.status, bob.code], [403, 'name_taken'], 'nor that of a password')
  assert.equal(await alice.whoAmI(), 'alice')
})

test('people of another domain stay outside, with a word about which it has to be', async () => {
  const people = {
    alice: person('alice'),
    eve: person('eve', { email: 'eve@evil.example' }),
    mallory: person('mallory', { email_verified: false }),
  }
  const options = { requiredDomains: ['school.example'], scope: ['profile', 'email'] }
  await using world = await openOidcWorld({
    providers: { school: { provider: { people }, options } },
    access: { allowAll: true, adminUsers: ['eve'] },
  })
  await signedIn(world, 'school', 'alice')
  const eve = await world.visitor().signInAt('school', 'eve')
  assert.deepEqual([eve.status, eve.code], [403, 'domain_not_allowed'])
  assert.match(eve.text, /school\.example/)
  const mallory = await world.visitor().signInAt('school', 'mallory')
  assert.deepEqual([mallory.status, mallory.code], [403, 'email_unverified'])
})

test('groups of the provider let in, are kept, make administrators, and are followed while somebody is signed in', async () => {
  const people = { alice: person('alice', { groups: ['/staff', '/admins', '/staff/maths'] }), bob: person('bob', { groups: [] }) }
  const options = {
    scope: ['profile', 'email', 'groups'],
    allowedGroups: ['/staff'],
    adminGroups: ['/admins'],
    manageGroups: true,
    groupPrefix: 'school-',
  }
  await using world = await openOidcWorld({ providers: { school: { provider: { people, refreshTokens: true }, options } } })
  assert.equal((await world.visitor().signInAt('school', 'bob')).code, 'account_not_allowed')
  const alice = await signedIn(world, 'school', 'alice')
  const groups = async (): Promise<unknown> => {
    const body: unknown = await (await alice.api('GET', '/user')).json()
    return typeof body === 'object' && body !== null && 'groups' in body ? body.groups : null
  }
  await alice.get('/hub/home')
  assert.deepEqual(await groups(), ['school-admins', 'school-staff', 'school-staff:maths'])
  assert.equal((await alice.get('/hub/admin')).status, 200)
  world.provider('school').people.set('alice', person('alice', { groups: ['/staff'] }))
  world.pass(301)
  assert.equal((await alice.get('/hub/admin')).status, 403)
  assert.deepEqual(await groups(), ['school-staff'])
  world.provider('school').people.set('alice', person('alice', { groups: [] }))
  world.pass(301)
  assert.equal(await homeOf(alice), 302)
})

test('a permission that was taken back ends the sign-in; a provider that is away does so only after a while', async () => {
  await using world = await openOidcWorld({ providers: { school: { provider: { refreshTokens: true } } }, userlist: 'alice\nbob\n' })
  const [alice, bob] = [await signedIn(world, 'school', 'alice'), await signedIn(world, 'school', 'bob')]
  world.pass(301)
  assert.deepEqual([await homeOf(alice), await homeOf(bob)], [200, 200])
  await world.provider('school').revoke()
  world.pass(301)
  assert.equal(await homeOf(alice), 302)
  await world.provider('school').close()
  assert.equal(await homeOf(bob), 200)
  world.pass(901)
  assert.equal(await homeOf(bob), 302)
})

test('signing out leads to the provider, which knows the way back', async () => {
  await using world = await openOidcWorld({ providers: { school: { options: { signOutThere: true } } }, userlist: 'alice\n' })
  const alice = await signedIn(world, 'school', 'alice')
  await alice.get('/hub/home')
  const out = await alice.post('/hub/logout')
  const [, url] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(out.text) ?? []
  const target = new URL((url ?? '').replaceAll('&amp;', '&'))
  assert.equal(target.searchParams.get('post_logout_redirect_uri'), `${world.origin}/hub/login?notice=signed_out`)
  assert.ok(target.searchParams.get('id_token_hint'))
  const there = await fetch(target)
  assert.equal(there.status, 200, await there.text())
  assert.equal(await homeOf(alice), 302, 'and the sign-in here is over in any case')
})
