import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverPath } from '../../src/core/names.ts'
import { createProxyClient } from '../../src/proxy/client.ts'
import { call, startProxy, startUpstream, worldToken } from '../support/proxy-world.ts'

/** Also names that no person may have today: what reaches the table must come back as it went in. */
const names = [
  'alice',
  'a b',
  'josé',
  '한글',
  'a.b@c+d~e',
  '100%',
  '100%25',
  'a#b',
  'a?b',
  "o'neil",
  'a(b)!*',
  'a;b,c=d&e$f:g',
  'a%2e',
  '__proto__',
]

test('every name leads to its own server through the real proxy, is listed as it was put, and can be taken away', async (t) => {
  const proxy = await startProxy(t)
  const client = createProxyClient({ api: { url: proxy.apiUrl }, token: worldToken, fetchDeadlineMs: 5_000 })
  t.after(() => client.close())
  const { signal } = new AbortController()
  const paths = names.map((name) => serverPath('/', name, ''))
  for (const [index, path] of paths.entries()) {
    const upstream = await startUpstream(t, (request, response) => response.end(`${index} ${request.url ?? ''}`))
    await client.put(path, upstream.url, { user: names[index] ?? '' }, signal)
  }
  const listed = await client.list(signal)
  assert.deepEqual(listed.map((route) => `${route.path}/`).toSorted(), paths.toSorted())
  for (const [index, path] of paths.entries()) {
    const { status, body } = await call({ host: '127.0.0.1', port: proxy.port, path: `${path}api?x=%2F` })
    assert.deepEqual([status, body], [200, `${index} ${path}api?x=%2F`])
    const named = await call({ host: '127.0.0.1', port: proxy.port, path: path.slice(0, -1) })
    assert.deepEqual([named.status, named.body], [200, `${index} ${path.slice(0, -1)}`])
  }
  for (const path of paths) await client.delete(path, signal)
  assert.deepEqual(await client.list(signal), [])
})
