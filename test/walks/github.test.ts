import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { test } from 'node:test'
import { personNamed } from '../support/github/world.ts'
import { openGithubWorld } from '../support/github-world.ts'

test('somebody on the list signs in with GitHub, goes where they wanted to, and the page knows them', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const alice = world.visitor()
  const page = await alice.get('/hub/login?next=%2Fhub%2Ftoken')
  assert.match(page.text, /href="\/hub\/oauth_login\/github\?next=%2Fhub%2Ftoken"/)
  const arrived = await alice.signIn('alice', '/hub/oauth_login/github?next=%2Fhub%2Ftoken')
  assert.deepEqual([arrived.status, arrived.location], [302, '/hub/token'], arrived.text)
  assert.match((await alice.get('/hub/home')).text, /alice/)
})

test('somebody who is not on the list is told so by name, and a line in the file lets them in at once', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const bob = world.visitor()
  const refused = await bob.signIn('bob')
  assert.deepEqual([refused.status, refused.code], [403, 'account_not_allowed'])
  assert.match(refused.text, /bob is not on the list/)
  assert.match(refused.text, /href="\/hub\/oauth_login\/github"/)
  await appendFile(world.userlist, 'bob admin\n')
  assert.equal((await bob.signIn('bob')).status, 302)
  assert.equal((await bob.get('/hub/admin')).response.status, 200)
})

test('an account belongs to a number: a new login keeps it, and whoever takes the old login does not get it', async () => {
  await using world = await openGithubWorld({ access: { allowAll: true } })
  const alice = world.visitor()
  assert.equal((await alice.signIn('alice')).status, 302)
  const { world: github } = world.github
  const [first, third] = [personNamed(github, 'alice'), personNamed(github, 'mallory')]
  assert.ok(first !== undefined && third !== undefined)
  first.login = 'alice-renamed'
  third.login = 'alice'
  const mallory = await world.visitor().signIn('alice')
  assert.deepEqual([mallory.status, mallory.code], [403, 'name_taken'])
  const later = world.visitor()
  assert.equal((await later.signIn('alice-renamed')).status, 302)
  assert.equal(((await (await later.api('GET', '/user')).json()) as { name: string }).name, 'alice')
})
