import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { until } from '../support/until.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

suite('a hub set up for old clients', () => {
  let world: PageWorld
  before(async () => {
    world = await createPageWorld({ useLegacyStoppedServerStatusCode: true, implicitSpawnSeconds: 3 })
    await world.addPerson('alice')
  })
  after(() => world.close())

  test('answers 503 for a server that does not run, and its page starts it after a while', async () => {
    const alice = world.visitor()
    await alice.signIn('alice')
    const seen = await alice.get('/hub/user/alice/lab')
    assert.equal(seen.status, 503)
    assert.match(seen.text, /id="start"[^>]*data-implicit-seconds="3"/)
    assert.equal((await alice.get('/hub/user/alice/api/status')).status, 503)
  })
})

suite('the address of a server that does not run', () => {
  let world: PageWorld
  let alice: PageVisitor
  before(async () => {
    world = await createPageWorld()
    await world.addPerson('alice')
    await world.addPerson('root', true)
    alice = world.visitor()
    await alice.signIn('alice')
  })
  after(() => world.close())

  test('is a page with a link that starts it and leads back', async () => {
    const seen = await alice.get('/hub/user/alice/lab?x=1')
    assert.equal(seen.status, 424)
    assert.match(seen.text, /id="start"[^>]*href="\/hub\/spawn\/alice\?next=%2Fhub%2Fuser%2Falice%2Flab%3Fx%3D1"/)
  })

  test('tells programs so in JSON, with the address that starts it', async () => {
    for (const [path, headers] of [
      ['/hub/user/alice/api/contents', {}],
      ['/hub/user/alice/lab/api/x', {}],
      ['/hub/user/alice/lab', { accept: 'application/json' }],
    ] as const) {
      const seen = await alice.get(path, headers)
      assert.equal(seen.status, 424, path)
      const body: unknown = JSON.parse(seen.text)
      assert.match(
        JSON.stringify(body),
        /"message":"[^"]*http:\/\/hub\.test\/hub\/spawn\/alice|"hint":"[^"]*http:\/\/hub\.test\/hub\/spawn\/alice/,
      )
      assert.match(JSON.stringify(body), new RegExp(`"message":"[^"]*${path}`))
    }
    assert.equal(
      (await alice.get('/hub/user/alice/lab', { accept: 'text/html,application/json;q=0.9' })).headers.get('content-type'),
      'text/html; charset=UTF-8',
    )
  })

  test('answers changes with 424, and with 403 when they come without the token of the page', async () => {
    assert.equal((await alice.submit('/hub/user/alice/files/a')).status, 403)
    const token = alice.jar.get('_xsrf') ?? ''
    const seen = await alice.request('/hub/user/alice/files/a', { method: 'DELETE', headers: { 'x-xsrftoken': token } })
    assert.equal(seen.status, 424)
    assert.equal((await alice.request('/hub/user/alice/x', { method: 'PUT' })).status, 405)
  })

  test('follows a start that is under way or has failed', async () => {
    world.gated.starts.close()
    await alice.get('/hub/spawn')
    const seen = await alice.get('/hub/user/alice/lab')
    assert.deepEqual([seen.status, seen.location], [303, '/hub/spawn-pending/alice?next=%2Fhub%2Fuser%2Falice%2Flab'])
    assert.equal((await alice.get('/hub/user/alice/api/status')).status, 424)
    world.gated.starts.open()
  })

  test('leads back to a running server, counts how often, and gives up in the end', async () => {
    await until(async () => (await alice.get('/hub/user/alice/lab?a=1')).location === '/user/alice/lab?a=1&redirects=1')
    const given = await alice.get('/hub/user/alice/lab?redirects=4')
    assert.equal(given.status, 500)
    assert.match(given.text, /data-reload[\s\S]*server_redirect_loop/)
    assert.equal(
      (await alice.get('/hub/user-redirect/lab/tree?q=1')).location,
      '/hub/spawn/alice?next=%2Fuser%2Falice%2Flab%2Ftree%3Fq%3D1',
    )
  })

  test('no name of a user or of a path is ever an error of the hub', async () => {
    const root = world.visitor()
    await root.signIn('root')
    for (const name of [
      '..',
      'a%2fb',
      '__proto__',
      'x'.repeat(300),
      '%F0%9F%90%8D',
      'e%CC%81',
      '%00',
      '%E2%80%AE',
      '%',
      '%ff',
      'constructor',
    ]) {
      for (const page of ['spawn', 'spawn-pending', 'user', 'server-log', 'admin/people']) {
        const seen = await root.get(`/hub/${page}/${name}`)
        assert.ok([301, 302, 400, 404].includes(seen.status), `${page}/${name}: ${seen.status}`)
      }
    }
  })
})
