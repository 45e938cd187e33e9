import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { z } from 'zod'
import { call, echoed, startEcho, startProxy, startUpstream } from '../support/proxy-world.ts'
import type { ProxyWorld, Reply } from '../support/proxy-world.ts'

const proof = 'what only the proxy knows'

/** A proxy with a hub, which echoes, and the server of alice, which answers with the given header lines. */
async function sharedOrigin(
  t: TestContext,
  lines: readonly (readonly [string, string])[] = [],
  settings: object = {},
): Promise<ProxyWorld> {
  const hub = await startEcho(t)
  const server = await startUpstream(t, (request, response) => {
    response.writeHead(200, [...lines.flat(), 'X-Path', request.url ?? '', 'X-Proof', String(request.headers['x-orrery-proxy'] ?? 'none')])
    response.end()
  })
  const proxy = await startProxy(t, { defaultTarget: hub.url, hub: { target: hub.url, proof }, ...settings })
  await proxy.route('/user/alice', server.url)
  await proxy.route('/user/jos%C3%A9', server.url)
  return proxy
}

/** Target of a route of the proxy. */
const upstreamOf = async (proxy: ProxyWorld, path: string): Promise<string> =>
  z.object({ target: z.string() }).parse(JSON.parse((await proxy.api('GET', `/api/routes${path}`)).body)).target

const get = (proxy: ProxyWorld, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  call({ host: '127.0.0.1', port: proxy.port, path, headers })

test('the hub is told by a secret that the proxy speaks; nobody else ever sees it, and nobody else can say it', async (t) => {
  const proxy = await sharedOrigin(t)
  const forged = { 'x-orrery-proxy': 'guess' }
  assert.equal(echoed((await get(proxy, '/hub/login', forged)).body).headers['x-orrery-proxy'], proof)
  assert.equal(echoed((await get(proxy, '/hub/login')).body).headers['x-orrery-proxy'], proof)
  assert.equal((await get(proxy, '/user/alice/')).headers['x-proof'], 'none')
  assert.equal((await get(proxy, '/user/alice/', forged)).headers['x-proof'], 'none')
})

test('a server sets cookies for its own path only', async (t) => {
  const kept = [
    'a=1; Path=/user/alice/',
    'b=2; HttpOnly',
    'c=3; path=/user/alice/lab; Secure',
    'd=4; Path=/hub; Path=/user/alice',
    'e=5; Path=relative',
  ]
  const dropped = [
    'jupyterhub-hub-login=stolen; Path=/hub/',
    'jupyterhub-hub-login=stolen; path = /hub/spawn',
    'jupyterhub-session-id=fixed; Path=/',
    '_xsrf=planted; PATH=/hub/; HttpOnly',
    'x=1; Path=/user/alice; Path=/',
    'jupyterhub-user-bob=x; Path=/user/bob/',
    'x=1; Path=/user/alicex/',
    'x=1; Path=/user',
    'x=1; Path=/user/alice/../bob/',
    '__Host-x=1; Secure; Path=/',
  ]
  const proxy = await sharedOrigin(
    t,
    [...kept, ...dropped].map((line) => ['Set-Cookie', line] as const),
  )
  assert.deepEqual((await get(proxy, '/user/alice/lab')).headers['set-cookie'], kept)
  // Without a path in the line, browsers take the folder of the address: of this one, `/user`.
  assert.deepEqual(
    (await get(proxy, '/user/alice?x')).headers['set-cookie'],
    kept.filter((line) => /path=\/user\/alice/i.test(line)),
  )
})

test('a server with a host of its own sets cookies for its own path on it, and is found on no other host', async (t) => {
  const [kept, dropped] = ['a=1; Path=/user/alice/', 'jupyterhub-hub-login=x; Path=/hub/; Domain=hub.example']
  const proxy = await sharedOrigin(
    t,
    [kept, dropped].map((line) => ['Set-Cookie', line] as const),
    { forwarding: { hostRouting: true } },
  )
  await proxy.route('/alice.hub.example/user/alice', await upstreamOf(proxy, '/user/alice'))
  const own = await get(proxy, '/user/alice/lab', { host: 'ALICE.hub.example:8000' })
  assert.deepEqual([own.headers['x-path'], own.headers['set-cookie']], ['/user/alice/lab', [kept]])
  for (const host of ['bob.hub.example', 'hub.example', 'alice.hub.example.evil']) {
    assert.equal(echoed((await get(proxy, '/user/alice/lab', { host })).body).url, '/user/alice/lab', 'the hub answers')
  }
})

test('a server whose name is encoded keeps its cookies', async (t) => {
  const lines = ['a=1; Path=/user/jos%C3%A9/', 'b=2; Path=/user/jos%C3%A9/api']
  const proxy = await sharedOrigin(
    t,
    lines.map((line) => ['Set-Cookie', line] as const),
  )
  assert.deepEqual((await get(proxy, '/user/jos%C3%A9/lab')).headers['set-cookie'], lines)
})

test('a server speaks for its own path, not for the whole origin or the machine in front', async (t) => {
  const wide = [
    ['Clear-Site-Data', '"*"'],
    ['Strict-Transport-Security', 'max-age=0'],
    ['Alt-Svc', 'h2=":9999"'],
    ['NEL', '{"report_to":"x","max_age":9,"success_fraction":1}'],
    ['Report-To', '{"group":"x","max_age":9,"endpoints":[{"url":"https://evil.example/"}]}'],
    ['Public-Key-Pins', 'max-age=9'],
    ['X-Accel-Redirect', '/internal/secret'],
    ['X-Accel-Expires', '3600'],
    ['X-Sendfile', '/etc/passwd'],
  ] as const
  const own = [
    ['Content-Security-Policy', "default-src 'self'"],
    ['X-Accel-Buffering', 'no'],
    ['Cache-Control', 'no-store'],
  ] as const
  const proxy = await sharedOrigin(t, [...wide, ...own])
  const { headers } = await get(proxy, '/user/alice/x')
  for (const [name] of wide) assert.equal(headers[name.toLowerCase()], undefined, name)
  for (const [name, value] of own) assert.equal(headers[name.toLowerCase()], value)
})

test('a service worker of a server never gets a wider scope than the path of the server', async (t) => {
  const cases = [
    ['/', '/user/alice/'],
    ['/hub/', '/user/alice/'],
    ['/user/alice/', '/user/alice/'],
    ['/user/alice/code/', '/user/alice/code/'],
    ['/user/alice/../../', '/user/alice/'],
    ['/user/alice/%2e%2e/%2e%2e/hub/', '/user/alice/'],
    ['../..', '/user/alice/'],
    ['./', './'],
    ['https://elsewhere.example/', '/user/alice/'],
    ['\\\\', '/user/alice/'],
  ] as const
  for (const [sent, passed] of cases) {
    const proxy = await sharedOrigin(t, [['Service-Worker-Allowed', sent]])
    assert.equal((await get(proxy, '/user/alice/code/worker.js')).headers['service-worker-allowed'], passed, sent)
  }
})

test('what the hub itself says passes unchanged, and a proxy without a hub changes nothing', async (t) => {
  const lines = [
    ['Set-Cookie', 'jupyterhub-hub-login=x; Path=/hub/'],
    ['Strict-Transport-Security', 'max-age=31536000'],
  ] as const
  const hub = await startUpstream(t, (_, response) => response.writeHead(200, lines.flat()).end())
  const guarding = await startProxy(t, { defaultTarget: hub.url, hub: { target: hub.url, proof } })
  const plain = await startProxy(t, {})
  await plain.route('/user/alice', hub.url)
  for (const { headers } of [await get(guarding, '/hub/login'), await get(plain, '/user/alice/')]) {
    assert.deepEqual(headers['set-cookie'], [lines[0][1]])
    assert.equal(headers['strict-transport-security'], lines[1][1])
  }
})
