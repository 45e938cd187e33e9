import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pauseAfter } from './retry.ts'

test('pauses double from the first to the longest, whatever the number of failures', () => {
  const pauses = [0, 1, 2, 3, 4, 5, 5000].map((failures) => pauseAfter(failures, { firstMs: 100, longestMs: 1000 }))
  assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1000, 1000])
})
