import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePath, matchPath } from './path-pattern.ts'

const match = (pattern: string, path: string) => matchPath(compilePath(pattern), path)

test('a path is split on slashes before it is decoded, so an encoded slash stays in its part', () => {
  assert.deepEqual(match('/users/:user', '/users/a%2Fb'), { kind: 'matched', params: { user: 'a/b' } })
  assert.deepEqual(match('/users/:user', '/users/%EC%9E%A5'), { kind: 'matched', params: { user: '장' } })
})

test('only a part that may be empty matches an empty one', () => {
  assert.equal(match('/users/:user', '/users/').kind, 'different')
  assert.deepEqual(match('/users/:user/servers/:server?', '/users/a/servers/'), { kind: 'matched', params: { user: 'a', server: '' } })
  assert.equal(match('/users/:user/servers/:server?', '/users/a/servers').kind, 'different')
})

test('literal parts are compared as they were sent', () => {
  assert.equal(match('/users', '/user%73').kind, 'different')
  assert.equal(match('/users', '/users/').kind, 'different')
  assert.equal(match('/users', '/USERS').kind, 'different')
})

test('percent signs that encode no UTF-8 are malformed, not a crash', () => {
  for (const bad of ['%', '%f', '%zz', '%ff', '%c3%28', '%ed%a0%80'])
    assert.equal(match('/users/:user', `/users/${bad}`).kind, 'malformed', bad)
})

test('a rest takes everything that is left as it was sent', () => {
  assert.deepEqual(match('/user/:user/*rest', '/user/a/lab%2Fx//y'), { kind: 'matched', params: { user: 'a', rest: 'lab%2Fx//y' } })
  assert.deepEqual(match('/user/:user/*rest', '/user/a/'), { kind: 'matched', params: { user: 'a', rest: '' } })
  assert.equal(match('/user/:user/*rest', '/user/a').kind, 'different')
})

test('names of variables cannot reach the prototype', () => {
  const found = match('/users/:user', '/users/__proto__')
  assert.deepEqual(found, { kind: 'matched', params: { user: '__proto__' } })
})
