import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { findUser } from '../../src/db/users.ts'
import { openGithubWorld } from '../support/github-world.ts'
import type { GithubWorld, GithubWorldOptions } from '../support/github-world.ts'

/** The same attacks wherever the hub is. */
const places: readonly (readonly [string, GithubWorldOptions])[] = [
  ['at the root', {}],
  ['below a path', { hub: { baseUrl: '/jupyter/' } }],
  ['with a host for everybody', { subdomains: true }],
  ['with a host for everybody, below a path', { subdomains: true, hub: { baseUrl: '/jupyter/' } }],
]

const json = (body: unknown, status = 200): Response => Response.json(body, { status })

/** Answers every request to that path of the API with this instead. */
const instead = (world: GithubWorld, path: RegExp, answer: () => Response): void =>
  world.github.interfere((request) => (path.test(new URL(request.url).pathname) ? answer() : null))

for (const [where, place] of places) {
  suite(where, () => attacks(place))
}

function attacks(place: GithubWorldOptions): void {
  const open = (options: GithubWorldOptions = {}): Promise<GithubWorld> => openGithubWorld({ ...place, ...options })

  test('H46: a callback counts once; brought again it does nothing, and the session of the first time stays the only one', async () => {
    await using world = await open({ access: { allowAll: true } })
    const alice = world.visitor()
    const back = await world.github.approve(await alice.begin(), 'alice')
    assert.equal((await alice.bring(back)).status, 302)
    const [asked, again] = [world.github.requests.length, await alice.bring(back)]
    assert.deepEqual([again.status, again.location, world.github.requests.length], [302, `${world.prefix}spawn`, asked])
    assert.equal((await world.database.db.selectFrom('sessions').selectAll().execute()).length, 1)
  })

  test('H46: with its cookie kept, a spent callback is over too: the state is spent, not only the code', async () => {
    await using world = await open({ access: { allowAll: true } })
    const { cookie, back } = await begunByHand(world)
    const bring = () => fetch(back, { headers: { cookie }, redirect: 'manual' })
    assert.equal((await bring()).status, 302)
    const asked = world.github.requests.length
    const again = await bring()
    assert.deepEqual([again.status, /login_expired/.test(await again.text())], [400, true])
    assert.equal(world.github.requests.length, asked, 'GitHub is not asked')
  })

  test('H46: a sign-in that takes longer than ten minutes is over', async () => {
    await using world = await open({ access: { allowAll: true } })
    const { cookie, back } = await begunByHand(world)
    world.pass(601)
    const late = await fetch(back, { headers: { cookie }, redirect: 'manual' })
    assert.match(await late.text(), /login_expired/)
  })

  test('H46, H38: a callback begun in another browser signs nobody in, whatever cookies this one has', async () => {
    await using world = await open({ access: { allowAll: true } })
    const [mallory, alice] = [world.visitor(), world.visitor()]
    const trap = await world.github.approve(await mallory.begin(), 'mallory')
    assert.equal((await alice.bring(trap)).code, 'login_foreign')
    const own = await world.github.approve(await alice.begin(), 'alice')
    assert.equal((await alice.bring(trap)).code, 'login_foreign')
    const mixed = new URL(own)
    mixed.searchParams.set('code', trap.searchParams.get('code') ?? '')
    assert.equal((await alice.bring(mixed)).code, 'login_expired', 'the verifier is that of another beginning')
    assert.equal(await findUser(world.database.db, 'mallory'), null)
  })

  test('H46: cookies that were changed, are of another purpose or another hub say nothing', async () => {
    await using world = await open({ access: { allowAll: true } })
    await using other = await open({ access: { allowAll: true } })
    const { cookie, back } = await begunByHand(world)
    const foreign = await begunByHand(other)
    const [name = '', value = ''] = cookie.split('=')
    const values = [
      value.slice(0, -3),
      `${value.slice(0, 30)}${value[30] === 'A' ? 'B' : 'A'}${value.slice(31)}`,
      foreign.cookie.split('=')[1],
      '',
      'null',
      'e30',
    ]
    for (const changed of values) {
      const response = await fetch(back, { headers: { cookie: `${name}=${changed}` }, redirect: 'manual' })
      assert.match(await response.text(), /login_foreign/)
    }
    assert.equal((await fetch(back, { headers: { cookie }, redirect: 'manual' })).status, 302, 'the true one still counts')
  })

  test('H47: the hub takes the way back at one path only', async () => {
    await using world = await open({ access: { allowAll: true } })
    const { cookie, back } = await begunByHand(world)
    const { search } = new URL(back)
    for (const path of [
      `${world.prefix}oauth_callback/`,
      `${world.prefix}oauth_callback/x`,
      `${world.prefix}Oauth_callback`,
      `${world.prefix}/oauth_callback`,
      `${world.prefix}api/oauth_callback`,
    ]) {
      const response = await fetch(`${world.origin}${path}${search}`, { headers: { cookie }, redirect: 'manual' })
      assert.equal(
        response.headers.getSetCookie().some((line) => line.startsWith('jupyterhub-hub-login=')),
        false,
        path,
      )
      assert.ok(response.status === 404 || response.status === 403 || response.status === 302, `${path} ${response.status}`)
      await response.body?.cancel()
    }
  })

  test('H41, A1, A6: whatever next says, the way back ends on this hub', async () => {
    await using world = await open({ access: { allowAll: true } })
    for (const next of [
      '//evil.test',
      '/\\evil.test',
      'https://evil.test/',
      '/.//evil.test',
      '/%2e//evil.test',
      'javascript:alert(1)',
      `${world.prefix}../\\evil.test`,
      `${world.origin}//evil.test`,
    ]) {
      const { location } = await world.visitor().signIn('alice', `${world.prefix}oauth_login?next=${encodeURIComponent(next)}`)
      assert.ok(location?.startsWith('/') && !/^\/[/\\]/.test(location), `${next} → ${location}`)
    }
  })

  test('H50: what a provider writes about an error is neither shown nor repeated in a header, however long', async () => {
    await using world = await open({ access: { allowAll: true } })
    for (const description of ['<script>alert(1)</script>', 'x\r\nSet-Cookie: a=b', 'y'.repeat(6_000)]) {
      const visitor = world.visitor()
      const state = new URL(await visitor.begin()).searchParams.get('state') ?? ''
      const query = new URLSearchParams({ state, error: 'odd<i>', error_description: description })
      const seen = await visitor.seen(await visitor.send(`${world.prefix}oauth_callback?${query.toString()}`))
      assert.deepEqual([seen.status, seen.code], [400, 'login_refused'])
      assert.ok(!seen.text.includes('alert(1)') && !seen.text.includes('odd<i>') && seen.text.length < 20_000)
    }
    const stranger = world.visitor()
    const nothing = await stranger.seen(
      await stranger.send(`${world.prefix}oauth_callback?error=access_denied&error_description=call+0900`),
    )
    assert.deepEqual([nothing.code, nothing.text.includes('0900')], ['login_foreign', false])
  })

  test('H50: odd answers about the person are an error of the provider, never a person', async () => {
    await using world = await open({ access: { allowAll: true } })
    const user = /\/api\/v3\/user$/
    const answers: readonly (() => Response)[] = [
      () => new Response('<html>hello</html>', { headers: { 'content-type': 'text/html' } }),
      () => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } }),
      () => new Response(null, { status: 302, headers: { location: `${world.github.url}/api/v3/user/` } }),
      () => new Response('x'.repeat(2_000_000)),
      () => json({ id: 1001, login: { a: 1 } }),
      () => json({ id: 1001, login: ['alice'] }),
      () => json({ id: 1001, login: '' }),
      () => json({ id: 1001, login: '../alice' }),
      () => json({ id: '1001', login: 'alice' }),
      () => json({ id: 0, login: 'alice' }),
      () => json(null),
      () => json([{ id: 1001, login: 'alice' }]),
    ]
    for (const [index, answer] of answers.entries()) {
      instead(world, user, answer)
      const arrived = await world.visitor().signIn('alice')
      assert.deepEqual([arrived.status, arrived.code], [502, 'provider_answer_odd'], `${index} ${arrived.text.slice(0, 500)}`)
    }
    assert.equal(await findUser(world.database.db, 'alice'), null)
  })

  test('H50: odd answers of the token endpoint are an error of the provider, and nothing of them is shown', async () => {
    await using world = await open({ access: { allowAll: true } })
    const answers: readonly (() => Response)[] = [
      () => new Response('<html>secret-of-html</html>', { headers: { 'content-type': 'text/html' } }),
      () => json({}),
      () => json({ access_token: ['secret-of-list'], token_type: 'bearer' }),
      () => json({ access_token: 'secret-without-type' }),
      () => new Response('{"access_token":"secret-of-cut', { headers: { 'content-type': 'application/json' } }),
      () => new Response('x'.repeat(2_000_000), { headers: { 'content-type': 'application/json' } }),
    ]
    for (const [index, answer] of answers.entries()) {
      instead(world, /access_token$/, answer)
      const arrived = await world.visitor().signIn('alice')
      assert.deepEqual([arrived.status, arrived.code], [502, 'provider_answer_odd'], `${index}`)
      assert.ok(!arrived.text.includes('secret-'))
    }
  })

  test('H50: the next page of a list is fetched from the same API only: the token goes nowhere else', async () => {
    await using world = await open({ github: { groupsFromTeams: ['acme'] }, access: { allowAll: true } })
    await using other = await open()
    for (const target of [
      `${other.github.url}/api/v3/user/teams`,
      `${world.github.url}/elsewhere`,
      'http://169.254.169.254/',
      'file:///etc/passwd',
    ]) {
      instead(world, /\/user\/teams$/, () => Response.json([], { headers: { link: `<${target}>; rel="next"` } }))
      assert.equal((await world.visitor().signIn('alice')).code, 'provider_answer_odd', target)
    }
    assert.deepEqual(other.github.requests, [])
  })

  test('H52: callbacks are counted: whoever tries hundreds has to wait', async () => {
    await using world = await open({ access: { allowAll: true } })
    const visitor = world.visitor()
    const codes: (string | null)[] = []
    for (let index = 0; index < 301; index += 1) {
      const response = await visitor.send(`${world.prefix}oauth_callback?code=x&state=y`)
      codes.push(`${response.status}`)
      await response.body?.cancel()
    }
    assert.deepEqual([codes[0], codes[299], codes[300]], ['400', '400', '429'])
  })

  test('A12: only a plain yes is a membership: not found, unauthorised, moved, empty and others are no', async () => {
    for (const entry of ['acme', 'acme:staff']) {
      await using world = await open({ github: { allowedOrganizations: [entry] } })
      const answers: readonly (() => Response)[] = [
        () => json({ message: 'Not Found' }, 404),
        () => json({ message: 'Resource protected by organization SAML enforcement' }, 403),
        () => new Response(null, { status: 302, headers: { location: `${world.github.url}/api/v3/orgs/acme/public_members/alice` } }),
        () => json([]),
        () => json({ state: 'pending', role: 'member' }),
        () => json({ id: 1002 }),
      ]
      for (const [index, answer] of answers.entries()) {
        instead(world, /\/orgs\//, answer)
        const { status, code } = await world.visitor().signIn('alice')
        assert.ok(status !== 302 && (code === 'account_not_allowed' || code === 'provider_answer_odd'), `${entry} ${index} ${code}`)
      }
      assert.equal(await findUser(world.database.db, 'alice'), null)
    }
  })

  test('A16, A17: an address that is not confirmed keeps somebody out, whatever rule would let them in', async () => {
    const accesses = [{ allowAll: true }, { allowedUsers: ['alice'] }, { adminUsers: ['alice'] }, {}]
    for (const access of accesses) {
      await using world = await open({ access, github: { requireVerifiedEmail: true, allowedOrganizations: ['acme'] } })
      const odd: readonly unknown[] = [
        [],
        [{ email: 'alice@example.org', primary: true, verified: false }],
        [{ email: 'alice@example.org', primary: false, verified: true }],
        [{ email: 'alice@example.org', primary: true, verified: 'false' }],
        [{ email: 'alice@example.org', primary: true, verified: null }],
        [{ email: 'alice@example.org', primary: true }],
      ]
      for (const emails of odd) {
        instead(world, /\/user\/emails$/, () => json(emails))
        const { code } = await world.visitor().signIn('alice')
        assert.ok(code === 'email_unverified' || code === 'provider_answer_odd', `${code}`)
      }
      world.github.interfere(null)
      assert.equal((await world.visitor().signIn('alice')).status, 302)
    }
  })
}

/** Begins a sign-in, keeping cookie and way back by hand. */
async function begunByHand(world: GithubWorld): Promise<{ readonly cookie: string; readonly back: string }> {
  const begun = await world.visitor().send(`${world.prefix}oauth_login`)
  const line = begun.headers.getSetCookie().find((one) => one.startsWith('orrery-sign-in-')) ?? ''
  assert.match(line, /; Path=\/(jupyter\/)?hub\/oauth_callback; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
  const back = await world.github.approve(begun.headers.get('location') ?? '', 'alice')
  return { cookie: line.split(';')[0] ?? '', back: back.href }
}
