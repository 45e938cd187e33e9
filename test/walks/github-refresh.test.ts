import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { openGithubWorld } from '../support/github-world.ts'
import type { GithubWorld } from '../support/github-world.ts'
import { organisationNamed } from '../support/github/world.ts'
import { readJson } from '../support/read-json.ts'

type Visitor = ReturnType<GithubWorld['visitor']>

async function signedIn(world: GithubWorld, person: string): Promise<Visitor> {
  const visitor = world.visitor()
  const arrived = await visitor.signIn(person)
  assert.equal(arrived.status, 302, arrived.text)
  return visitor
}

/** 200 while somebody is signed in, 302 to the sign-in page afterwards. */
const homeOf = async (visitor: Visitor): Promise<number> => (await visitor.seen(await visitor.send('/hub/home'))).status

const askedSince = (world: GithubWorld, count: number): readonly string[] => world.github.requests.slice(count).map(({ path }) => path)

test('GitHub is asked again only when its answer has become old', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const alice = await signedIn(world, 'alice')
  const before = world.github.requests.length
  for (let index = 0; index < 3; index += 1) assert.equal(await homeOf(alice), 200)
  assert.deepEqual(askedSince(world, before), [])
  world.pass(301)
  assert.deepEqual(await Promise.all([homeOf(alice), homeOf(alice), homeOf(alice)]), [200, 200, 200])
  assert.deepEqual(askedSince(world, before), ['/api/v3/user'])
})

test('a permission that was taken back ends sessions and tokens, until they sign in again', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const alice = await signedIn(world, 'alice')
  const made = await readJson(await alice.api('POST', '/users/alice/tokens', { note: 'script' }), z.object({ token: z.string() }))
  const withToken = async (): Promise<number> => {
    const response = await fetch(`${world.origin}/hub/api/user`, { headers: { authorization: `token ${made.token}` } })
    await response.body?.cancel()
    return response.status
  }
  assert.equal(await withToken(), 200)
  world.github.world.tokens.clear()
  world.pass(301)
  assert.equal(await homeOf(alice), 302)
  assert.equal(await withToken(), 403)
  assert.equal(await world.database.db.selectFrom('sessions').selectAll().executeTakeFirst(), undefined)
  await alice.signIn('alice')
  assert.deepEqual([await homeOf(alice), await withToken()], [200, 200])
})

test('who has left the organisation, or is no longer on the list, is out at the next look', async () => {
  await using world = await openGithubWorld({ github: { allowedOrganizations: ['acme'] } })
  const bob = await signedIn(world, 'bob')
  organisationNamed(world.github.world, 'acme')?.members.delete(1002)
  assert.equal(await homeOf(bob), 200)
  world.pass(301)
  assert.equal(await homeOf(bob), 302)
})

test('while GitHub is away people work on for a while; when it is back nobody has to sign in again', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const alice = await signedIn(world, 'alice')
  world.github.interfere(() => new Response('<html>Unicorn!</html>', { status: 503, headers: { 'content-type': 'text/html' } }))
  world.pass(301)
  assert.equal(await homeOf(alice), 200)
  world.pass(901)
  assert.equal(await homeOf(alice), 302)
  world.github.interfere(null)
  world.pass(31)
  assert.equal(await homeOf(alice), 200)
})

test('a renewed token takes the place of the old one, and is spent once by tabs that come together', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n', expiringTokens: true })
  const alice = await signedIn(world, 'alice')
  for (let round = 0; round < 2; round += 1) {
    world.github.world.tokens.clear()
    world.pass(301)
    assert.deepEqual(await Promise.all(Array.from({ length: 5 }, () => homeOf(alice))), [200, 200, 200, 200, 200])
  }
  assert.equal(askedSince(world, 0).filter((path) => path === '/login/oauth/access_token').length, 3)
})
