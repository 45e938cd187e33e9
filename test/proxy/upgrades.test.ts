import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { isWhole, startProxy, startScripted, startUpstream } from '../support/proxy-world.ts'
import type { Owner } from '../support/proxy-world.ts'
import { until } from '../support/until.ts'

const ask = (target: string, fields = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${fields}\r\n`
const accepted = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const endsHead = (text: string): boolean => text.includes('\r\n\r\n')

/** A WebSocket server that sends everything back. */
async function startWsEcho(t: Owner): Promise<{ url: string; headers: IncomingHttpHeaders[]; server: WebSocketServer }> {
  const http = createServer()
  const server = new WebSocketServer({ server: http, perMessageDeflate: true, maxPayload: 256 * 1024 * 1024 })
  const headers: IncomingHttpHeaders[] = []
  server.on('connection', (socket, request) => {
    headers.push(request.headers)
    socket.send('welcome')
    socket.on('message', (data, binary) => socket.send(data, { binary }))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const client of server.clients) client.terminate()
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  return { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`, headers, server }
}

/** Both ends of an upgraded connection through a proxy, with nothing sent yet. */
async function openTunnel(t: Owner) {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send(accepted)
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(ask('/'))
  await client.receives(endsHead)
  const server = upstream.connections[0]
  assert.ok(server !== undefined)
  return { client, server }
}

/** An open WebSocket and what it has received. */
async function openSocket(url: string): Promise<{ socket: WebSocket; messages: Buffer[] }> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 })
  const messages: Buffer[] = []
  socket.on('message', (data) => messages.push(Buffer.isBuffer(data) ? data : Buffer.from('not one buffer')))
  await once(socket, 'open')
  return { socket, messages }
}

test('a WebSocket greets and echoes, and counts as activity only when the client sends', async (t) => {
  const echo = await startWsEcho(t)
  const proxy = await startProxy(t)
  await proxy.route('/user/a', echo.url)
  const before = await proxy.activity('/user/a')
  const { socket, messages } = await openSocket(`ws://127.0.0.1:${proxy.port}/user/a/api/kernels/1/channels?session_id=2`)
  await until(() => messages.length === 1)
  assert.equal(await proxy.activity('/user/a'), before, 'neither the upgrade nor what the server says counts')
  await until(() => Date.now() > before)
  socket.send('hi')
  await until(() => messages.length === 2)
  assert.deepEqual(messages.map(String), ['welcome', 'hi'])
  assert.ok((await proxy.activity('/user/a')) > before)
  const headers = echo.headers[0]
  assert.equal(headers?.['x-forwarded-proto'], 'ws')
  assert.equal(headers['x-forwarded-for'], '127.0.0.1')
  assert.equal(headers['x-forwarded-host'], undefined)
  assert.equal(headers.host, `127.0.0.1:${proxy.port}`)
  socket.terminate()
})

test('large frames arrive unharmed in both directions', async (t) => {
  const echo = await startWsEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const { socket, messages } = await openSocket(`ws://127.0.0.1:${proxy.port}/`)
  const large = randomBytes(24 * 1024 * 1024)
  socket.send(large)
  await until(() => messages.length === 2, 30_000)
  const digest = (data: Buffer | undefined): string =>
    createHash('sha256')
      .update(data ?? '')
      .digest('hex')
  assert.equal(digest(messages[1]), digest(large))
  socket.terminate()
})

test('fifty WebSockets talk at once without mixing', async (t) => {
  const echo = await startWsEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const all = await Promise.all(Array.from({ length: 50 }, () => openSocket(`ws://127.0.0.1:${proxy.port}/`)))
  for (let round = 0; round < 20; round++) for (const [index, { socket }] of all.entries()) socket.send(`${index}:${round}`)
  await until(() => all.every(({ messages }) => messages.length === 21))
  for (const [index, { socket, messages }] of all.entries()) {
    assert.deepEqual(
      messages.slice(1).map(String),
      Array.from({ length: 20 }, (_, round) => `${index}:${round}`),
    )
    socket.terminate()
  }
})

test('closing one side closes the other, with the close frame of whoever began', async (t) => {
  const echo = await startWsEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const byClient = await openSocket(`ws://127.0.0.1:${proxy.port}/`)
  const [serverSide] = echo.server.clients
  assert.ok(serverSide !== undefined)
  byClient.socket.close(4001, 'by client')
  assert.deepEqual((await once(serverSide, 'close')).map(String), ['4001', 'by client'])
  const byServer = await openSocket(`ws://127.0.0.1:${proxy.port}/`)
  const [other] = echo.server.clients
  other?.close(4002, 'by server')
  assert.deepEqual((await once(byServer.socket, 'close')).map(String), ['4002', 'by server'])
})

for (const side of ['client', 'server'] as const) {
  for (const how of ['end', 'destroy', 'reset'] as const) {
    test(`the ${side} goes away (${how}): the other side is closed`, async (t) => {
      const { client, server } = await openTunnel(t)
      const [going, staying] = side === 'client' ? [client, server] : [server, client]
      going.send('last words')
      await staying.receives((text) => text.endsWith('last words'))
      if (how === 'end') going.socket.end()
      else if (how === 'destroy') going.socket.destroy()
      else going.socket.resetAndDestroy()
      await staying.closed()
    })
  }
}

test('last bytes before the end arrive', async (t) => {
  const large = 'x'.repeat(2_000_000)
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send(accepted)
    server.send(large)
    server.socket.end()
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(ask('/'))
  const text = await client.closed()
  assert.equal(text.length - text.indexOf('\r\n\r\n') - 4, large.length)
})

test('bytes that come together with the switch belong to the new protocol, on both sides', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send(`${accepted}from the server`)
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(`${ask('/')}from the client`)
  await client.receives((text) => text.endsWith('from the server'))
  await upstream.connections[0]?.receives((text) => text.endsWith('from the client'))
  client.destroy()
})

test('any protocol may be switched to when the server agrees', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send('HTTP/1.1 101 Fine\r\nConnection: upgrade\r\nUpgrade: chat/2\r\nX-More: 1\r\n\r\nhello')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send('POST /x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: chat/2, chat/1\r\nContent-Length: 0\r\n\r\n')
  const text = await client.receives((all) => all.endsWith('hello'))
  assert.equal(text, 'HTTP/1.1 101 Fine\r\nUpgrade: chat/2\r\nX-More: 1\r\nConnection: Upgrade\r\n\r\nhello')
  assert.match(
    upstream.connections[0]?.received() ?? '',
    /^POST \/x HTTP\/1\.1\r\n[^]*\r\nUpgrade: chat\/2, chat\/1\r\n[^]*Connection: Upgrade\r\n/,
  )
  client.destroy()
})

test('a server that answers an upgrade with an ordinary response: it is passed on, then the connection closes', async (t) => {
  const upstream = await startUpstream(t, () => {})
  upstream.server.on('upgrade', (_: unknown, socket: Duplex) => {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\ndenied')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(ask('/'))
  const text = await client.closed()
  assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n[^]*Connection: close\r\n\r\ndenied$/)
})

test('an upgrade that cannot be passed on is answered bare, and closed', async (t) => {
  const dead = await startScripted(t, () => {})
  const gone = `http://127.0.0.1:1`
  const proxy = await startProxy(t, { errorTarget: dead.url })
  await proxy.route('/dead', gone)
  const before = await proxy.activity('/dead')
  for (const [target, status] of [
    ['/dead/x', 503],
    ['/nowhere', 404],
    ['/%', 500],
  ] as const) {
    const client = await proxy.connect()
    client.send(ask(target))
    const text = await client.closed()
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} [A-Za-z ]+\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n$`))
  }
  assert.equal(dead.connections.length, 0, 'no error page is fetched')
  assert.equal(await proxy.activity('/dead'), before)
})

test('a WebSocket stays open when its route is replaced and removed, and still counts as use of it', async (t) => {
  const echo = await startWsEcho(t)
  const proxy = await startProxy(t)
  await proxy.route('/user/a', echo.url)
  const { socket, messages } = await openSocket(`ws://127.0.0.1:${proxy.port}/user/a/`)
  await proxy.route('/user/a', 'http://127.0.0.1:1')
  const before = await proxy.activity('/user/a')
  await until(() => Date.now() > before)
  socket.send('one')
  await until(() => messages.length === 2)
  assert.ok((await proxy.activity('/user/a')) > before)
  await proxy.api('DELETE', '/api/routes/user/a')
  socket.send('two')
  await until(() => messages.length === 3)
  socket.terminate()
})

for (const side of ['client', 'server'] as const) {
  test(`a ${side} that does not read holds the other one back`, async (t) => {
    const { client, server } = await openTunnel(t)
    const [lazy, busy] = side === 'client' ? [client, server] : [server, client]
    lazy.socket.pause()
    const total = 64 * 1024 * 1024
    const block = Buffer.alloc(65_536, 'x')
    let accepting = 0
    const more = (): void => {
      while (accepting < total) {
        accepting += block.length
        if (!busy.socket.write(block)) {
          busy.socket.once('drain', more)
          return
        }
      }
    }
    more()
    let last = -1
    await until(async () => {
      const same = accepting === last
      last = accepting
      await new Promise((resolve) => setTimeout(resolve, 100))
      return same
    })
    assert.ok(accepting < total / 2, `${accepting} bytes were taken`)
    let received = 0
    lazy.socket.removeAllListeners('data')
    lazy.socket.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    lazy.socket.resume()
    await until(() => received === total)
    client.destroy()
  })
}

test('timeouts of requests do not touch what was switched', async (t) => {
  const echo = await startWsEcho(t)
  const proxy = await startProxy(t, {
    defaultTarget: echo.url,
    limits: { timeoutMs: 50, proxyTimeoutMs: 50, keepAliveTimeoutMs: 50, stallTimeoutMs: 50 },
  })
  const { socket, messages } = await openSocket(`ws://127.0.0.1:${proxy.port}/`)
  const idle = await proxy.connect()
  await until(() => messages.length === 1)
  idle.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await idle.receives(isWhole).catch(() => {})
  await idle.closed()
  await new Promise((resolve) => setTimeout(resolve, 300))
  socket.send('still here')
  await until(() => messages.length === 2)
  socket.terminate()
})
