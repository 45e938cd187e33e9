import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createPages } from '../../src/http/pages/pages.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

suite('what holds for every page', () => {
  let world: PageWorld
  let root: PageVisitor
  before(async () => {
    world = await createPageWorld()
    await world.addPerson('root', true)
    root = world.visitor()
    await root.signIn('root')
  })
  after(() => world.close())

  test('no form is taken without the XSRF token, with a wrong one, or with that of another login', async () => {
    const other = world.visitor()
    await other.signIn('root')
    const routes = createPages(world.parts)
      .pages.map((page) => page.bind(world.hub))
      .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
    const paths = routes.map(({ pattern, method }) => ({
      method,
      path: `/hub${pattern.text
        .replace(/\/:[a-z]+\?$/, '/x')
        .replaceAll(/:[a-z]+/g, '1')
        .replace(/\*[a-z]+$/, 'x')}`,
    }))
    const guarded = paths.filter(({ path }) => path !== '/hub/security/csp-report')
    assert.ok(guarded.length > 25, `only ${guarded.length} forms`)
    for (const { method, path } of guarded) {
      for (const token of [null, '', 'wrong', other.jar.get('_xsrf') ?? '']) {
        const body = new URLSearchParams(token === null ? {} : { _xsrf: token })
        const seen = await root.request(path, { method, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
        assert.equal(seen.status, 403, `${method} ${path} with ${String(token)}`)
      }
    }
  })

  test('files are kept for ever under their hash, sent small, with their right types', async () => {
    const { text } = await world.visitor().get('/hub/login')
    const paths = [...text.matchAll(/(?:href|src)="(\/hub\/static\/[^"]+)"/g)].map(([, path = '']) => path)
    assert.ok(paths.length >= 3)
    for (const path of paths) {
      const plain = await world.app.request(`http://hub.test${path}`)
      const bytes = Buffer.from(await plain.arrayBuffer())
      assert.equal(plain.status, 200, path)
      assert.match(plain.headers.get('content-type') ?? '', /^(?:text\/css|text\/javascript|image\/svg\+xml); charset=utf-8$/)
      assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(plain.headers.get('vary'), 'Accept-Encoding')
      for (const [coding, unpack] of [
        ['br', brotliDecompressSync],
        ['gzip', gunzipSync],
      ] as const) {
        const packed = await world.app.request(`http://hub.test${path}`, { headers: { 'accept-encoding': `${coding};q=1.0` } })
        if (packed.headers.get('content-encoding') === null) continue
        assert.equal(packed.headers.get('content-encoding'), coding)
        assert.deepEqual(unpack(Buffer.from(await packed.arrayBuffer())), bytes)
      }
      assert.equal((await world.app.request(`http://hub.test${path}`, { method: 'HEAD' })).headers.get('content-length'), `${bytes.length}`)
    }
    const loose = await world.app.request('http://hub.test/hub/static/style.css')
    assert.equal(loose.headers.get('cache-control'), 'no-cache')
    const logo = await world.app.request('http://hub.test/hub/logo')
    assert.match(await logo.text(), /^<svg /)
  })

  test('no path leads out of the files', async () => {
    const version = world.parts.assets.version
    for (const path of [
      '',
      'x',
      '..%2f..%2fpackage.json',
      `${version}/`,
      `${version}/../style.css.map`,
      `${version}/browser/tsconfig.json`,
      'toString',
      '__proto__',
      `${version}/%00`,
    ]) {
      assert.equal((await root.get(`/hub/static/${path}`)).status, 404, path)
    }
  })

  test('pages of people are stored by nobody and framed by nobody', async () => {
    for (const path of ['/hub/home', '/hub/token', '/hub/admin', '/hub/error/503', '/hub/nothing']) {
      const { headers } = await root.get(path)
      assert.equal(headers.get('cache-control'), 'no-store', path)
      assert.equal(headers.get('x-frame-options'), 'DENY', path)
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
    }
  })

  test('the error target of the proxy is a page that names the status', async () => {
    for (const status of [404, 502, 503, 504, 418]) {
      const seen = await world.visitor().get(`/hub/error/${status}?url=%2Fuser%2Falice%2F%22%3E%3Cscript%3E`)
      assert.equal(seen.status, 200)
      assert.match(seen.text, new RegExp(`>${status}</p>`))
      assert.doesNotMatch(seen.text, /<script>/)
    }
    for (const code of ['abc', '99', '600', '503.5']) assert.equal((await world.visitor().get(`/hub/error/${code}`)).status, 404, code)
  })

  test('an unknown page is a 404 page with a way on, in the language of the visitor', async () => {
    const seen = await root.get('/hub/no/such/page', { 'accept-language': 'ko-KR,ko;q=0.9' })
    assert.equal(seen.status, 404)
    assert.match(seen.text, /<html lang="ko"[\s\S]*페이지를 찾을 수 없습니다[\s\S]*href="\/hub\/home"/)
  })

  test('language and colours are kept by cookies and lead back to where they were changed', async () => {
    const visitor = world.visitor()
    assert.match((await visitor.get('/hub/login')).text, /<html lang="en" data-theme="system">/)
    assert.equal((await visitor.submit('/hub/language', { locale: 'ko', next: '/hub/login?next=%2Fa' })).location, '/hub/login?next=%2Fa')
    await visitor.submit('/hub/theme', { theme: 'dark', next: 'https://evil.example' })
    assert.match((await visitor.get('/hub/login')).text, /<html lang="ko" data-theme="dark">/)
    assert.equal((await visitor.submit('/hub/theme', { theme: 'system', next: '//evil' })).location, '/hub/home')
    await visitor.submit('/hub/language', { locale: '"><script>' })
    assert.match((await visitor.get('/hub/login')).text, /<html lang="ko" data-theme="system">/)
  })

  test('health answers nothing, to everybody', async () => {
    const seen = await world.visitor().get('/hub/health')
    assert.deepEqual([seen.status, seen.text], [200, ''])
    assert.equal((await world.app.request('http://hub.test/hub/health', { method: 'HEAD' })).status, 200)
    assert.equal((await world.app.request('http://hub.test/hub/login', { method: 'HEAD' })).status, 405)
  })

  test('reports of browsers are taken from people who are in, short and not too often', async () => {
    const report = (visitor: PageVisitor, body: string) =>
      visitor.request('/hub/security/csp-report', { method: 'POST', body, headers: { 'content-type': 'application/csp-report' } })
    assert.equal((await report(world.visitor(), '{}')).status, 403)
    assert.equal((await report(root, '{"csp-report":{}}')).status, 200)
    assert.equal((await report(root, 'x'.repeat(9_000))).status, 413)
    const statuses: number[] = []
    for (let index = 0; index < 25; index++) statuses.push((await report(root, '{}')).status)
    assert.equal(statuses.at(-1), 429)
  })
})

suite('a hub whose operator has chosen the language', () => {
  let world: PageWorld
  before(async () => {
    world = await createPageWorld({ language: 'ko' })
  })
  after(() => world.close())

  test('shows it to everybody and offers no other', async () => {
    const { text } = await world.visitor().get('/hub/login', { 'accept-language': 'en' })
    assert.match(text, /<html lang="ko"/)
    assert.doesNotMatch(text, /action="\/hub\/language"/)
  })
})
