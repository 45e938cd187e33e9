import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseTarget, pathOf } from './target.ts'

test('a target that was written by pathOf is read as it was meant', () => {
  const word = fc
    .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'Z', '0', '-', '_', '.', ':', '@', '+', '~', ' ', '=', '&', '?') })
    .filter((text) => !/^\.+$/.test(text))
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.dictionary(word, word, { maxKeys: 3 }), (segments, query) => {
      const read = parseTarget(pathOf(segments, query))
      assert.deepEqual(read?.segments, segments)
      assert.deepEqual(read.query, new Map(Object.entries(query)))
    }),
  )
})

test('what can be understood in more than one way is not understood at all', () => {
  const targets = [
    '',
    'info',
    '//info',
    '/info/',
    '/a//b',
    '/a/./b',
    '/a/../b',
    '/a%2fb',
    '/a%5cb',
    '/%2e%2e/b',
    '/%252e',
    '/a%00',
    '/a\\b',
    '/a#b',
    '/a?b=1&b=2',
    '/a?=1',
    '/%zz',
    '/é',
    'http://x/y',
    `/${'a'.repeat(9000)}`,
  ]
  assert.deepEqual(
    targets.filter((target) => parseTarget(target) !== null),
    [],
  )
})

test('a question mark with nothing after it is a target without parameters', () => {
  assert.deepEqual(parseTarget('/info?'), { segments: ['info'], query: new Map() })
})
