import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAudit } from '../../src/db/audit.ts'
import { identitiesOfUser } from '../../src/db/identities.ts'
import { findUser } from '../../src/db/users.ts'
import { openOidcWorld, worldPassword } from '../support/oidc-world.ts'
import type { OidcWorld } from '../support/oidc-world.ts'

type Visitor = ReturnType<OidcWorld['visitor']>

const twoProviders = (): Promise<OidcWorld> =>
  openOidcWorld({ providers: { school: {}, club: {} }, native: true, userlist: 'alice\nbob\nclub:bob\n' })

async function signedIn(world: OidcWorld, id: string, name: string): Promise<Visitor> {
  const visitor = world.visitor()
  assert.equal((await visitor.signInAt(id, name)).status, 302)
  return visitor
}

async function identities(world: OidcWorld, name: string): Promise<readonly string[]> {
  const user = await findUser(world.database.db, name)
  return (await identitiesOfUser(world.database.db, user?.id ?? 0)).map(({ authenticator, login }) => `${authenticator}:${login}`)
}

const unlinkPath = async (visitor: Visitor, nth = 0): Promise<string> => {
  const { text } = await visitor.get('/hub/account')
  const found = [...text.matchAll(/action="(\/hub\/account\/identities\/\d+\/unlink)"/g)][nth]?.[1]
  assert.ok(found !== undefined, text)
  return found
}

test('whoever is signed in links another way in, and it opens the same account afterwards', async () => {
  await using world = await twoProviders()
  const alice = await signedIn(world, 'school', 'alice')
  const linked = await alice.linkTo('club', 'bob')
  assert.deepEqual([linked.status, linked.location], [303, '/hub/account?notice=identity_linked'], linked.text)
  assert.deepEqual(await identities(world, 'alice'), ['school:alice', 'club:bob'])
  assert.equal(await (await signedIn(world, 'club', 'bob')).whoAmI(), 'alice')
  const [entry] = await listAudit(world.database.db, { limit: 1, target: 'alice' })
  assert.ok(entry !== undefined)
  const notes = (await listAudit(world.database.db, { limit: 20, target: 'alice' })).filter(({ action }) => action === 'identity.link')
  assert.deepEqual(
    notes.map(({ actor, detail }) => [actor, detail]),
    [['user alice', { authenticator: 'club', login: 'bob' }]],
  )
})

test('what belongs to another account stays there', async () => {
  await using world = await twoProviders()
  assert.equal(await (await signedIn(world, 'club', 'bob')).whoAmI(), 'bob')
  const alice = await signedIn(world, 'school', 'alice')
  const refused = await alice.linkTo('club', 'bob')
  assert.deepEqual([refused.status, refused.code], [409, 'identity_taken'])
  assert.deepEqual([await identities(world, 'alice'), await identities(world, 'bob')], [['school:alice'], ['club:bob']])
})

test('what was begun in one login counts in no other', async () => {
  await using world = await twoProviders()
  const alice = await signedIn(world, 'school', 'alice')
  const back = await world.provider('club').approve(await alice.beginLink('club'), 'bob')
  const other = await signedIn(world, 'school', 'bob')
  assert.match((await other.bring(back)).location ?? '', /^\/hub\//, 'another browser has no cookie of it, and goes on as it was')
  assert.equal(await other.whoAmI(), 'bob')
  const again = await world.provider('club').approve(await alice.beginLink('club'), 'bob')
  await alice.post('/hub/logout')
  assert.equal((await alice.bring(again)).code, 'link_foreign', 'nobody is signed in any more')
  const third = await signedIn(world, 'school', 'alice')
  const late = await world.provider('club').approve(await third.beginLink('club'), 'bob')
  await third.post('/hub/logout')
  await third.signInAt('school', 'bob')
  assert.equal((await third.bring(late)).code, 'link_foreign', 'somebody else is signed in now')
  assert.deepEqual([await identities(world, 'alice'), await identities(world, 'bob')], [['school:alice'], ['school:bob']])
})

test('an answer that was meant for a link signs nobody in, and one that was meant for a sign-in links nothing', async () => {
  await using world = await twoProviders()
  const alice = await signedIn(world, 'school', 'alice')
  const link = await world.provider('club').approve(await alice.beginLink('club'), 'bob')
  await alice.post('/hub/logout')
  assert.equal((await alice.bring(link)).code, 'link_foreign')
  assert.equal(await alice.whoAmI(), null)
  const visitor = world.visitor()
  const signIn = await world.provider('club').approve(await visitor.begin('club'), 'bob')
  await visitor.signInAt('school', 'alice')
  assert.equal((await visitor.bring(signIn)).status, 302)
  assert.equal(await visitor.whoAmI(), 'bob')
  assert.deepEqual(await identities(world, 'alice'), ['school:alice'])
})

test('nothing is linked or unlinked by a foreign page', async () => {
  await using world = await twoProviders()
  const alice = await signedIn(world, 'school', 'alice')
  await alice.linkTo('club', 'bob')
  for (const path of ['/hub/account/link/club', await unlinkPath(alice)]) {
    const response = await alice.send(path, { method: 'POST', body: new URLSearchParams({ _xsrf: 'guessed' }) })
    assert.equal(response.status, 403, path)
    await response.body?.cancel()
    assert.notEqual((await alice.get(path)).status, 200, path)
  }
  assert.deepEqual(await identities(world, 'alice'), ['school:alice', 'club:bob'])
})

test('a way in is taken away with every other login, but never the last one', async () => {
  await using world = await twoProviders()
  const alice = await signedIn(world, 'school', 'alice')
  assert.match((await alice.get('/hub/account')).text, /your only way in/)
  await alice.linkTo('club', 'bob')
  const elsewhere = await signedIn(world, 'club', 'bob')
  const school = await unlinkPath(alice, 0)
  const unlinked = await alice.post(await unlinkPath(alice, 1))
  assert.deepEqual([unlinked.status, unlinked.location], [303, '/hub/account?notice=identity_unlinked'], unlinked.text)
  assert.equal((await elsewhere.get('/hub/home')).status, 302, 'it had come in that way')
  assert.equal(await alice.whoAmI(), 'alice')
  const last = await alice.post(school)
  assert.deepEqual([last.status, last.code], [409, 'last_way_in'])
  assert.equal(await (await signedIn(world, 'club', 'bob')).whoAmI(), 'bob', 'it is free for an account of its own again')
  const bob = await signedIn(world, 'club', 'bob')
  assert.equal((await bob.post(school)).status, 404, 'only one’s own')
})

test('a password is a way in too', async () => {
  await using world = await twoProviders()
  await world.person('carol')
  const carol = world.visitor()
  await carol.signIn('carol', worldPassword)
  assert.equal((await carol.linkTo('school', 'bob')).location, '/hub/account?notice=identity_linked')
  assert.equal(await (await signedIn(world, 'school', 'bob')).whoAmI(), 'carol', 'and what it linked is good, listed or not')
  assert.equal((await carol.post(await unlinkPath(carol))).status, 303)
  assert.deepEqual(await identities(world, 'carol'), [])
})
