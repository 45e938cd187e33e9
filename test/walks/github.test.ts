import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { test } from 'node:test'
import { z } from 'zod'
import { personNamed } from '../support/github/world.ts'
import { openGithubWorld } from '../support/github-world.ts'
import { readJson } from '../support/read-json.ts'

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
  assert.equal((await readJson(await later.api('GET', '/user'), z.object({ name: z.string() }))).name, 'alice')
})

test('several tabs sign in at once, each with its own state', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const alice = world.visitor()
  const [first, second] = [
    await alice.begin('/hub/oauth_login?next=%2Fhub%2Ftoken'),
    await alice.begin('/hub/oauth_login?next=%2Fhub%2Fhome'),
  ]
  assert.notEqual(new URL(first).searchParams.get('state'), new URL(second).searchParams.get('state'))
  const [later, earlier] = [await world.github.approve(second, 'alice'), await world.github.approve(first, 'alice')]
  assert.equal((await alice.bring(earlier)).location, '/hub/token')
  assert.equal((await alice.bring(later)).location, '/hub/home')
})

test('signing in gives a new session and ends the one before', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\nbob\n' })
  const visitor = world.visitor()
  const begun = await visitor.begin()
  await visitor.signIn('alice')
  const [login, session] = [visitor.cookie('jupyterhub-hub-login'), visitor.cookie('jupyterhub-session-id')]
  assert.equal((await visitor.bring(await world.github.approve(begun, 'bob'))).status, 302)
  assert.notEqual(visitor.cookie('jupyterhub-hub-login'), login)
  assert.notEqual(visitor.cookie('jupyterhub-session-id'), session)
  const left = await fetch(`${world.origin}/hub/home`, { headers: { cookie: `jupyterhub-hub-login=${login}` }, redirect: 'manual' })
  assert.equal(left.status, 302)
  assert.match((await visitor.get('/hub/home')).text, /bob/)
})

test('with autoLogin the sign-in page leads on by itself, but not right after signing out', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n', github: { autoLogin: true } })
  const alice = world.visitor()
  const sent = await alice.seen(await alice.send('/hub/login?next=%2Fhub%2Ftoken'))
  assert.equal(sent.location, '/hub/oauth_login/github?next=%2Fhub%2Ftoken')
  assert.equal((await alice.signIn('alice', sent.location ?? '')).location, '/hub/token')
  const out = await alice.seen(await alice.post('/hub/logout', {}))
  assert.match((await alice.get(out.location ?? '')).text, /oauth_login\/github/)
})

test('who says no at GitHub is asked again, not locked out', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const alice = world.visitor()
  const refused = await alice.signIn(null, '/hub/oauth_login?next=%2Fhub%2Ftoken')
  assert.deepEqual([refused.status, refused.code], [400, 'login_denied'])
  assert.match(refused.text, /href="\/hub\/oauth_login\/github\?next=%2Fhub%2Ftoken"/)
})

test('a callback address that GitHub does not know is shown beside the one that is needed', async () => {
  const callbackUrl = 'https://hub.example.org/hub/oauth_callback'
  await using world = await openGithubWorld({ userlist: 'alice\n', github: { callbackUrl } })
  const visitor = world.visitor()
  const back = await world.github.approve(await visitor.begin('/hub/oauth_login?moved=1'), 'alice')
  assert.equal(back.origin, world.origin, 'GitHub sends to the address that it knows')
  const shown = await visitor.bring(back)
  assert.deepEqual([shown.status, shown.code], [502, 'provider_callback_wrong'])
  const addresses = [...shown.text.matchAll(/<dd><code>([^<]+)<\/code>/g)].map(([, address]) => address)
  assert.deepEqual(addresses, [callbackUrl, `${world.origin}/hub/oauth_callback`])
})

test('the same is shown when GitHub knows another host, to which no cookie comes along', async () => {
  const callbackUrl = 'https://hub.example.org/hub/oauth_callback'
  await using world = await openGithubWorld({ github: { callbackUrl } })
  const stranger = world.visitor()
  const shown = await stranger.seen(await stranger.send('/hub/oauth_callback?error=redirect_uri_mismatch&error_description=x'))
  assert.deepEqual([shown.status, shown.code, shown.text.includes(callbackUrl)], [502, 'provider_callback_wrong', true])
})

test('a wrong client secret is the administrator’s affair, and says so', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  world.github.world.application.clientSecret = 'another one'
  const arrived = await world.visitor().signIn('alice')
  assert.deepEqual([arrived.status, arrived.code], [502, 'provider_client_wrong'])
  assert.match(arrived.text, /clientSecret of the authenticator github/)
})

test('when GitHub has been asked too often, the page says when to come back', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const { rate } = world.github.world
  rate.remaining = 0
  rate.resetAt = Math.floor(Date.now() / 1000) + 600
  const visitor = world.visitor()
  const arrived = await visitor.signIn('alice')
  assert.deepEqual([arrived.status, arrived.code], [503, 'provider_rate_limited'])
  assert.match(arrived.text, /Try again after \d\d:\d\d UTC|<time/)
  world.github.interfere((request) =>
    request.url.includes('/api/v3/') ? new Response('You have exceeded a secondary rate limit', { status: 403 }) : null,
  )
  assert.equal((await visitor.signIn('alice')).code, 'provider_rate_limited')
})

test('a sign-in begins on the host to which GitHub will send the browser back', async () => {
  await using world = await openGithubWorld({ github: { callbackUrl: 'https://hub.example.org/hub/oauth_callback' } })
  const visitor = world.visitor()
  const sent = await visitor.seen(await visitor.send('/hub/oauth_login?next=%2Fhub%2Ftoken'))
  assert.equal(sent.location, 'https://hub.example.org/hub/oauth_login/github?next=%2Fhub%2Ftoken&moved=1')
  const { searchParams } = new URL(await visitor.begin('/hub/oauth_login?moved=1'))
  assert.equal(searchParams.get('redirect_uri'), 'https://hub.example.org/hub/oauth_callback')
})

test('pages of a sign-in do not tell their address to others, and nothing is kept by caches', async () => {
  await using world = await openGithubWorld({ userlist: 'alice\n' })
  const visitor = world.visitor()
  const back = await world.github.approve(await visitor.begin(), 'alice')
  const { headers } = await visitor.send(`${back.pathname}${back.search}`)
  assert.deepEqual([headers.get('referrer-policy'), headers.get('cache-control')], ['no-referrer', 'no-store'])
})
