import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanRoutePath, createRouteTable, routeHost } from './route-table.ts'

function tableOf(...paths: string[]) {
  const table = createRouteTable<string>()
  for (const path of paths) table.set(path, path)
  return table
}

const hit = (table: ReturnType<typeof tableOf>, path: string, host: string | null = null): string => {
  const found = table.find(host, path)
  return found.kind === 'found' ? found.value : found.kind
}

test('paths are cleaned: a slash in front, one slash less at the end', () => {
  assert.equal(cleanRoutePath('a/b/'), '/a/b')
  assert.equal(cleanRoutePath('/'), '/')
  assert.equal(cleanRoutePath(''), '/')
  assert.equal(cleanRoutePath('/a//'), '/a/')
})

test('the longest path on segment borders wins', () => {
  const table = tableOf('/', '/b/c', '/b/c/d/e', '/prefix', '/prefix/sub/tree')
  assert.equal(hit(table, '/b/c'), '/b/c')
  assert.equal(hit(table, '/b/c/'), '/b/c')
  assert.equal(hit(table, '/b/c/x'), '/b/c')
  assert.equal(hit(table, '/b/cd'), '/')
  assert.equal(hit(table, '/b'), '/')
  assert.equal(hit(table, '/b/c/d'), '/b/c')
  assert.equal(hit(table, '/b/c/d/e/f'), '/b/c/d/e')
  assert.equal(hit(table, '/b/c/dword'), '/b/c')
  assert.equal(hit(table, '/prefix/sub'), '/prefix')
})

test('without a root route an uncovered path has no target', () => {
  const table = tableOf('/a/b/c/d')
  assert.equal(hit(table, '/a'), 'absent')
  assert.equal(hit(table, '/a/b/c'), 'absent')
  assert.equal(hit(table, '/a/b/c/d/e/f'), '/a/b/c/d')
})

test('removing a route keeps what is below it and prunes empty branches', () => {
  const table = tableOf('/', '/a', '/a/b', '/x/y/z')
  assert.equal(table.delete('/a/'), true)
  assert.equal(table.delete('/a'), false)
  assert.equal(hit(table, '/a/q'), '/')
  assert.equal(hit(table, '/a/b/q'), '/a/b')
  table.delete('/x/y/z')
  assert.equal(hit(table, '/x//y'), '/', 'no branch is left that would make the empty segment matter')
  table.delete('/')
  assert.equal(hit(table, '/nope'), 'absent')
  assert.equal(hit(table, '/a/b'), '/a/b')
})

test('segments are matched decoded, once', () => {
  const table = tableOf('/b@r/b r', '/user/秀樹', '/user/100%')
  assert.equal(hit(table, '/b%40r/b%20r/rest/of/it'), '/b@r/b r')
  assert.equal(hit(table, '/b@r/b%20r/rest'), '/b@r/b r')
  assert.equal(hit(table, `/user/${encodeURIComponent('秀樹')}/lab`), '/user/秀樹')
  assert.equal(hit(table, '/user/100%25/x'), '/user/100%')
  assert.equal(hit(table, '/user/100%2525/x'), 'absent')
})

test('a routing part that can be read in two ways is refused', () => {
  const table = tableOf('/', '/user/foo', '/user/foo/lab')
  for (const path of [
    '/user%2Ffoo/z',
    '/hub%2fapi/users',
    '/user/a%5cb',
    '/user/a%00b',
    '/user/a\\b',
    '//user/foo',
    '//evil.example/x',
    '/user//foo',
    '/user/foo/../foo/z',
    '/user/foo/%2e%2E/bar',
    '/.',
    '/hub/./api',
    '/a/..',
    '/user/foo/lab%2Fx',
    '/user/foo/x%2f..%2flab',
  ]) {
    assert.equal(hit(table, path), 'ambiguous', path)
  }
})

test('below a decided route the rest is opaque', () => {
  const table = tableOf('/', '/user/foo', '/user/foo/lab')
  for (const path of [
    '/user/foo//a//b',
    '/user/foo/api/contents/a%2Fb',
    '/user/foo/x%5cy',
    '/user/foo/a%2Fb',
    '/user/foo/%',
    '/user/foo/.hidden',
  ]) {
    assert.equal(hit(table, path), '/user/foo', path)
  }
  assert.equal(hit(table, '/user/foo/lab/tree/a%2Fb%'), '/user/foo/lab')
})

test('a broken escape matches no route: the root route takes it, else it is undecodable', () => {
  assert.equal(hit(tableOf('/'), '/%'), '/')
  assert.equal(hit(tableOf(), '/%'), 'undecodable')
  assert.equal(hit(tableOf('/user/foo'), '/user/%zz'), 'undecodable')
})

test('names of built-in object members are ordinary segments', () => {
  const table = tableOf('/', '/constructor')
  assert.equal(hit(table, '/__proto__/x'), '/')
  assert.equal(hit(table, '/constructor/x'), '/constructor')
  assert.equal(hit(table, '/toString'), '/')
})

test('matching is case-sensitive', () => {
  assert.equal(hit(tableOf('/user/foo'), '/User/foo'), 'absent')
})

test('the covered prefix is counted in raw characters', () => {
  const found = tableOf('/b@r').find(null, '/b%40r/rest')
  assert.deepEqual(found, { kind: 'found', value: '/b@r', prefixLength: 6 })
})

test('host routing: the first segment is a host name in any case, the root route takes the rest', () => {
  const table = createRouteTable<string>({ hostRouting: true })
  for (const path of ['/', '/Alice.example.com', '/alice.example.com/deep']) table.set(path, path)
  assert.equal(hit(table, '/x', 'alice.example.com'), '/Alice.example.com')
  assert.equal(hit(table, '/deep/x', 'alice.example.com'), '/alice.example.com/deep')
  assert.equal(hit(table, '/x', 'bob.example.com'), '/')
  assert.equal(routeHost('ALICE.ex.com:8000'), 'alice.ex.com')
  assert.equal(routeHost('[::1]:8000'), '[::1]')
})
