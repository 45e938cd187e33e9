import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import { createPortChooser, originOf, reachableIp } from './ports.ts'

test('no port is given twice within a minute, and one is given again after it', async () => {
  let time = 0
  const choose = createPortChooser({ ...systemClock, monotonic: () => time })
  const ports = await Promise.all(Array.from({ length: 60 }, () => choose('127.0.0.1', 0)))
  assert.equal(new Set(ports).size, 60)
  time = 120_000
  assert.ok((await choose('127.0.0.1', 0)) > 0)
})

test('a configured port is given when it is free, and refused when somebody listens there', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const choose = createPortChooser(systemClock)
  await assert.rejects(choose('127.0.0.1', address.port), { code: 'server_port_taken', detail: { port: address.port } })
  server.close()
  await once(server, 'close')
  assert.equal(await choose('127.0.0.1', address.port), address.port)
  assert.equal(await choose('127.0.0.1', address.port), address.port)
})

test('an address that the machine does not have is refused by name', async () => {
  await assert.rejects(createPortChooser(systemClock)('192.0.2.1', 0), { code: 'spawner_failed', message: /192\.0\.2\.1/ })
})

test('a server on all addresses is reached on this machine, and IPv6 gets its brackets', () => {
  assert.deepEqual(['', '0.0.0.0', '::', '10.0.0.1'].map(reachableIp), ['127.0.0.1', '127.0.0.1', '::1', '10.0.0.1'])
  assert.deepEqual([originOf('', 80), originOf('::1', 80)], ['http://:80', 'http://[::1]:80'])
})
