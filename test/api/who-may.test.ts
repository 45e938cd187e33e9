import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { browserOf, callerWith, codeOf, fieldOf, messageOf, stranger, tokenOf } from './callers.ts'
import type { Browser, Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('who may call the API', () => {
  let world: HubWorld
  let alice: Caller
  let browser: Browser
  before(async () => {
    world = await createHubWorld()
    await tokenOf(world, 'root1', ['inherit'], { admin: true })
    alice = await tokenOf(world, 'alice')
    browser = await browserOf(world, 'alice')
    await tokenOf(world, 'bob')
  })
  after(() => world.close())

  const withCookie = (headers: Record<string, string> = {}): Caller => callerWith(world, { cookie: browser.cookie, ...headers })

  test('what is no valid token is 403, never 401, never a redirect', async () => {
    for (const authorization of ['no sir', 'token: x', 'token', 'Basic YTpi', 'token unknown', 'bearer ', 'token a b']) {
      const seen = await callerWith(world, { authorization })('GET', '/user')
      assert.equal(seen.status, 403, authorization)
      assert.equal(codeOf(seen), 'credentials_missing')
    }
  })

  test('without credentials the message speaks of them and not of XSRF', async () => {
    const seen = await stranger(world)('GET', '/users')
    assert.equal(seen.status, 403)
    assert.deepEqual(seen.body, {
      status: 403,
      message: 'Missing or invalid credentials.',
      code: 'credentials_missing',
      hint: 'Sign in, or send a valid token.',
      detail: {},
    })
  })

  test('a token in the query is not looked at', async () => {
    assert.equal((await stranger(world)('GET', '/user?token=whatever')).status, 403)
  })

  test('an unknown token with a good cookie is the cookie', async () => {
    const seen = await withCookie({ authorization: 'token unknown' })('GET', '/user')
    assert.equal(seen.status, 200)
  })

  test('the scheme of the token header may be written in any case', async () => {
    assert.equal((await alice('GET', '/user')).status, 200)
    const made = await alice('POST', '/users/alice/tokens')
    const token = String(fieldOf(made.body, 'token'))
    for (const scheme of ['Token', 'BEARER', 'bearer', 'token  ']) {
      assert.equal((await callerWith(world, { authorization: `${scheme} ${token}` })('GET', '/user')).status, 200, scheme)
    }
  })

  test('a user learns nothing about what is not theirs: 404 whether it exists or not, 403 where the scope is not held at all', async () => {
    const rows: [string, string, number][] = [
      ['GET', '/users', 403],
      ['GET', '/users/bob', 404],
      ['GET', '/users/nosuch', 404],
      ['DELETE', '/users/bob', 403],
      ['PATCH', '/users/alice', 403],
      ['POST', '/users/x', 403],
      ['POST', '/users', 403],
      ['POST', '/users/bob/server', 404],
      ['DELETE', '/users/bob/servers/x', 404],
      ['GET', '/users/bob/server/progress', 404],
      ['POST', '/users/bob/activity', 404],
      ['GET', '/users/bob/tokens', 404],
      ['GET', '/users/bob/tokens/a1', 404],
      ['POST', '/users/bob/tokens', 403],
      ['POST', '/users/nosuch/tokens', 403],
      ['GET', '/info', 403],
    ]
    for (const [method, path, status] of rows) assert.equal((await alice(method, path)).status, status, `${method} ${path}`)
    const [there, missing] = [await alice('GET', '/users/bob'), await alice('GET', '/users/nosuch')]
    assert.deepEqual(there.body, missing.body)
    assert.equal(codeOf(there), 'resource_hidden')
    assert.equal(messageOf(there), 'No access to resources or resources not found')
  })

  test('a refusal names the scopes that would do', async () => {
    const seen = await alice('GET', '/users')
    assert.equal(messageOf(seen), 'Action is not authorized with current scopes; requires any of [list:users]')
  })

  test('a scope on one server of a user is none on the user', async () => {
    const caller = await tokenOf(world, 'alice', ['read:servers!server=alice/lab'])
    assert.equal((await caller('GET', '/users/bob')).status, 404)
    const other = await tokenOf(world, 'alice', ['read:servers!user=alice'])
    assert.equal((await other('DELETE', '/users/alice/servers/x')).status, 403)
  })

  test('a group of the target opens what the caller holds for the group', async () => {
    await tokenOf(world, 'pupil', [], { groups: ['class'] })
    const teacher = await tokenOf(world, 'root1', ['read:users!group=class', 'start:servers!group=class'])
    assert.equal((await teacher('GET', '/users/pupil')).status, 200)
    assert.equal((await teacher('GET', '/users/alice')).status, 404)
    assert.equal((await teacher('POST', '/users/alice/server')).status, 404)
  })

  test('a token never does more than its owner', async () => {
    const greedy = await tokenOf(world, 'alice', ['admin:users', 'list:users', 'self'])
    assert.equal((await greedy('GET', '/users')).status, 403)
    assert.equal((await greedy('GET', '/users/alice')).status, 200)
  })

  describe('XSRF of a cookie holder', () => {
    const rows: [string, string, Record<string, string>, boolean][] = [
      ['GET', 'no fetch metadata', {}, false],
      ['GET', 'navigate', { 'sec-fetch-mode': 'navigate' }, false],
      ['GET', 'websocket', { 'sec-fetch-mode': 'websocket' }, false],
      ['GET', 'no-cors from here', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' }, false],
      ['GET', 'no-cors from elsewhere', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' }, true],
      ['GET', 'no-cors from a sibling', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-site' }, true],
      ['GET', 'cors', { 'sec-fetch-mode': 'cors' }, true],
      ['GET', 'same-origin', { 'sec-fetch-mode': 'same-origin' }, true],
      ['POST', 'navigate', { 'sec-fetch-mode': 'navigate' }, true],
      ['POST', 'no fetch metadata', {}, true],
      ['DELETE', 'no-cors from here', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' }, true],
      ['PUT', 'no such method here', {}, true],
    ]
    for (const [method, name, headers, needed] of rows) {
      test(`${method} ${name}: ${needed ? 'needs the token' : 'needs none'}`, async () => {
        const caller = withCookie(headers)
        const bare = await caller(method, '/user')
        if (!needed) return assert.equal(bare.status, 200)
        assert.equal(codeOf(bare), 'xsrf_missing')
        assert.equal(messageOf(bare), `'_xsrf' argument missing from ${method}`)
        const wrong = await caller(method, '/user', undefined, { 'x-xsrftoken': 'wrong' })
        assert.equal(messageOf(wrong), `XSRF cookie does not match ${method} argument`)
        for (const good of [
          await caller(method, `/user?_xsrf=${browser.xsrf}`),
          await caller(method, '/user', undefined, { 'x-xsrftoken': browser.xsrf }),
          await caller(method, '/user', undefined, { 'x-csrftoken': browser.xsrf }),
        ]) {
          assert.equal(good.status, method === 'GET' ? 200 : 405)
        }
      })
    }

    test('a token of somebody else, an anonymous one and one without its cookie do not count', async () => {
      const other = await browserOf(world, 'bob')
      const mixed = callerWith(world, { cookie: browser.cookie.replace(browser.xsrf, other.xsrf), 'sec-fetch-mode': 'cors' })
      assert.equal(codeOf(await mixed('GET', `/user?_xsrf=${other.xsrf}`)), 'xsrf_mismatch')
      const login = browser.cookie.split('; _xsrf=')[0] ?? ''
      assert.equal(
        codeOf(await callerWith(world, { cookie: login, 'sec-fetch-mode': 'cors' })('GET', `/user?_xsrf=${browser.xsrf}`)),
        'xsrf_mismatch',
      )
      const anonymous = await world.app.request('http://hub.test/hub/open')
      const token = await anonymous.text()
      const early = callerWith(world, { cookie: `${login}; _xsrf=${token}`, 'sec-fetch-mode': 'cors' })
      assert.equal(codeOf(await early('GET', `/user?_xsrf=${token}`)), 'xsrf_mismatch')
    })

    test('of several _xsrf cookies the first valid one counts', async () => {
      const caller = callerWith(world, { cookie: `_xsrf=tossed; ${browser.cookie}`, 'sec-fetch-mode': 'cors' })
      assert.equal((await caller('GET', `/user?_xsrf=${browser.xsrf}`)).status, 200)
      assert.equal(codeOf(await caller('GET', '/user?_xsrf=tossed')), 'xsrf_mismatch')
    })

    test('of several login cookies the first that belongs to a session counts', async () => {
      const caller = callerWith(world, { cookie: `jupyterhub-hub-login=tossed; ${browser.cookie}` })
      assert.equal((await caller('GET', '/user')).status, 200)
    })

    test('somebody unknown with an Origin hears of XSRF, without one of credentials', async () => {
      const caller = callerWith(world, { origin: 'https://evil.example', 'sec-fetch-mode': 'cors' })
      assert.equal(codeOf(await caller('GET', '/user')), 'xsrf_missing')
      assert.equal(codeOf(await stranger(world)('POST', '/users', {})), 'credentials_missing')
    })

    test('a request that changes something and comes from another site is refused, whatever it carries', async () => {
      const caller = withCookie({ 'sec-fetch-site': 'cross-site', 'x-xsrftoken': browser.xsrf })
      assert.equal(codeOf(await caller('POST', '/users/alice/tokens')), 'xsrf_mismatch')
    })

    test('a token needs none', async () => {
      assert.equal((await alice('GET', '/user', undefined, { 'sec-fetch-mode': 'cors' })).status, 200)
    })
  })

  test('a cookie does not count for a POST that is not JSON', async () => {
    const root = await browserOf(world, 'root1')
    const caller = callerWith(world, { cookie: root.cookie, 'x-xsrftoken': root.xsrf })
    const post = async (type: string): Promise<number> => (await caller('POST', '/users', '{}', { 'content-type': type })).status
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'text/plain; application/json',
      'application/jsonp',
    ]) {
      assert.equal(await post(type), 403, type)
    }
    assert.equal(await post('application/json; charset=UTF-8'), 400)
  })

  test('a session that ended is nobody', async () => {
    const gone = await browserOf(world, 'alice')
    const caller = callerWith(world, { cookie: gone.cookie })
    assert.equal((await caller('GET', '/user')).status, 200)
    const user = await world.hub.tokens.ofSession(/login=(\w+)/.exec(gone.cookie)?.[1] ?? '')
    await world.hub.sessions.end(user?.loginId ?? 0)
    assert.equal((await caller('GET', '/user')).status, 403)
  })
})
