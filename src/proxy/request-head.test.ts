import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maxFields, scan } from './field-lines.ts'
import { createRequestHead, parseRequestHead } from './request-head.ts'
import { createResponseHead, parseResponseHead } from './response-head.ts'

const head = createRequestHead()
const parse = (text: string): number => {
  const buf = Buffer.from(text, 'latin1')
  return parseRequestHead(buf, buf.length, head)
}

test('a head is incomplete at every length below its own, and read the same at its own', () => {
  const text = 'POST /a?b=c HTTP/1.1\r\nHost: hub.example\r\nContent-Length:  12 \r\nConnection: close, X-A\r\nX-A:\r\nEmpty: \t \r\n\r\n'
  for (let length = 1; length < text.length; length++) assert.equal(parse(text.slice(0, length)), scan.incomplete, `at ${length}`)
  assert.equal(parse(`${text}more`), text.length)
  assert.deepEqual([head.contentLength, head.keepAlive, head.chunked, head.minor, head.fields.count], [12, false, false, 1, 5])
})

test('keep-alive follows version and Connection', () => {
  const kept = (version: string, connection: string): boolean => {
    assert.ok(parse(`GET / ${version}\r\nHost: a\r\n${connection}\r\n`) > 0)
    return head.keepAlive
  }
  assert.equal(kept('HTTP/1.1', ''), true)
  assert.equal(kept('HTTP/1.1', 'Connection: Close\r\n'), false)
  assert.equal(kept('HTTP/1.1', 'Connection: keep-alive, close\r\n'), false)
  assert.equal(kept('HTTP/1.1', 'Connection: keep-alive\r\nConnection: close\r\n'), false)
  assert.equal(kept('HTTP/1.0', ''), false)
  assert.equal(kept('HTTP/1.0', 'Connection: Keep-Alive\r\n'), true)
})

test('only requests that may be repeated are repeatable', () => {
  for (const [method, fields, repeatable] of [
    ['GET', '', true],
    ['HEAD', '', true],
    ['DELETE', '', true],
    ['PUT', 'Content-Length: 0\r\n', true],
    ['PUT', 'Content-Length: 1\r\n', false],
    ['GET', 'Transfer-Encoding: chunked\r\n', false],
    ['POST', '', false],
    ['PATCH', '', false],
  ] as const) {
    assert.ok(parse(`${method} / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`) > 0)
    assert.equal(head.repeatable, repeatable, `${method} ${fields}`)
  }
})

test('a hundred fields are taken, one more is too many', () => {
  const withFields = (count: number): number => parse(`GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(count - 1)}\r\n`)
  assert.ok(withFields(maxFields) > 0)
  assert.equal(withFields(maxFields + 1), scan.tooLarge)
})

test('what is taken is what a strict reading by lines gives, for any bytes', () => {
  const bytes = fc.string({
    unit: fc.constantFrom('\r', '\n', ' ', ':', 'a', 'X', '-', '\t', '\0', '\x7f', '\xe9', ',', ';', '=', '0'),
    maxLength: 24,
  })
  const line = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/
  fc.assert(
    fc.property(bytes, bytes, (one, two) => {
      const text = `GET / HTTP/1.1\r\nHost: a\r\nX:${one}\r\nY${two}\r\n\r\n`
      const end = text.indexOf('\r\n\r\n')
      const lines = text.slice(0, end).split('\r\n').slice(1)
      const strict = lines.every((each) => line.test(each)) && lines.filter((each) => each.startsWith('Host')).length === 1
      assert.equal(parse(text) === end + 4, strict, JSON.stringify(text))
    }),
    { numRuns: 3000 },
  )
})

test('no bytes make the parsers throw or read past the end', () => {
  const response = createResponseHead()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('', 'GET / HTTP/1.1\r\n', 'HTTP/1.1 200 OK\r\n'), (bytes, start) => {
      const buf = Buffer.concat([Buffer.from(start), bytes])
      assert.ok(parseRequestHead(buf, buf.length, head) <= buf.length)
      assert.ok(parseResponseHead(buf, buf.length, response) <= buf.length)
    }),
    { numRuns: 3000 },
  )
})

test('a response head is read at its end only', () => {
  const response = createResponseHead()
  const text = 'HTTP/1.1 200\r\nContent-Length: 3\r\nConnection: X-B\r\nX-B: 1\r\n\r\n'
  for (let length = 1; length < text.length; length++) {
    const buf = Buffer.from(text.slice(0, length))
    assert.equal(parseResponseHead(buf, buf.length, response), scan.incomplete, `at ${length}`)
  }
  const buf = Buffer.from(`${text}abc`)
  assert.equal(parseResponseHead(buf, buf.length, response), text.length)
  assert.deepEqual([response.status, response.contentLength, response.keepAlive, response.chunked], [200, 3, true, false])
})
