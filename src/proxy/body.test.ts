import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { beginBody, createBody, framing, takeBody } from './body.ts'

type Taken = { readonly passed: string; readonly rest: string; readonly done: boolean; readonly broken: boolean }

/** Feeds a text in pieces that end at the given places. */
function take(
  text: string,
  kind: number,
  length: number,
  cuts: readonly number[],
  more: { keepsTrailer?: boolean; unwrap?: boolean } = {},
): Taken {
  const body = createBody(more.keepsTrailer ?? false)
  beginBody(body, kind, length)
  body.unwrap = more.unwrap ?? false
  const passed: string[] = []
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1))), text.length].toSorted((a, b) => a - b)
  let from = 0
  for (const place of places) {
    const piece = Buffer.from(text.slice(from, place), 'latin1')
    const after = takeBody(body, piece, 0, piece.length, (buf, start, end) => passed.push(buf.toString('latin1', start, end)))
    piece.fill(0)
    if (after === -1) return { passed: passed.join(''), rest: '', done: false, broken: true }
    if (body.done) return { passed: passed.join(''), rest: text.slice(from + after), done: true, broken: false }
    assert.equal(after, piece.length)
    from = place
  }
  return { passed: passed.join(''), rest: '', done: body.done, broken: false }
}

const chunk = fc.record({
  data: fc.string({ unit: fc.constantFrom('\r', '\n', ';', '0', 'a', '5', 'G', 'x'), minLength: 1, maxLength: 40 }),
  extension: fc.constantFrom('', ';a', ';a=b;c="d e"'),
  zeros: fc.constantFrom('', '0', '00'),
})
const cuts = fc.array(fc.nat(400), { maxLength: 12 })

test('a chunked body goes on without extensions and ends exactly where it ends, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 6 }),
      fc.constantFrom('', 'X-T: 1\r\n', 'X-T: 1\r\nX-U:\r\n'),
      cuts,
      fc.boolean(),
      (chunks, trailer, at, keepsTrailer) => {
        const size = (data: string, zeros: string): string => `${zeros}${data.length.toString(16)}`
        const sent = chunks.map(({ data, extension, zeros }) => `${size(data, zeros)}${extension}\r\n${data}\r\n`).join('')
        const plain = chunks.map(({ data, zeros }) => `${size(data, zeros)}\r\n${data}\r\n`).join('')
        const next = 'GET /next HTTP/1.1\r\n'
        const taken = take(`${sent}0\r\n${trailer}\r\n${next}`, framing.chunked, 0, at, { keepsTrailer })
        assert.equal(taken.passed, `${plain}0\r\n${keepsTrailer ? trailer : ''}\r\n`)
        assert.ok(taken.done)
        assert.ok(next.endsWith(taken.rest))
        const unwrapped = take(`${sent}0\r\n${trailer}\r\n`, framing.chunked, 0, at, { unwrap: true })
        assert.equal(unwrapped.passed, chunks.map(({ data }) => data).join(''))
      },
    ),
    { numRuns: 2000 },
  )
})

test('broken chunks are noticed at the same byte, however they are cut', () => {
  for (const text of [
    '5\r\nhelloX',
    '5\r\nhello\rX',
    '5\nhello',
    '\r\n',
    'g\r\n',
    '5 \r\n',
    '-1\r\n',
    '1234567890123\r\n',
    '5;\x01',
    '0\r\n X: 1\r\n\r\n',
    '0\r\nHost: a\r\n\r\n',
  ]) {
    for (let at = 0; at <= text.length; at++) assert.ok(take(text, framing.chunked, 0, [at]).broken, `${JSON.stringify(text)} cut at ${at}`)
  }
})

test('a counted body takes its bytes and leaves the rest', () => {
  fc.assert(
    fc.property(fc.nat(50), cuts, (length, at) => {
      const taken = take(`${'x'.repeat(length)}next`, framing.length, length, at)
      assert.equal(taken.passed, 'x'.repeat(length))
      assert.ok(taken.done)
    }),
  )
})

test('a body without length takes everything and is never done', () => {
  const taken = take('everything', framing.untilClose, 0, [3])
  assert.deepEqual(taken, { passed: 'everything', rest: '', done: false, broken: false })
})
