import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCookieJar } from './cookies.ts'

test('every value of a name is kept in its order; more than eight are none', () => {
  const jar = createCookieJar('a=1; b=2; a=3; bad; =x; a="quoted"', false)
  assert.deepEqual(jar.all('a'), ['1', '3', 'quoted'])
  assert.deepEqual(jar.all('none'), [])
  assert.equal(createCookieJar(Array.from({ length: 300 }, (_, n) => `a=${n}`).join('; '), false).all('a').length, 0)
  assert.equal(createCookieJar(Array.from({ length: 8 }, (_, n) => `a=${n}`).join('; '), false).all('a').length, 8)
})

test('cookies are SameSite=Lax, and Secure when the browser uses https', () => {
  const jar = createCookieJar(null, true)
  jar.set('a', 'x', { path: '/hub/', httpOnly: true, maxAgeSeconds: 60 })
  jar.set('b', 'y', { path: '/', httpOnly: false })
  assert.deepEqual(jar.outgoing(), ['a=x; Path=/hub/; Max-Age=60; HttpOnly; Secure; SameSite=Lax', 'b=y; Path=/; Secure; SameSite=Lax'])
})

test('the last value set for a name and path is the one that is sent', () => {
  const jar = createCookieJar(null, false)
  jar.set('a', 'x', { path: '/', httpOnly: true })
  jar.clear('a', '/')
  assert.deepEqual(jar.outgoing(), ['a=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'])
})

test('a value or path that would end the cookie early is a mistake of the program', () => {
  const jar = createCookieJar(null, false)
  for (const value of ['a;b', 'a b', 'a,b', 'a"b', 'a\r\nb', 'é']) assert.throws(() => jar.set('a', value, { path: '/', httpOnly: true }))
  assert.throws(() => jar.set('a', 'x', { path: '/;Domain=evil', httpOnly: true }))
})
