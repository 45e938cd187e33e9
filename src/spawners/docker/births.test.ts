import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { systemClock, type Clock } from '../../lib/clock.ts'
import { createBirths } from './births.ts'

const quiet = new AbortController().signal

/** Work that lasts until it is told to end, and says when it begins. */
function births(clock: Clock = systemClock, processors = 1) {
  const made = createBirths(processors, clock)
  const begun: number[] = []
  const ends = Array.from({ length: 10 }, () => Promise.withResolvers<number>())
  const begin = (number: number, signal = quiet): Promise<number> =>
    made.run(() => {
      begun.push(number)
      return ends[number]?.promise ?? Promise.resolve(number)
    }, signal)
  return { begin, begun, end: (number: number) => ends[number]?.resolve(number) }
}

test('as many containers are started at once as the engine has processors, and two more; the others follow in the order of asking', async () => {
  const { begin, begun, end } = births()
  const all = [0, 1, 2, 3, 4].map((number) => begin(number))
  await soon()
  assert.deepEqual(begun, [0, 1, 2])
  end(1)
  await soon()
  assert.deepEqual(begun, [0, 1, 2, 3])
  for (const number of [0, 2, 3, 4]) end(number)
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4])
})

test('a start that hangs gives its turn away after a while, and goes on', async () => {
  const naps: (() => void)[] = []
  const sleep = (ms: number): Promise<void> => (assert.equal(ms, 2_000), new Promise((resolve) => naps.push(resolve)))
  const { begin, begun, end } = births({ ...systemClock, sleep })
  const all = [0, 1, 2, 3].map((number) => begin(number))
  await soon()
  assert.deepEqual(begun, [0, 1, 2])
  naps[0]?.()
  await soon()
  assert.deepEqual(begun, [0, 1, 2, 3])
  for (const number of [0, 1, 2, 3]) end(number)
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3])
})

test('a start that is cancelled while it waits never begins, and the next one has its turn', async () => {
  const { begin, begun, end } = births()
  const all = [0, 1, 2].map((number) => begin(number))
  const leaving = new AbortController()
  const left = begin(3, leaving.signal)
  const next = begin(4)
  await soon()
  leaving.abort(new Error('cancelled'))
  await assert.rejects(left, /cancelled/)
  for (const number of [0, 1, 2, 4]) end(number)
  await Promise.all([...all, next])
  assert.deepEqual(begun, [0, 1, 2, 4])
})
