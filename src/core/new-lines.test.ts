import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newLines } from './new-lines.ts'

test('lines that were seen are not told again', () => {
  assert.deepEqual(newLines([], []), [])
  assert.deepEqual(newLines([], ['a', 'b']), ['a', 'b'])
  assert.deepEqual(newLines(['a', 'b'], ['a', 'b']), [])
  assert.deepEqual(newLines(['a', 'b'], ['a', 'b', 'c']), ['c'])
  assert.deepEqual(newLines(['a', 'b', 'c'], ['b', 'c', 'd']), ['d'])
  assert.deepEqual(newLines(['a', 'a'], ['a', 'a', 'a']), ['a'])
  assert.deepEqual(newLines(['a', 'b'], []), [])
})

test('a line that was still being written comes again when it is complete', () => {
  assert.deepEqual(newLines(['a', 'Load'], ['a', 'Loading done', 'b']), ['Loading done', 'b'])
})

test('when more has come than a look shows, all of it is told', () => {
  assert.deepEqual(newLines(['a', 'b'], ['x', 'y']), ['x', 'y'])
})

test('together the answers are the text, as long as a look shows all that has come', () => {
  const text = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{8}$/), { maxLength: 60 })
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 20 }), (lines, steps) => {
      let shown = 0
      let before: readonly string[] = []
      const told: string[] = []
      for (const step of steps) {
        shown = Math.min(lines.length, shown + step)
        const now = lines.slice(Math.max(0, shown - 10), shown)
        told.push(...newLines(before, now))
        before = now
      }
      assert.deepEqual(told, lines.slice(0, shown))
    }),
  )
})
