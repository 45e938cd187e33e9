import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAlmostFull, usageOf } from './usage.ts'
import type { Reading } from './usage.ts'

const reading = (at: number, cpuSeconds: number): Reading => ({
  at,
  cpuSeconds,
  cpuLimit: 2,
  memoryBytes: 100,
  memoryLimitBytes: 400,
  disk: null,
  memoryKillAt: null,
})

test('cores in use are the processor time between two readings; one reading, or two at one moment, say none', () => {
  assert.equal(usageOf(reading(0, 10), reading(2_000, 13)).cores, 1.5)
  assert.equal(usageOf(null, reading(2_000, 13)).cores, null)
  assert.equal(usageOf(reading(2_000, 10), reading(2_000, 13)).cores, null)
  assert.equal(usageOf(reading(0, 13), reading(1_000, 10)).cores, 0)
})

test('everything else is that of the newer reading', () => {
  assert.deepEqual(usageOf(null, reading(Date.parse('2026-03-02T14:02:31.000Z'), 1)), {
    at: '2026-03-02T14:02:31.000Z',
    cores: null,
    cpuLimit: 2,
    memoryBytes: 100,
    memoryLimitBytes: 400,
    disk: null,
    memoryKillAt: null,
  })
})

test('almost full is nine tenths of a limit; without a limit nothing is', () => {
  assert.deepEqual([isAlmostFull(89, 100), isAlmostFull(90, 100), isAlmostFull(90, null)], [false, true, false])
})
