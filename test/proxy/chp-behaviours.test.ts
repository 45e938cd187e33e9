import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { call, echoed, isWhole, startEcho, startProxy, startScripted, startUpstream } from '../support/proxy-world.ts'
import type { Owner, ProxyWorld, Reply } from '../support/proxy-world.ts'
import { rawSocket } from '../support/raw-socket.ts'
import { until } from '../support/until.ts'

// What configurable-http-proxy does and clients rely on: errors, pages, activity, sockets. Paths and headers are in forwarding.test.ts.

const get = (proxy: ProxyWorld, path: string, method = 'GET'): Promise<Reply> => call({ host: '127.0.0.1', port: proxy.port, path, method })
const deadTarget = 'http://127.0.0.1:1'

function folder(t: Owner): string {
  const path = mkdtempSync(join(tmpdir(), 'orrery-proxy-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** An error target that remembers what it was asked, and answers with the address in the query. */
async function startErrorTarget(t: Owner): Promise<{ url: string; asked: { url: string; headers: readonly string[] }[] }> {
  const asked: { url: string; headers: readonly string[] }[] = []
  const { url } = await startUpstream(t, (request, response) => {
    asked.push({ url: request.url ?? '', headers: request.rawHeaders })
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Set-Cookie': 'evil=1', 'X-Internal': '1' })
    response.end(new URL(request.url ?? '', 'http://x').searchParams.get('url') ?? '')
  })
  return { url, asked }
}

test('the default route is served, kept alive, and its use is noted', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const before = await proxy.activity('/')
  await until(() => Date.now() > before)
  const reply = await call({ host: '127.0.0.1', port: proxy.port, path: '/', headers: { connection: 'keep-alive' } })
  assert.equal(reply.headers.connection, 'keep-alive')
  assert.ok((await proxy.activity('/')) > before)
})

test('what counts as use of a route: answers below 300 and bytes of a body, nothing else', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.statusCode = Number(/\d{3}/.exec(request.url ?? '')?.[0] ?? 200)
    request.resume()
    request.on('end', () => response.end())
  })
  const proxy = await startProxy(t)
  await proxy.route('/a', upstream.url)
  await proxy.route('/a/b', upstream.url)
  const moves = async (work: () => Promise<unknown>, path = '/a'): Promise<boolean> => {
    const before = await proxy.activity(path)
    await until(() => Date.now() > before)
    await work()
    return (await proxy.activity(path)) > before
  }
  assert.equal(await moves(() => get(proxy, '/a/200')), true)
  assert.equal(await moves(() => get(proxy, '/a/204')), true)
  for (const status of [301, 304, 404, 500]) assert.equal(await moves(() => get(proxy, `/a/${status}`)), false, String(status))
  assert.equal(await moves(() => get(proxy, '/a/b/200')), false, 'a route above is not used')
  assert.equal(await moves(() => get(proxy, '/_chp_healthz')), false)
  const upload = async (): Promise<void> => {
    const client = await proxy.connect()
    client.send('POST /a/500 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n')
    client.send('h')
    await new Promise((resolve) => setTimeout(resolve, 20))
    client.send('i')
    await client.receives(isWhole)
    client.destroy()
  }
  assert.equal(await moves(upload), true)
  await proxy.route('/dead', deadTarget)
  assert.equal(await moves(() => get(proxy, '/dead'), '/dead'), false)
})

test('a dead target: 503 for a request', async (t) => {
  const proxy = await startProxy(t)
  await proxy.route('/dead', deadTarget)
  const reply = await get(proxy, '/dead/x')
  assert.equal(reply.status, 503)
  assert.match(reply.body, /503:/)
  assert.match(reply.headers['content-type'] ?? '', /^text\/html/)
})

test('built-in pages for 404 and 503, without a body for HEAD', async (t) => {
  const proxy = await startProxy(t)
  await proxy.route('/dead', deadTarget)
  const missing = await get(proxy, '/nope')
  assert.deepEqual([missing.status, missing.body.includes('404:')], [404, true])
  const head = await get(proxy, '/nope', 'HEAD')
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [404, '', missing.headers['content-length']])
})

test('pages from a folder: by code, else error.html', async (t) => {
  const path = folder(t)
  writeFileSync(join(path, '404.html'), '<p>my 404')
  writeFileSync(join(path, 'error.html'), '<p>my error')
  const proxy = await startProxy(t, { errorPath: path })
  await proxy.route('/dead', deadTarget)
  const missing = await get(proxy, '/nope')
  const dead = await get(proxy, '/dead')
  assert.deepEqual([missing.status, missing.body], [404, '<p>my 404'])
  assert.deepEqual([dead.status, dead.body], [503, '<p>my error'])
  assert.match(dead.headers['content-type'] ?? '', /^text\/html/)
})

test('pages from an error target: our code, its body and type, nothing else of it, nothing of the client', async (t) => {
  const pages = await startErrorTarget(t)
  const proxy = await startProxy(t, { errorTarget: `${pages.url}/hub/error` })
  await proxy.route('/dead', deadTarget)
  const reply = await call({ host: '127.0.0.1', port: proxy.port, path: '/nope?a=b', headers: { cookie: 'secret=1' } })
  assert.deepEqual([reply.status, reply.body, reply.headers['content-type']], [404, '/nope?a=b', 'text/plain'])
  assert.equal(reply.headers['set-cookie'], undefined)
  assert.equal(reply.headers['x-internal'], undefined)
  assert.equal(pages.asked[0]?.url, '/hub/error/404?url=%2Fnope%3Fa%3Db')
  assert.ok(!pages.asked[0].headers.join(' ').includes('secret'))
  assert.equal((await get(proxy, '/dead')).body, '/dead')
  assert.equal(pages.asked[1]?.url, '/hub/error/503?url=%2Fdead')
})

test('an address that cannot be decoded is 500 where no route takes it', async (t) => {
  const pages = await startErrorTarget(t)
  const proxy = await startProxy(t, { errorTarget: pages.url })
  const reply = await get(proxy, '/%')
  assert.deepEqual([reply.status, reply.body], [500, '/%'])
  assert.equal(pages.asked[0]?.url, '/500?url=%2F%25')
})

test('an error target that fails, or never answers, is replaced by the built-in page', async (t) => {
  const proxy = await startProxy(t, { errorTarget: deadTarget })
  const reply = await get(proxy, '/nope')
  assert.deepEqual([reply.status, reply.body.includes('404: Not Found'), reply.headers['cache-control']], [404, true, 'no-store'])
})

test('the address in an error page is data, never markup', async (t) => {
  const proxy = await startProxy(t)
  const reply = await get(proxy, '/nope/<script>alert(1)</script>')
  assert.equal(reply.status, 404)
  assert.doesNotMatch(reply.body, /<script/)
})

test('connections are kept after an error page', async (t) => {
  const pages = await startErrorTarget(t)
  const proxy = await startProxy(t, { errorTarget: pages.url })
  const client = await proxy.connect()
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  client.send('POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET /4 HTTP/1.1\r\nHost: a\r\n\r\n')
  const text = await client.receives((all) => all.endsWith('/4'))
  assert.deepEqual([...text.matchAll(/HTTP\/1\.1 404/g)].length, 4)
  client.destroy()
})

test('a body that nobody wants is not waited for', async (t) => {
  const proxy = await startProxy(t)
  const client = await proxy.connect()
  client.send('POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\npart')
  const text = await client.receives((all) => all.includes('404:'))
  assert.match(text, /\r\nConnection: close\r\n/)
  await client.closed()
})

test('the health check answers at its exact address, whatever the routes are', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t)
  for (const method of ['GET', 'POST']) {
    const reply = await get(proxy, '/_chp_healthz', method)
    assert.deepEqual([reply.status, reply.body, reply.headers['content-type']], [200, '{"status":"OK"}', 'application/json'])
  }
  await proxy.route('/', echo.url)
  assert.equal((await get(proxy, '/_chp_healthz')).body, '{"status":"OK"}')
  assert.equal(echoed((await get(proxy, '/_chp_healthz?x')).body).url, '/_chp_healthz?x')
})

test('targets and error targets on unix sockets', async (t) => {
  const socketPath = join(folder(t), 'server.sock')
  const server = createServer((request, response) => response.end(`unix ${request.url} ${request.headers.host}`))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const encoded = encodeURIComponent(socketPath)
  const proxy = await startProxy(t, { errorTarget: `http+unix://${encoded}/error` })
  await proxy.route('/a', `http+unix://${encoded}`)
  await proxy.route('/b', `unix+http://${encoded}/base`)
  const reply = await call({ host: '127.0.0.1', port: proxy.port, path: '/a/x', headers: { host: 'hub' } })
  assert.equal(reply.body, 'unix /a/x hub')
  assert.match((await get(proxy, '/b/x')).body, /^unix \/base\/b\/x /)
  const missing = await get(proxy, '/nope')
  assert.deepEqual([missing.status, missing.body], [404, 'unix /error/404?url=%2Fnope localhost'])
})

test('the public side on a unix socket: requests and WebSockets', async (t) => {
  const socketPath = join(folder(t), 'public.sock')
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { listen: { socketPath }, trustedProxies: [] })
  await proxy.route('/a', echo.url)
  const reply = await call({ socketPath, path: '/a/x', headers: { host: 'hub.example', 'x-forwarded-for': '9.9.9.9' } })
  assert.equal(echoed(reply.body).headers['x-forwarded-for'], '9.9.9.9', 'a peer on a socket of this machine is believed')
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  t.after(() => {
    for (const client of sockets.clients) client.terminate()
    sockets.close()
  })
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  await until(() => sockets.address() !== null)
  const address = sockets.address()
  await proxy.route('/ws', `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`)
  const socket = new WebSocket(`ws+unix://${socketPath}:/ws/`)
  const before = await proxy.activity('/ws')
  const heard = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
  socket.once('open', () => socket.send('hi'))
  assert.equal(await heard, 'hi')
  assert.ok((await proxy.activity('/ws')) >= before)
  socket.terminate()
})

test('a server that is gone and back is served again', async (t) => {
  const first = await startScripted(t, async (server) => {
    await server.receives((text) => text.endsWith('\r\n\r\n'))
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  const proxy = await startProxy(t)
  await proxy.route('/a', first.url)
  assert.equal((await get(proxy, '/a')).status, 200)
  await proxy.route('/a', deadTarget)
  assert.equal((await get(proxy, '/a')).status, 503)
  await proxy.route('/a', first.url)
  first.connections[0]?.destroy()
  assert.equal((await get(proxy, '/a')).status, 200)
})

test('a thousand odd addresses end no process and leave nothing behind', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  await proxy.route('/user/foo', echo.url)
  const pieces = [
    '/',
    '//',
    '.',
    '..',
    '%',
    '%2',
    '%2e',
    '%2F',
    '%5c',
    '%00',
    '%ff',
    'user',
    'foo',
    '__proto__',
    '?',
    '&',
    ';',
    '@',
    ':',
    '\\',
    '|',
    '{',
    '~',
    '*',
    '%E7%A7%80',
  ]
  let seed = 42
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const client = await rawSocket({ host: '127.0.0.1', port: proxy.port })
  client.destroy()
  for (let round = 0; round < 1000; round++) {
    const path = `/${Array.from({ length: random(6) }, () => pieces[random(pieces.length)]).join('')}`
    const { status } = await call({ host: '127.0.0.1', port: proxy.port, path })
    assert.ok(status === 200 || status === 400, `${path}: ${status}`)
  }
  await until(() => proxy.connections() <= 1)
})
