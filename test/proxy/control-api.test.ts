import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HubError } from '../../src/core/errors.ts'
import { createProxyClient } from '../../src/proxy/client.ts'
import { call, startEcho, startProxy, startUpstream, worldToken } from '../support/proxy-world.ts'
import type { Owner, Reply } from '../support/proxy-world.ts'
import { until } from '../support/until.ts'
import { z } from 'zod'

function folder(t: Owner, mode: number): string {
  const path = mkdtempSync(join(tmpdir(), 'orrery-proxy-'))
  chmodSync(path, mode)
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const oneSchema = z.record(z.string(), z.unknown())
const allSchema = z.record(z.string(), oneSchema)
const one = (reply: Reply): Record<string, unknown> => oneSchema.parse(JSON.parse(reply.body))
const all = (reply: Reply): Record<string, Record<string, unknown>> => allSchema.parse(JSON.parse(reply.body))

const soon = (): AbortSignal => AbortSignal.timeout(5000)

test('routes are made, shown, replaced and removed, with everything that was given with them', async (t) => {
  const proxy = await startProxy(t, { defaultTarget: 'http://127.0.0.1:1' })
  const before = Date.now()
  const made = await proxy.api('POST', '/api/routes/user/foo%40bar', {
    target: 'http://t/',
    jupyterhub: true,
    user: 'foo@bar',
    extra: { a: [1] },
    last_activity: 'x',
  })
  assert.deepEqual([made.status, made.body], [201, ''])
  await proxy.api('POST', '/api/routes/user/a%20b/', { target: 'http://t/2' })
  const table = all(await proxy.api('GET', '/api/routes'))
  assert.deepEqual(Object.keys(table), ['/', '/user/foo@bar', '/user/a b'])
  const { last_activity: at, ...rest } = table['/user/foo@bar'] ?? {}
  assert.deepEqual(rest, { target: 'http://t/', jupyterhub: true, user: 'foo@bar', extra: { a: [1] } })
  assert.match(String(at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(Date.parse(String(at)) >= before)
  assert.equal(one(await proxy.api('GET', '/api/routes/user/foo@bar/'))['target'], 'http://t/')
  await proxy.api('POST', '/api/routes/user/foo@bar', { target: 'http://t/3' })
  const replaced = one(await proxy.api('GET', '/api/routes/user/foo@bar'))
  assert.deepEqual(Object.keys(replaced), ['target', 'last_activity'])
  const gone = await proxy.api('DELETE', '/api/routes/user/foo@bar')
  assert.deepEqual([gone.status, gone.body], [204, ''])
  for (const method of ['GET', 'DELETE']) {
    const missing = await proxy.api(method, '/api/routes/user/foo@bar')
    assert.deepEqual([missing.status, missing.body], [404, ''])
  }
})

test('the root route is made without a path and removed by a slash, or by nothing', async (t) => {
  const proxy = await startProxy(t)
  for (const [post, remove] of [
    ['/api/routes', '/api/routes/'],
    ['/api/routes/', '/api/routes'],
  ] as const) {
    assert.equal((await proxy.api('POST', post, { target: 'http://t' })).status, 201)
    assert.deepEqual(Object.keys(all(await proxy.api('GET', '/api/routes/'))), ['/'])
    assert.equal((await proxy.api('DELETE', remove)).status, 204)
    assert.equal((await proxy.api('GET', '/api/routes')).body, '{}')
  }
})

test('what is wrong with a call is said by status, in a fixed order', async (t) => {
  const proxy = await startProxy(t)
  const raw = (
    method: string,
    path: string,
    body: string | null,
    headers: Record<string, string> = { authorization: `token ${worldToken}` },
  ) => call({ host: '127.0.0.1', port: proxy.apiPort, method, path, headers }, body)
  const cases = [
    [await raw('GET', '/nope', null, {}), 404, 'Not Found'],
    [await raw('GET', '/api/routesx', null, {}), 404, 'Not Found'],
    [await raw('PUT', '/api/routes', null, {}), 405, 'Method not supported'],
    [await raw('OPTIONS', '/api/routes/x', null, {}), 405, 'Method not supported'],
    [await raw('POST', '/api/routes/x', '{', {}), 403, ''],
    [await raw('POST', '/api/routes/x', '{'), 400, /^Body not valid JSON: /],
    [await raw('POST', '/api/routes/x', ''), 400, /^Body not valid JSON: /],
    [await raw('POST', '/api/routes/x', '[]'), 400, /^Body not valid JSON: /],
    [await raw('POST', '/api/routes/x', '{}'), 400, "Must specify 'target' as string"],
    [await raw('POST', '/api/routes/x', '{"target":1}'), 400, "Must specify 'target' as string"],
    [await raw('POST', '/api/routes/x', `{"target":"${'a'.repeat(2_000_000)}"}`), 413, /larger/],
    [await raw('GET', '/api/routes/%', null), 400, /decoded/],
    [await raw('GET', '/api/routes?inactiveSince=garbage', null), 400, "Invalid datestamp 'garbage' must be ISO8601."],
  ] as const
  for (const [reply, status, body] of cases) {
    assert.equal(reply.status, status)
    if (typeof body === 'string') assert.equal(reply.body, body)
    else assert.match(reply.body, body)
  }
})

test('only the exact token opens the control API', async (t) => {
  const proxy = await startProxy(t)
  const statusFor = async (authorization: string | null): Promise<number> =>
    (await proxy.api('GET', '/api/routes', undefined, authorization === null ? {} : { authorization })).status
  for (const wrong of [
    null,
    '',
    'token',
    'token ',
    `Token ${worldToken}`,
    `Bearer ${worldToken}`,
    worldToken,
    `token ${worldToken}x`,
    `token x${worldToken}`,
    `Bearer token ${worldToken}`,
    'token x',
  ]) {
    assert.equal(await statusFor(wrong), 403, String(wrong))
  }
  assert.equal(await statusFor(`token ${worldToken}`), 200)
  assert.equal(await statusFor(`token   ${worldToken}`), 200)
})

test('routes can be filtered by how long they have not been used', async (t) => {
  const proxy = await startProxy(t, { defaultTarget: 'http://t' })
  await proxy.route('/a', 'http://t')
  const keys = async (query: string): Promise<string[]> => Object.keys(all(await proxy.api('GET', `/api/routes?${query}`)))
  const hour = 3_600_000
  assert.deepEqual(await keys(`inactiveSince=${new Date(Date.now() - hour).toISOString()}`), [])
  assert.deepEqual(await keys(`inactiveSince=${new Date(Date.now() + hour).toISOString()}`), ['/', '/a'])
  assert.deepEqual(await keys(`inactive_since=${new Date(Date.now() - hour).toISOString()}`), [])
  assert.deepEqual(await keys(`inactive_since=1970-01-01&inactiveSince=${new Date(Date.now() + hour).toISOString()}`), ['/', '/a'])
})

test('names of built-in members are ordinary routes', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t)
  for (const name of ['__proto__', 'constructor', 'toString']) {
    await proxy.route(`/${name}`, echo.url)
    assert.equal((await call({ host: '127.0.0.1', port: proxy.port, path: `/${name}/x` })).status, 200)
    assert.match((await proxy.api('GET', '/api/routes')).body, new RegExp(`"/${name}":`))
    assert.equal((await proxy.api('DELETE', `/api/routes/${name}`)).status, 204)
    assert.equal((await call({ host: '127.0.0.1', port: proxy.port, path: `/${name}/x` })).status, 404)
  }
  const reply = await proxy.api('POST', '/api/routes/x', undefined)
  assert.equal(reply.status, 400)
})

test('a target that is no URL is kept as it is, and answered with 500', async (t) => {
  const proxy = await startProxy(t)
  for (const target of ['not a url', 'ftp://x/', 'ws://x/', '']) {
    await proxy.route('/x', target)
    assert.equal((await call({ host: '127.0.0.1', port: proxy.port, path: '/x' })).status, 500)
    assert.equal(one(await proxy.api('GET', '/api/routes/x'))['target'], target)
  }
})

test('the public side does not show the control API', async (t) => {
  const proxy = await startProxy(t)
  const reply = await call({ host: '127.0.0.1', port: proxy.port, path: '/api/routes', headers: { authorization: `token ${worldToken}` } })
  assert.equal(reply.status, 404)
})

test('without a token: refused on TCP and in a folder that others can open, allowed in a private one', async (t) => {
  await assert.rejects(startProxy(t, { token: null }), /needs a token/)
  await assert.rejects(startProxy(t, { token: null, api: { socketPath: join(folder(t, 0o755), 'api.sock') } }), /needs a token/)
  const socketPath = join(folder(t, 0o700), 'api.sock')
  await startProxy(t, { token: null, api: { socketPath } })
  assert.equal(statSync(socketPath).mode & 0o777, 0o600)
  assert.equal((await call({ socketPath, path: '/api/routes' })).status, 200)
  const open = await startProxy(t, { token: null, insecureApi: true })
  assert.equal((await open.api('GET', '/api/routes', undefined, {})).status, 200)
})

test('a stale socket file is replaced, a used one is not', async (t) => {
  const socketPath = join(folder(t, 0o700), 'api.sock')
  const first = await startProxy(t, { api: { socketPath } })
  await assert.rejects(startProxy(t, { api: { socketPath } }), /another process listens/)
  await first.stop()
  const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  assert.ok(statSync(socketPath).isSocket(), 'a killed process leaves its file')
  await startProxy(t, { api: { socketPath } })
  assert.equal((await call({ socketPath, path: '/api/', headers: { authorization: `token ${worldToken}` } })).status, 200)
})

test('the client of the hub: makes, lists and removes routes, over TCP and a unix socket', async (t) => {
  const socketPath = join(folder(t, 0o700), 'api.sock')
  const onSocket = await startProxy(t, { api: { socketPath }, token: null })
  const onTcp = await startProxy(t)
  assert.ok(onSocket.port > 0)
  for (const client of [
    createProxyClient({ api: { socketPath }, token: null, fetchDeadlineMs: 5000 }),
    createProxyClient({ api: { url: onTcp.apiUrl }, token: worldToken, fetchDeadlineMs: 5000 }),
  ]) {
    t.after(() => client.close())
    assert.match(await client.instance(soon()), /^[0-9a-f]{32}$/)
    assert.equal(await client.instance(soon()), await client.instance(soon()))
    await client.put('/user/has@/', 'http://127.0.0.1:1', { jupyterhub: true, user: 'has@' }, soon())
    await client.put('/user/%E7%A7%80%E6%A8%B9/lab/', 'http://127.0.0.1:2', {}, soon())
    await client.put('/', 'http://127.0.0.1:3', {}, soon())
    const list = await client.list(soon())
    assert.deepEqual(
      list.map(({ path, target, data }) => [path, target, data]),
      [
        ['/user/has@', 'http://127.0.0.1:1', { jupyterhub: true, user: 'has@' }],
        ['/user/%E7%A7%80%E6%A8%B9/lab', 'http://127.0.0.1:2', {}],
        ['/', 'http://127.0.0.1:3', {}],
      ],
    )
    assert.ok(list.every(({ lastActivity }) => lastActivity !== null))
    for (const { path } of list) await client.delete(path, soon())
    await client.delete('/user/never', soon())
    assert.deepEqual(await client.list(soon()), [])
  }
})

test('the client of the hub: a refusal, a dead proxy and a silent one are server_route_failed with their cause', async (t) => {
  const proxy = await startProxy(t)
  const silent = await startUpstream(t, () => {})
  for (const [api, token] of [
    [{ url: proxy.apiUrl }, 'wrong token'],
    [{ url: 'http://127.0.0.1:1' }, worldToken],
    [{ socketPath: '/nowhere/at/all.sock' }, worldToken],
    [{ url: silent.url }, worldToken],
  ] as const) {
    const client = createProxyClient({ api, token, fetchDeadlineMs: 200 })
    const failed = (error: unknown): boolean =>
      error instanceof HubError && error.code === 'server_route_failed' && error.cause instanceof Error
    await assert.rejects(client.put('/x', 'http://t', {}, soon()), failed)
    await assert.rejects(client.list(soon()), failed)
    client.close()
  }
})

test('the client of the hub notices a proxy that was started anew, on its kept connection', async (t) => {
  const socketPath = join(folder(t, 0o700), 'api.sock')
  const first = await startProxy(t, { api: { socketPath } })
  const client = createProxyClient({ api: { socketPath }, token: worldToken, fetchDeadlineMs: 5000 })
  t.after(() => client.close())
  const before = await client.instance(soon())
  await first.stop()
  await startProxy(t, { api: { socketPath } })
  let now = before
  await until(async () => {
    now = await client.instance(soon()).catch(() => before)
    return now !== before
  })
  assert.match(now, /^[0-9a-f]{32}$/)
})
