import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { probe } from './http-client.ts'

async function listen(context: TestContext, handler: RequestListener, path?: string): Promise<number> {
  const server = createServer(handler)
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path })
  await once(server, 'listening')
  context.after(() => server.close())
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

test('the status and the headers of an answer are told, whatever the status', async (context) => {
  const port = await listen(context, (request, response) => response.writeHead(503, { 'x-path': request.url ?? '' }).end('body'))
  const answer = await probe(`http://127.0.0.1:${port}/user/a/api?x=1`, { timeoutMs: 5000 })
  assert.equal(answer.kind, 'answer')
  assert.ok(answer.kind === 'answer')
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['x-path'], '/user/a/api?x=1')
})

test('a redirect is an answer and is not followed', async (context) => {
  const port = await listen(context, (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  const answer = await probe(`http://127.0.0.1:${port}/`, { timeoutMs: 5000 })
  assert.ok(answer.kind === 'answer')
  assert.equal(answer.status, 302)
})

test('an answer whose body never ends is an answer', async (context) => {
  const port = await listen(context, (_, response) => response.writeHead(200).write('more to come'))
  assert.equal((await probe(`http://127.0.0.1:${port}/`, { timeoutMs: 5000 })).kind, 'answer')
})

test('a Unix socket is asked like a port', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-probe-'))
  context.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'a socket')
  await listen(context, (request, response) => response.writeHead(200, { 'x-path': request.url ?? '' }).end(), path)
  const answer = await probe(`http+unix://${encodeURIComponent(path)}/api`, { timeoutMs: 5000 })
  assert.ok(answer.kind === 'answer')
  assert.equal(answer.headers['x-path'], '/api')
  assert.deepEqual(await probe(`http+unix://${encodeURIComponent(`${path}2`)}/api`, { timeoutMs: 5000 }), { kind: 'refused' })
})

test('a port on which nobody listens refuses', async () => {
  assert.deepEqual(await probe('http://127.0.0.1:1/', { timeoutMs: 5000 }), { kind: 'refused' })
})

test('a server that accepts and stays silent is a timeout', async (context) => {
  const port = await listen(context, () => {})
  assert.deepEqual(await probe(`http://127.0.0.1:${port}/`, { timeoutMs: 30 }), { kind: 'timeout' })
})

test('something that does not speak HTTP has failed', async (context) => {
  const server = createTcpServer((socket) => socket.end('SSH-2.0-x\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  assert.equal((await probe(`http://127.0.0.1:${address.port}/`, { timeoutMs: 5000 })).kind, 'failed')
})

test('aborting rejects with the reason of the signal', async (context) => {
  const port = await listen(context, () => {})
  const reason = new Error('cancelled')
  const stop = new AbortController()
  const asked = probe(`http://127.0.0.1:${port}/`, { timeoutMs: 5000, signal: stop.signal })
  stop.abort(reason)
  await assert.rejects(asked, reason)
  await assert.rejects(probe(`http://127.0.0.1:${port}/`, { timeoutMs: 5000, signal: stop.signal }), reason)
})
