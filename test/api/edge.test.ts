import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { browserOf, codeOf, stranger, tokenOf } from './callers.ts'
import type { Browser, Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('the edge of the hub', () => {
  let world: HubWorld
  let alice: Caller
  let browser: Browser
  before(async () => {
    world = await createHubWorld()
    alice = await tokenOf(world, 'alice')
    browser = await browserOf(world, 'alice')
  })
  after(() => world.close())

  const visit = (path: string, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(world.app.request(`http://hub.test${path}`, init))

  test('the root says the version, to everybody from everywhere, and is a PEP 440 version', async () => {
    for (const path of ['', '/']) {
      const seen = await stranger(world)('GET', path)
      assert.deepEqual(seen.body, { version: '5.5.1' })
      assert.equal(seen.headers.get('access-control-allow-origin'), '*')
    }
  })

  test('every reply names both versions, errors and redirects too', async () => {
    for (const path of ['/', '/hub/api', '/hub/api/nope', '/hub/nope', '/hub/open', '/hub/private', '/hub/broken']) {
      const { headers } = await visit(path)
      assert.equal(headers.get('x-jupyterhub-version'), '5.5.1', path)
      assert.match(headers.get('x-orrery-version') ?? '', /^\d+\.\d+\.\d+/, path)
    }
  })

  test('health is 200 without a body, also for HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await visit('/hub/api/health', { method })
      assert.equal(response.status, 200)
      assert.equal(await response.text(), '')
    }
  })

  test('OPTIONS is answered to everybody where there is something, HEAD nowhere in the API', async () => {
    const seen = await stranger(world)('OPTIONS', '/users/alice/server')
    assert.equal(seen.status, 200)
    assert.equal(seen.text, '')
    assert.equal(seen.headers.get('access-control-allow-headers'), 'accept, content-type, authorization')
    assert.equal((await visit('/hub/api/users', { method: 'HEAD' })).status, 405)
  })

  test('an unknown path of the API is a JSON 404 for any method and anybody, without an XSRF check', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
      for (const path of ['/nope', '/users/', '/user/', '/users//server', '/Users']) {
        const seen = await stranger(world)(method, path, undefined, { cookie: browser.cookie })
        assert.equal(codeOf(seen), 'not_found', `${method} ${path}`)
      }
    }
  })

  test('a method that a path does not have is 405', async () => {
    assert.equal(codeOf(await alice('PATCH', '/user')), 'method_not_allowed')
    assert.equal((await visit('/hub/open', { method: 'DELETE' })).status, 405)
  })

  test('the API allows nothing to be loaded or framed; its policy names no host', async () => {
    const { headers } = await alice('GET', '/user')
    assert.equal(headers.get('content-security-policy'), "frame-ancestors 'none'; report-uri /hub/security/csp-report; default-src 'none'")
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('content-type'), 'application/json')
  })

  test('pages may run their own scripts and styles only, and are never framed or kept', async () => {
    const { headers } = await visit('/hub/open')
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
      assert.ok(policy.includes(part), part)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.equal(headers.get('strict-transport-security'), null)
  })

  test('an error that nobody foresaw shows a reference and nothing of itself', async () => {
    const response = await visit('/hub/broken')
    assert.equal(response.status, 500)
    assert.ok(!(await response.text()).includes('secret'))
  })

  test('what is for no path of the hub is sent below it', async () => {
    const rows: [string, number, string][] = [
      ['/', 302, '/hub/'],
      ['/?xyz=5', 302, '/hub/?xyz=5'],
      ['/user/alice/lab?x=1', 302, '/hub/user/alice/lab?x=1'],
      ['/user/alice', 301, '/user/alice/'],
      ['/services/s', 301, '/services/s/'],
      ['/hub', 301, '/hub/'],
      ['//evil.example/x', 302, '/hub/evil.example/x'],
    ]
    for (const [path, status, location] of rows) {
      const response = await visit(path)
      assert.equal(response.status, status, path)
      assert.equal(response.headers.get('location'), location, path)
    }
    assert.equal((await visit('/user/alice/x', { method: 'POST' })).status, 405)
  })

  test('a page for the signed-in sends others to the login, and back', async () => {
    const response = await visit('/hub/private?a=1&b=2')
    assert.equal(response.status, 302)
    assert.equal(response.headers.get('location'), '/hub/login?next=%2Fhub%2Fprivate%3Fa%3D1%26b%3D2')
    assert.equal((await visit('/hub/private', { method: 'POST' })).status, 403)
    assert.equal((await visit('/hub/private', { headers: { authorization: 'token whatever' } })).status, 302)
  })

  test('pages refuse like the API: 404 for other resources, 403 without the scope', async () => {
    const seen = await visit('/hub/people/bob', { headers: { cookie: browser.cookie } })
    assert.equal(seen.status, 404)
    assert.equal((await visit('/hub/people/alice', { headers: { cookie: browser.cookie } })).status, 200)
  })

  test('a page gives its XSRF token as a cookie: an hour for strangers, as long as the browser is open for others', async () => {
    const open = await visit('/hub/open')
    const token = await open.text()
    assert.deepEqual(open.headers.getSetCookie(), [`_xsrf=${token}; Path=/hub/; Max-Age=3600; SameSite=Lax`])
    const [login] = browser.cookie.split('; jupyterhub-session-id')
    const signedIn = await visit('/hub/private', { headers: { cookie: login ?? '' } })
    const [xsrf, session] = signedIn.headers.getSetCookie()
    assert.match(xsrf ?? '', /^_xsrf=[\w.-]+; Path=\/hub\/; SameSite=Lax$/)
    assert.match(session ?? '', /^jupyterhub-session-id=\w{32}; Path=\/; HttpOnly; SameSite=Lax$/)
    const again = await visit('/hub/private', { headers: { cookie: browser.cookie } })
    assert.deepEqual(again.headers.getSetCookie(), [])
  })

  test('what a script fetches, and the API, set no cookies', async () => {
    assert.deepEqual((await visit('/hub/open', { headers: { 'sec-fetch-mode': 'cors' } })).headers.getSetCookie(), [])
    assert.deepEqual((await alice('GET', '/user')).headers.getSetCookie(), [])
  })

  test('cookies are Secure behind https', async () => {
    const response = await visit('/hub/open', { headers: { 'x-forwarded-proto': 'https' } })
    assert.match(response.headers.getSetCookie()[0] ?? '', /; Secure/)
    assert.match(response.headers.get('strict-transport-security') ?? '', /max-age/)
  })

  test('a form needs the token of its page; the handler may report that itself', async () => {
    const post = (path: string, fields: Record<string, string>, cookie: string): Promise<Response> =>
      visit(path, { method: 'POST', body: new URLSearchParams(fields), headers: { cookie } })
    const token = await (await visit('/hub/open')).text()
    assert.equal(await (await post('/hub/open', { _xsrf: token, word: 'yes' }, `_xsrf=${token}`)).text(), 'yes')
    assert.equal((await post('/hub/open', { word: 'yes' }, `_xsrf=${token}`)).status, 403)
    assert.equal((await post('/hub/open', { _xsrf: token }, '')).status, 403)
    assert.equal((await post('/hub/private', { _xsrf: browser.xsrf }, browser.cookie)).status, 200)
    assert.equal((await post('/hub/private', { _xsrf: token }, browser.cookie)).status, 403)
    assert.equal(await (await post('/hub/reports', {}, '')).text(), 'xsrf_missing')
  })

  test('an anonymous token belongs to an address and a browser', async () => {
    const token = await (await visit('/hub/open', { headers: { 'user-agent': 'one' } })).text()
    const post = (agent: string): Promise<Response> =>
      visit('/hub/open', {
        method: 'POST',
        body: new URLSearchParams({ _xsrf: token }),
        headers: { cookie: `_xsrf=${token}`, 'user-agent': agent },
      })
    assert.equal((await post('one')).status, 200)
    assert.equal((await post('two')).status, 403)
  })

  test('a form that is too large is 413', async () => {
    const response = await visit('/hub/open', { method: 'POST', body: new URLSearchParams({ word: 'x'.repeat(70_000) }) })
    assert.equal(response.status, 413)
  })

  test('the hub says that it lives without asking anybody, and sets no cookie', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await visit('/hub/health', { method })
      assert.equal(response.status, 200)
      assert.deepEqual(response.headers.getSetCookie(), [])
    }
  })

  test('people who are signed in may report what the content policy stopped, in a few words', async () => {
    const post = (body: string, cookie = ''): Promise<Response> =>
      visit('/hub/security/csp-report', { method: 'POST', body, headers: { cookie, 'content-type': 'application/csp-report' } })
    const report = JSON.stringify({ 'csp-report': { 'document-uri': 'http://hub.test/hub/home', 'blocked-uri': 'x'.repeat(1_000) } })
    assert.equal((await post(report)).status, 403)
    assert.equal((await post(report, browser.cookie)).status, 200)
    assert.equal((await post('x'.repeat(9_000), browser.cookie)).status, 413)
    assert.equal((await post('{', browser.cookie)).status, 400)
  })
})
