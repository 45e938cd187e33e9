import { test } from 'node:test'
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { silentLog } from '../lib/log.ts'
import { keepRunning } from './keep-running.ts'
import type { Clock } from '../lib/clock.ts'
import type { Child, ChildEnd } from './child.ts'
import type { ChildMessage, ReadyFacts } from './host.ts'

const facts: ReadyFacts = { line: '', signInPage: '', setUpPath: null, jsonOnly: false, stopDeadlineMs: 1 }

/** Children that live until the test lets them die, on a clock that only moves when somebody sleeps or the test says so. */
function stage() {
  const pauses: number[] = []
  const back: ReadyFacts[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      pauses.push(ms)
      now += ms
      return Promise.resolve()
    },
  }
  const living: { end: (end: ChildEnd) => void; say: (message: ChildMessage) => void }[] = []
  const start = (say: (message: ChildMessage) => void): Child => {
    const { promise, resolve } = Promise.withResolvers<ChildEnd>()
    living.push({ end: resolve, say })
    const gone = { code: 0, signal: null, lastLines: [] }
    return { pid: living.length, ended: promise, stop: () => Promise.resolve(resolve(gone)), kill: () => resolve(gone), signal: () => {} }
  }
  const die = async (afterMs: number): Promise<void> => {
    now += afterMs
    living.at(-1)?.end({ code: 1, signal: null, lastLines: ['no air'] })
    await turn()
  }
  const stopper = new AbortController()
  const kept = keepRunning(
    { name: 'hub', start, onStarted: () => {}, onBack: (again) => back.push(again) },
    { clock, log: silentLog, stop: stopper.signal },
  )
  return { kept, pauses, back, living, die, stop: () => stopper.abort() }
}

test('the first restart comes at once, then pauses double up to ten seconds', async () => {
  const { kept, pauses, living, die } = stage()
  living[0]?.say({ kind: 'ready', facts })
  for (let death = 0; death < 10; death += 1) await die(1_000)
  assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
  await kept.stop({ kind: 'stop', stopServers: false })
})

test('a process that stayed up for half a minute is started again at once', async () => {
  const { kept, pauses, living, die } = stage()
  living[0]?.say({ kind: 'ready', facts })
  for (const upMs of [1_000, 1_000, 30_000, 1_000]) await die(upMs)
  assert.deepEqual(pauses, [0, 100, 0, 100])
  await kept.stop({ kind: 'stop', stopServers: false })
})

test('it is told when a process is ready again, with its new facts', async () => {
  const { kept, back, living, die } = stage()
  living[0]?.say({ kind: 'ready', facts })
  assert.deepEqual(back, [])
  await die(10)
  living[1]?.say({ kind: 'ready', facts: { ...facts, line: 'new' } })
  assert.deepEqual(
    back.map(({ line }) => line),
    ['new'],
  )
  assert.deepEqual(await kept.ready, { ok: true, facts })
  await kept.stop({ kind: 'stop', stopServers: false })
})

test('a failure before it was ever ready is final, one after that is not', async () => {
  const first = stage()
  first.living[0]?.say({ kind: 'failed', sentence: 'No.', exitCode: 2 })
  assert.deepEqual(await first.kept.ready, { ok: false, sentence: 'No.', exitCode: 2 })
  await first.die(10)
  assert.equal(first.living.length, 1)
  const second = stage()
  second.living[0]?.say({ kind: 'ready', facts })
  await second.die(10)
  second.living[1]?.say({ kind: 'failed', sentence: 'Not now.', exitCode: 1 })
  await second.die(10)
  assert.equal(second.living.length, 3)
  await second.kept.stop({ kind: 'stop', stopServers: false })
})

test('five deaths before it was ready are final, with its last words', async () => {
  const { kept, living, die } = stage()
  for (let death = 0; death < 5; death += 1) await die(10)
  const ready = await kept.ready
  assert.deepEqual(ready, { ok: false, sentence: 'The hub ended 5 times before it was ready (exit code 1).\nno air', exitCode: 1 })
  assert.equal(living.length, 5)
})

test('nothing is started again once the end was asked for', async () => {
  const { living, die, stop } = stage()
  living[0]?.say({ kind: 'ready', facts })
  stop()
  await die(10)
  assert.equal(living.length, 1)
})
