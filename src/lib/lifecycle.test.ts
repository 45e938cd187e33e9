import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createScope } from './lifecycle.ts'
import { systemClock } from './clock.ts'
import { silentLog } from './log.ts'
import type { Clock } from './clock.ts'

/** Time stands still; only the first sleeper can be let go. */
function stillClock(): { clock: Clock; ring: () => void } {
  const bell = Promise.withResolvers<void>()
  const sleeps = [bell.promise]
  return { clock: { now: () => 0, monotonic: () => 0, sleep: () => sleeps.pop() ?? new Promise(() => {}) }, ring: () => bell.resolve() }
}

test('stopping aborts, waits for background work, then undoes in reverse order', async () => {
  const scope = createScope({ clock: systemClock, log: silentLog })
  const seen: string[] = []
  scope.onStop('first', () => seen.push('undo first'))
  scope.onStop('second', () => Promise.resolve(seen.push('undo second')))
  const work = Promise.withResolvers<void>()
  scope.signal.addEventListener('abort', () => {
    seen.push('abort')
    work.resolve()
  })
  scope.run(
    'work',
    work.promise.then(() => seen.push('work ended')),
  )
  assert.deepEqual(await scope.stop(5000), [])
  assert.deepEqual(seen, ['abort', 'work ended', 'undo second', 'undo first'])
})

test('work that does not end in time is named, and the rest is still undone', async () => {
  const { clock, ring } = stillClock()
  const scope = createScope({ clock, log: silentLog })
  let undone = false
  scope.run('stuck', new Promise(() => {}))
  scope.onStop('listener', () => (undone = true))
  const stopped = scope.stop(100)
  ring()
  assert.deepEqual(await stopped, ['stuck'])
  assert.ok(undone)
})

test('failing background work is logged once and rejects nobody', async () => {
  const events: string[] = []
  const scope = createScope({ clock: systemClock, log: { ...silentLog, error: (event) => events.push(event) } })
  scope.run('bad', Promise.reject(new Error('no')))
  await scope.stop(1000)
  assert.deepEqual(events, ['background.failed'])
})

test('an undo that fails does not keep the others from running', async () => {
  const events: string[] = []
  const scope = createScope({ clock: systemClock, log: { ...silentLog, error: (event) => events.push(event) } })
  let undone = false
  scope.onStop('first', () => (undone = true))
  scope.onStop('second', () => {
    throw new Error('no')
  })
  assert.deepEqual(await scope.stop(1000), [])
  assert.ok(undone)
  assert.deepEqual(events, ['stop.failed'])
})

test('a second stop waits for the first one', async () => {
  const scope = createScope({ clock: systemClock, log: silentLog })
  const [first, second] = await Promise.all([scope.stop(1000), scope.stop(1000)])
  assert.equal(first, second)
})
