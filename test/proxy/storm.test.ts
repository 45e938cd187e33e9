import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { call, startProxy } from '../support/proxy-world.ts'
import { until } from '../support/until.ts'

/** Chance that gives the same storm every time. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
}

const openings = [
  'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /a HTTP/1.0\r\n\r\n',
  'GET /a HTTP/1.1\r\nHo',
  'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\npart',
  'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nX',
  'GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  'GET /nope HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /dead HTTP/1.1\r\nHost: a\r\n\r\n',
  'nonsense\r\n\r\n',
]
const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTT',
  'nonsense\r\n\r\n',
  '',
]
const ends: readonly ((socket: Socket) => unknown)[] = [
  (socket) => socket.end(),
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end('last'),
]

test('a storm of connections that break off anywhere, on both sides, leaves nothing behind', async (t) => {
  const roll = dice(7)
  const later = (socket: Socket, end: ((socket: Socket) => unknown) | undefined): void => {
    const timer = setTimeout(() => end?.(socket), roll(30))
    socket.once('close', () => clearTimeout(timer))
  }
  const upstreams = new Set<Socket>()
  const server = createServer((socket) => {
    upstreams.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => upstreams.delete(socket))
    socket.on('data', () => socket.write(answers[roll(answers.length)] ?? ''))
    if (roll(2) === 0) later(socket, ends[roll(ends.length)])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  const target = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  const limits = { headerTimeoutMs: 500, keepAliveTimeoutMs: 100, stallTimeoutMs: 500, proxyTimeoutMs: 500, upstreamIdleMs: 200 }
  const proxy = await startProxy(t, { limits })
  await proxy.route('/a', target)
  await proxy.route('/dead', 'http://127.0.0.1:1')
  for (let wave = 0; wave < 20; wave++) {
    const clients = await Promise.all(Array.from({ length: 40 }, () => proxy.connect()))
    for (const client of clients) {
      client.send(openings[roll(openings.length)] ?? '')
      later(client.socket, ends[roll(ends.length)])
    }
    await Promise.all(clients.map((client) => client.closed(10_000)))
  }
  await until(() => proxy.connections() === 0 && upstreams.size === 0)
  assert.equal((await call({ host: '127.0.0.1', port: proxy.port, path: '/_chp_healthz' })).status, 200)
})
