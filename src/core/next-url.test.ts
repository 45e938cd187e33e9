import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { safeNext } from './next-url.ts'

const hub = 'http://127.0.0.1:18000'
const own = { hub }

describe('where a next may lead', () => {
  const vectors: readonly (readonly [next: string | null, result: string | null])[] = [
    [null, null],
    ['', null],
    ['/hub/home', '/hub/home'],
    ['/hub/spawn?x=1&y=2#top', '/hub/spawn?x=1&y=2#top'],
    ['home', null],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['http:/hub/home', null],
    ['https:e', null],
    ['http://evil/', null],
    ['//evil', null],
    ['///evil/x', null],
    ['\\\\evil', null],
    ['/\\evil.com', '/%5Cevil.com'],
    ['http://127.0.0.1:18000//evil.com', '/evil.com'],
    ['http://127.0.0.1:18000///evil.com', '/evil.com'],
    ['//127.0.0.1:18000/hub/home', '/hub/home'],
    ['http://127.0.0.1:18000/hub/home', '/hub/home'],
    ['https://127.0.0.1:18000/hub/home', null],
    ['HTTP://127.0.0.1:18000/hub/home', null],
    ['http://127.0.0.1:18000@evil/', null],
    ['http://127.0.0.1:18000.evil/', null],
    ['http://127.0.0.1:180001/', null],
    ['/a?next=http://evil', '/a?next=http://evil'],
    ['/.//evil.com', '/evil.com'],
    ['/%2e//evil.com', '/evil.com'],
    ['/hub/../\\evil', '/%5Cevil'],
    ['/hub/..//evil', '/evil'],
    ['/%09/evil', '/%09/evil'],
    ['/\t/evil', null],
    ['/\n/evil', null],
    ['/\r\nSet-Cookie: a=b', null],
    ['\u0000//evil', null],
    [' /hub/home', null],
    ['%2f%2fevil', null],
    ['/%2f%2fevil', '/%2f%2fevil'],
    ['%252f%252fevil', null],
    [`/${'a'.repeat(1_048_576)}`, null],
    ['/user/üser one/', '/user/%C3%BCser%20one/'],
    ['/\ud800', null],
  ]
  for (const [next, result] of vectors)
    it(`takes ${JSON.stringify(next)?.slice(0, 60)} to ${result ?? 'the default page'}`, () => assert.equal(safeNext(next, own), result))

  it('follows the scheme that the browser sees', () => {
    assert.equal(safeNext('https://127.0.0.1:18000/hub/home', { hub: 'https://127.0.0.1:18000' }), '/hub/home')
  })

  it('reduces hosts below our own domain to their path', () => {
    const sub = { hub: 'http://hub.test:18000', domain: 'hub.test' }
    assert.equal(safeNext('http://alice.hub.test:18000/pre/user/alice/lab', sub), '/pre/user/alice/lab')
    assert.equal(safeNext('http://alice.hub.test:18000//evil', sub), '/evil')
    assert.equal(safeNext('http://evilhub.test/', sub), null)
    assert.equal(safeNext('http://x:y@alice.hub.test/', sub), null)
    assert.equal(safeNext('http://alice.hub.test/', own), null)
  })

  it('never leaves the origin, whatever is given', () => {
    const part = fc.constantFrom(
      '/',
      '//',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '@',
      ':',
      '?',
      '#',
      'evil.com',
      'http:',
      '127.0.0.1:18000',
      'hub',
      ' ',
      '\t',
      'é',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        const safe = safeNext(parts.join(''), own)
        if (safe === null) return
        assert.match(safe, /^\/(?![/\\])[\x21-\x7e]*$/)
        assert.equal(new URL(safe, hub).origin, hub)
        assert.equal(safeNext(safe, own), safe)
      }),
      { numRuns: 5000 },
    )
  })
})
