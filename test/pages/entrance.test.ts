import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createPageWorld, password } from './page-world.ts'
import type { PageWorld } from './page-world.ts'

suite('coming in and going out', () => {
  let world: PageWorld
  before(async () => {
    world = await createPageWorld()
    await world.addPerson('alice', true)
    await world.addPerson('bob')
  })
  after(() => world.close())

  test('the sign-in page needs no script, no foreign file and no cookie to be shown', async () => {
    const seen = await world.visitor().get('/hub/login')
    assert.equal(seen.status, 200)
    assert.match(seen.text, /<form method="post" action="\/hub\/login"/)
    assert.match(seen.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'; style-src 'self'/)
    assert.match(seen.headers.get('set-cookie') ?? '', /^_xsrf=[^;]+; Path=\/hub\/; Max-Age=3600; SameSite=Lax/)
  })

  test('signing in leads home through the chain that clients know, and gives the three cookies', async () => {
    const visitor = world.visitor()
    const start = await visitor.get('/?xyz=5')
    assert.equal(start.location, '/hub/?xyz=5')
    const root = await visitor.get('/hub/?xyz=5')
    assert.equal(root.location, '/hub/login?next=%2Fhub%2F%3Fxyz%3D5')
    await visitor.get(root.location)
    const done = await visitor.submit(root.location, { username: ' Alice ', password })
    assert.equal(done.status, 302)
    assert.equal(done.location, '/hub/?xyz=5')
    assert.deepEqual(
      [...visitor.jar.keys()].toSorted((a, b) => a.localeCompare(b)),
      ['_xsrf', 'jupyterhub-hub-login', 'jupyterhub-session-id'],
    )
    assert.equal((await visitor.get('/hub/?xyz=5')).location, '/hub/spawn?xyz=5')
  })

  test('a wrong password is refused with the form, the name kept, the password not', async () => {
    const seen = await world.visitor().signIn('alice', 'wrong password here')
    assert.equal(seen.status, 403)
    assert.match(seen.text, /login_error[\s\S]*The user name or the password is wrong/)
    assert.match(seen.text, /name="username"[^>]*value="alice"/)
    assert.doesNotMatch(seen.text, /wrong password here/)
  })

  test('a name that nobody has gets the same answer as a wrong password', async () => {
    const [known, unknown] = [
      await world.visitor().signIn('alice', 'no such thing'),
      await world.visitor().signIn('nobody', 'no such thing'),
    ]
    const plain = (text: string, name: string): string =>
      text.replaceAll(name, 'NAME').replace(/name="_xsrf" value="[^"]*"|"xsrf_token":"[^"]*"/g, '')
    assert.equal(unknown.status, known.status)
    assert.equal(plain(unknown.text, 'nobody'), plain(known.text, 'alice'))
  })

  test('a sign-in form without its token is shown again, with a word why, and signs nobody in', async () => {
    const visitor = world.visitor()
    await visitor.get('/hub/login')
    const seen = await visitor.post('/hub/login', { username: 'alice', password })
    assert.equal(seen.status, 403)
    assert.match(seen.text, /The form was too old/)
    assert.equal(visitor.jar.has('jupyterhub-hub-login'), false)
  })

  test('fields sent twice, or in the address, are not read', async () => {
    const visitor = world.visitor()
    await visitor.get('/hub/login')
    const twice = await visitor.submit(`/hub/login?username=alice&password=${encodeURIComponent(password)}`)
    assert.equal(twice.status, 400)
  })

  const places: readonly (readonly [next: string, location: string])[] = [
    ['/hub/home', '/hub/home'],
    ['home', '/hub/spawn'],
    ['javascript:alert(1)', '/hub/spawn'],
    ['http:/hub/home', '/hub/spawn'],
    ['http://evil/', '/hub/spawn'],
    ['//evil', '/hub/spawn'],
    ['///evil/x', '/hub/spawn'],
    ['\\\\evil', '/hub/spawn'],
    ['/\\evil.com', '/%5Cevil.com'],
    ['http://hub.test//evil.com', '/evil.com'],
    ['https://hub.test/hub/home', '/hub/spawn'],
    ['HTTP://hub.test/hub/home', '/hub/spawn'],
    ['/a?next=http://evil', '/a?next=http://evil'],
    ['/\t/evil', '/hub/spawn'],
    ['/.//evil.com', '/evil.com'],
    ['', '/hub/spawn'],
  ]
  for (const [next, location] of places) {
    test(`next=${JSON.stringify(next)} leads to ${location}, at the form and for who is in already`, async () => {
      const visitor = world.visitor()
      const page = `/hub/login?next=${encodeURIComponent(next)}`
      await visitor.get(page)
      assert.equal((await visitor.submit(page, { username: 'bob', password })).location, location)
      assert.equal((await visitor.get(page)).location, location)
    })
  }

  test('an absolute next of this hub counts under the protocol that the browser uses', async () => {
    const visitor = world.visitor()
    await visitor.signIn('bob')
    const page = `/hub/login?next=${encodeURIComponent('https://hub.test/hub/token')}`
    assert.equal((await visitor.get(page, { 'x-forwarded-proto': 'https' })).location, '/hub/token')
  })

  test('a hostile next gets no further than the attribute it is escaped in', async () => {
    const seen = await world.visitor().get(`/hub/login?next=${encodeURIComponent('/"><script>alert(1)</script>')}`)
    assert.doesNotMatch(seen.text, /<script>alert/)
  })

  test('signing out asks first, then ends the session for good', async () => {
    const visitor = world.visitor()
    await visitor.signIn('bob')
    const kept = new Map(visitor.jar)
    assert.equal((await visitor.get('/hub/logout')).status, 200)
    assert.equal((await visitor.get('/hub/home')).status, 200)
    const out = await visitor.submit('/hub/logout')
    assert.equal(out.location, '/hub/login?notice=signed_out')
    assert.equal(visitor.jar.has('jupyterhub-hub-login'), false)
    for (const [name, value] of kept) visitor.jar.set(name, value)
    assert.equal((await visitor.get('/hub/home')).location, '/hub/login?next=%2Fhub%2Fhome')
  })

  test('every page for people who are in sends others to the sign-in, and refuses their forms', async () => {
    const visitor = world.visitor()
    await visitor.get('/hub/login')
    for (const path of [
      '/hub/home',
      '/hub/token',
      '/hub/account',
      '/hub/spawn',
      '/hub/spawn/alice',
      '/hub/spawn-pending/alice',
      '/hub/admin',
      '/hub/admin/health',
      '/hub/admin/people/alice',
      '/hub/user/alice/lab',
      '/hub/user/alice/api/status',
      '/hub/user-redirect/lab?x=1',
      '/hub/server-log/alice',
    ]) {
      const seen = await visitor.get(path)
      assert.equal(seen.location, `/hub/login?next=${encodeURIComponent(path)}`, path)
    }
    for (const path of [
      '/hub/token',
      '/hub/spawn/alice',
      '/hub/stop/alice',
      '/hub/new-server',
      '/hub/change-password',
      '/hub/admin/add',
      '/hub/admin/people/alice/approve',
      '/hub/user/alice/x',
    ]) {
      assert.equal((await visitor.submit(path)).status, 403, path)
    }
  })

  test('outside the hub nothing is served: the browser is led below it', async () => {
    const visitor = world.visitor()
    assert.equal((await visitor.get('/hub')).location, '/hub/')
    assert.equal((await visitor.get('/user/alice')).location, '/user/alice/')
    assert.equal((await visitor.get('/user/alice/lab?a=1')).location, '/hub/user/alice/lab?a=1')
    assert.equal((await visitor.get('/services/x')).location, '/services/x/')
    assert.equal((await visitor.get('/favicon.ico')).location, '/hub/favicon.ico')
    assert.equal((await visitor.get('/hub/favicon.ico')).status, 404)
  })
})

suite('below another path', () => {
  let world: PageWorld
  before(async () => {
    world = await createPageWorld({ baseUrl: '/pre/' })
    await world.addPerson('alice')
  })
  after(() => world.close())

  test('every link, form and file stays below it', async () => {
    const visitor = world.visitor()
    await visitor.get('/pre/hub/login')
    assert.equal((await visitor.submit('/pre/hub/login', { username: 'alice', password })).location, '/pre/hub/spawn')
    const { text } = await visitor.get('/pre/hub/home')
    const targets = [...text.matchAll(/ (?:href|src|action)="([^"#]+)"/g)].map(([, target = '']) => target)
    assert.ok(targets.length > 8)
    assert.deepEqual(
      targets.filter((target) => !target.startsWith('/pre/')),
      [],
    )
    assert.equal((await visitor.get('/other/x?a=1')).location, '/pre/hub/other/x')
  })
})
