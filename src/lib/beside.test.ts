import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beside } from './beside.ts'

async function* counting(name: string, pauses: readonly Promise<void>[]): AsyncGenerator<string> {
  for (const [index, pause] of pauses.entries()) {
    await pause
    yield `${name}${index}`
  }
}
const door = () => Promise.withResolvers<void>()

test('what comes first is given first, from whichever source', async () => {
  const [a, b] = [door(), door()]
  const both = beside(counting('main', [a.promise]), counting('aside', [Promise.resolve(), b.promise]))
  assert.equal((await both.next()).value, 'aside0')
  a.resolve()
  assert.equal((await both.next()).value, 'main0')
  assert.deepEqual(await both.next(), { value: undefined, done: true })
  b.resolve()
})

test('the end of the other source is not the end', async () => {
  const a = door()
  const both = beside(counting('main', [Promise.resolve(), a.promise]), counting('aside', []))
  assert.equal((await both.next()).value, 'main0')
  a.resolve()
  assert.equal((await both.next()).value, 'main1')
  assert.equal((await both.next()).done, true)
})

test('a source that fails ends it with its failure', async () => {
  const failing = beside(counting('main', [Promise.reject(new Error('gone'))]), counting('aside', [door().promise]))
  await assert.rejects(failing.next(), /gone/)
})
