import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../lib/clock.ts'
import { eventStream, formatEvent } from './event-stream.ts'
import type { StreamEvent } from './event-stream.ts'

/** Time that passes when the test says so. */
function handClock(): { readonly clock: Clock; readonly pass: () => void } {
  let wake = (): void => {}
  const sleep: Clock['sleep'] = (_, signal) =>
    new Promise((resolve, reject) => {
      wake = resolve
      signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
    })
  return { clock: { now: () => 0, monotonic: () => 0, sleep }, pass: () => wake() }
}

async function* never(signal: AbortSignal): AsyncGenerator<StreamEvent> {
  yield { id: 1, data: { a: 1 } }
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

const nobodyLeaves = (): AbortSignal => new AbortController().signal

test('an event is one line of data, whatever is in it', () => {
  assert.equal(formatEvent({ id: 7, data: { text: 'a\n\ndata: b\r\n' } }), 'id: 7\ndata: {"text":"a\\n\\ndata: b\\r\\n"}\n\n')
  assert.equal(formatEvent({ id: null, data: 1 }), 'data: 1\n\n')
})

test('a stream begins with a blank line, and one more keeps it open', async () => {
  const { clock, pass } = handClock()
  const response = eventStream(never, { clock, signal: nobodyLeaves(), stillAllowed: () => Promise.resolve(true), onEnd: () => {} })
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  const next = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value)
  const first = [await next(), await next()].toSorted((a, b) => a.length - b.length)
  assert.deepEqual(first, ['\n', 'id: 1\ndata: {"a":1}\n\n'])
  pass()
  assert.equal(await next(), '\n')
  await reader?.cancel()
})

test('a stream ends with its source, and says so once', async () => {
  let ends = 0
  async function* short(): AsyncGenerator<StreamEvent> {
    yield await Promise.resolve({ id: null, data: 'x' })
  }
  const { clock } = handClock()
  const response = eventStream(short, { clock, signal: nobodyLeaves(), stillAllowed: () => Promise.resolve(true), onEnd: () => ends++ })
  assert.equal(await response.text(), '\ndata: "x"\n\n')
  assert.equal(ends, 1)
})

test('whoever may listen no more is cut off at the next keep-alive', async () => {
  const { clock, pass } = handClock()
  let ended = false
  const response = eventStream(never, {
    clock,
    signal: nobodyLeaves(),
    stillAllowed: () => Promise.resolve(false),
    onEnd: () => (ended = true),
  })
  setImmediate(pass)
  await response.text()
  assert.ok(ended)
})

test('when it cannot be found out who may listen, the stream breaks and its source ends', async () => {
  const { clock, pass } = handClock()
  const ended = Promise.withResolvers<void>()
  const response = eventStream(never, {
    clock,
    signal: nobodyLeaves(),
    stillAllowed: () => Promise.reject(new Error('the database is away')),
    onEnd: () => ended.resolve(),
  })
  setImmediate(pass)
  await assert.rejects(response.text())
  await ended.promise
})

test('a reader that leaves ends the source', async () => {
  const ended = Promise.withResolvers<void>()
  const { clock } = handClock()
  const response = eventStream(never, {
    clock,
    signal: nobodyLeaves(),
    stillAllowed: () => Promise.resolve(true),
    onEnd: () => ended.resolve(),
  })
  await response.body?.cancel()
  await ended.promise
})

test('a source that breaks breaks the stream', async () => {
  async function* broken(): AsyncGenerator<StreamEvent> {
    yield await Promise.resolve({ id: 1, data: 'x' })
    throw new Error('broken')
  }
  const { clock } = handClock()
  const response = eventStream(broken, { clock, signal: nobodyLeaves(), stillAllowed: () => Promise.resolve(true), onEnd: () => {} })
  await assert.rejects(response.text())
})
