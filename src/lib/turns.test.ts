import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('no more than so many run at once, in the order of asking', async () => {
  const turns = createTurns(2)
  const order: number[] = []
  let running = 0
  const work = (number: number) => async (): Promise<void> => {
    running += 1
    assert.ok(running <= 2)
    order.push(number)
    await Promise.resolve()
    running -= 1
  }
  await Promise.all([1, 2, 3, 4, 5].map((number) => turns.run(work(number))))
  assert.deepEqual(order, [1, 2, 3, 4, 5])
  assert.equal(turns.waiting(), 0)
})

test('a turn comes back when the work throws', async () => {
  const turns = createTurns(1)
  await assert.rejects(
    turns.run(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await turns.run(() => Promise.resolve('yes')), 'yes')
})

test('who gives up waiting does not hold the others up', async () => {
  const turns = createTurns(1)
  const release = await turns.take()
  const leaving = new AbortController()
  const left = turns.take(leaving.signal)
  const stays = turns.take()
  assert.equal(turns.waiting(), 2)
  leaving.abort(new Error('left'))
  await assert.rejects(left, /left/)
  release()
  release()
  const second = await stays
  assert.equal(turns.waiting(), 0)
  second()
  assert.equal(await turns.run(() => Promise.resolve(1)), 1)
})

test('a signal that is aborted already takes no turn', async () => {
  const turns = createTurns(1)
  await assert.rejects(turns.take(AbortSignal.abort(new Error('late'))), /late/)
  assert.equal(await turns.run(() => Promise.resolve(1)), 1)
})
