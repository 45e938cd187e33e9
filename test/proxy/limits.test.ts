import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, isWhole, startEcho, startProxy, startScripted, startUpstream } from '../support/proxy-world.ts'
import { until } from '../support/until.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const endsHead = (text: string): boolean => text.includes('\r\n\r\n')
const took = async (work: Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await work
  return performance.now() - from
}

test('a head that comes too slowly is answered with 408, a connection that says nothing is closed', async (t) => {
  const proxy = await startProxy(t, { limits: { headerTimeoutMs: 200 } })
  const silent = await proxy.connect()
  const slow = await proxy.connect()
  let sent = 0
  const drip = setInterval(() => {
    if (slow.socket.writable) slow.send(get[sent++ % 10] ?? '')
  }, 20)
  const ms = await took(slow.closed())
  clearInterval(drip)
  assert.match(slow.received(), /^HTTP\/1\.1 408 /)
  assert.ok(ms < 2000, `${ms} ms`)
  assert.equal(await silent.closed(), '')
})

test('an idle connection is kept for the time that was announced, and a little longer', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url, limits: { keepAliveTimeoutMs: 100 } })
  const client = await proxy.connect()
  client.send(get)
  await client.receives(isWhole)
  const ms = await took(client.closed())
  assert.ok(ms > 100 && ms < 2500, `${ms} ms`)
})

test('a server that does not answer in time is answered for with 503', async (t) => {
  const upstream = await startScripted(t, () => {})
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { proxyTimeoutMs: 100 } })
  const reply = await call({ host: '127.0.0.1', port: proxy.port, path: '/' })
  assert.equal(reply.status, 503)
  await upstream.connections[0]?.closed()
})

test('a client that is silent too long during a request is dropped without an answer', async (t) => {
  const upstream = await startScripted(t, () => {})
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { timeoutMs: 100 } })
  const client = await proxy.connect()
  client.send(get)
  assert.equal(await client.closed(), '')
  await upstream.connections[0]?.closed()
})

test('a long answer that keeps coming is not cut by the limits of silence', async (t) => {
  const upstream = await startUpstream(t, (_, response) => {
    let count = 0
    const more = setInterval(() => {
      response.write('x')
      if (++count === 15) {
        clearInterval(more)
        response.end('end')
      }
    }, 20)
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { timeoutMs: 150, proxyTimeoutMs: 150 } })
  const reply = await call({ host: '127.0.0.1', port: proxy.port, path: '/' })
  assert.equal(reply.body, `${'x'.repeat(15)}end`)
})

test('an upload that stalls is dropped, one that goes on slowly is not', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url, limits: { stallTimeoutMs: 200 } })
  const stalled = await proxy.connect()
  stalled.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345')
  const slow = await proxy.connect()
  slow.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n')
  const sending = (async () => {
    for (const byte of '1234567890') {
      slow.send(byte)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  await stalled.closed()
  await sending
  await slow.receives(isWhole)
  slow.destroy()
})

test('a client that does not take its answer is dropped', async (t) => {
  const upstream = await startUpstream(t, (_, response) => response.end(Buffer.alloc(32 * 1024 * 1024)))
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { stallTimeoutMs: 200 } })
  const client = await proxy.connect()
  client.socket.pause()
  client.send(get)
  await until(() => proxy.connections() === 0)
  client.destroy()
})

test('kept connections to a server are given up after a while', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { upstreamIdleMs: 100 } })
  await call({ host: '127.0.0.1', port: proxy.port, path: '/' })
  await upstream.connections[0]?.closed()
})

test('the end: no new connections, idle ones close, requests under way are answered, then all is closed', async (t) => {
  let answer = (): void => {}
  const upstream = await startUpstream(t, (request, response) => {
    if (request.url === '/slow') answer = () => response.end('late but whole')
    else response.end('ok')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { drainMs: 5000 } })
  const idle = await proxy.connect()
  idle.send(get)
  await idle.receives(isWhole)
  const busy = await proxy.connect()
  busy.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  const first = answer
  await until(() => answer !== first)
  const stopping = proxy.stop()
  await idle.closed()
  await assert.rejects(proxy.connect())
  answer()
  const text = await busy.closed()
  assert.match(text, /\r\nConnection: close\r\n[^]*late but whole$/)
  assert.ok((await took(stopping)) < 2000)
})

test('the end does not wait for ever', async (t) => {
  const upstream = await startScripted(t, () => {})
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { drainMs: 100 } })
  const client = await proxy.connect()
  client.send(get)
  await until(() => upstream.connections.length === 1)
  assert.ok((await took(proxy.stop())) < 2000)
  await client.closed()
})

test('an open upgrade does not hold up the end', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url, limits: { drainMs: 5000 } })
  const client = await proxy.connect()
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  await client.receives(endsHead)
  assert.ok((await took(proxy.stop())) < 2000)
  await client.closed()
})
