import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renewalTime, retryDelay } from './renewal.ts'

const day = 86_400_000

test('a certificate of 90 days is renewed between the 51st and the 60th', () => {
  const life = { from: 0, to: 90 * day }
  assert.equal(renewalTime(life, 0), 60 * day)
  assert.equal(Math.round(renewalTime(life, 1) / day), 51)
})

test('failures are followed by longer and longer waits, never by more than seven and a half hours', () => {
  const waits = [1, 2, 3, 4, 5, 6, 100].map((failures) => retryDelay(failures, 0.5) / 60_000)
  assert.deepEqual(waits, [1, 4, 16, 64, 256, 360, 360])
  assert.deepEqual([retryDelay(1, 0), retryDelay(1, 1)], [45_000, 75_000])
  assert.equal(retryDelay(99, 1), 7.5 * 3_600_000)
})
