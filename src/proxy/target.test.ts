import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTrust } from './forwarded.ts'
import { joinPaths, parseTarget } from './target.ts'

test('targets are http, https or a unix socket; everything else is none', () => {
  assert.deepEqual(parseTarget('http://h:81/a/?k=v'), {
    key: 'http://h:81',
    secure: false,
    host: 'h',
    port: 81,
    socketPath: null,
    authority: 'h:81',
    path: '/a/',
    query: 'k=v',
  })
  assert.deepEqual(parseTarget('https://[::1]')?.host, '::1')
  assert.deepEqual([parseTarget('http://h')?.port, parseTarget('https://h')?.port, parseTarget('http://h:80')?.authority], [80, 443, 'h'])
  assert.deepEqual(
    [parseTarget('http+unix://%2Frun%2Fx.sock/p')?.socketPath, parseTarget('http+unix://%2Frun%2Fx.sock/p')?.path],
    ['/run/x.sock', '/p'],
  )
  for (const text of ['', 'h:80', 'ws://h', 'ftp://h', 'http://', 'http+unix://relative', 'http+unix://%zz', 'javascript:1'])
    assert.equal(parseTarget(text), null, text)
})

test('paths are joined with one slash at the seam', () => {
  assert.deepEqual(
    [joinPaths('/a/', '/b'), joinPaths('/a', '/b'), joinPaths('/a', 'b'), joinPaths('/a/', 'b')],
    ['/a/b', '/a/b', '/a/b', '/a/b'],
  )
})

test('trust is by address or range, in either form of an IPv4 address', () => {
  const trusts = createTrust(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd12::1', '']) assert.ok(trusts(address), address)
  for (const address of ['11.0.0.1', '192.0.2.8', 'fe80::1', '::ffff:11.0.0.1', '127.0.0.1']) assert.ok(!trusts(address), address)
  assert.ok(createTrust(['*'])('203.0.113.1'))
  for (const entry of ['10.0.0.0/33', 'nonsense', '10.0.0.0/x', '::1/129', '']) assert.throws(() => createTrust([entry]), RangeError, entry)
})
