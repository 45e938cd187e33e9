import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, galleryNow } from '../../test/support/gallery-data.ts'
import { phaseSteps } from './phase-steps.ts'

const short = (list: ReturnType<typeof phaseSteps>): readonly string[] =>
  list.map(({ phase, state, ms }) => `${phase} ${state} ${ms ?? '-'}`)

test('a start that goes on shows what is done, what goes on, and what is to come', () => {
  const steps = phaseSteps(
    events(
      [
        ['queued', 0],
        ['preparing', 4],
        ['creating', 1],
        ['booting', 2],
      ],
      10,
    ),
    galleryNow,
  )
  assert.deepEqual(short(steps), ['queued done 4000', 'preparing done 1000', 'creating done 2000', 'booting now 3000', 'routing todo -'])
})

test('fetching an image is shown only where it happens, and once however often it is told', () => {
  const steps = phaseSteps(
    events(
      [
        ['queued', 0],
        ['pulling', 1, { bytesDone: 1 }],
        ['pulling', 5, { bytesDone: 2 }],
      ],
      8,
    ),
    galleryNow,
  )
  assert.deepEqual(short(steps), ['queued done 1000', 'pulling now 7000', 'creating todo -', 'booting todo -', 'routing todo -'])
  assert.deepEqual(steps[1]?.data, { bytesDone: 2 })
})

test('a phase that was passed over is left out', () => {
  const steps = phaseSteps(
    events(
      [
        ['queued', 0],
        ['booting', 1],
      ],
      2,
    ),
    galleryNow,
  )
  assert.deepEqual(short(steps), ['queued done 1000', 'booting now 1000', 'routing todo -'])
})

test('a start that failed ends where it failed', () => {
  const steps = phaseSteps(
    events(
      [
        ['queued', 0],
        ['preparing', 1],
        ['failed', 3],
        ['stopped', 1],
      ],
      100,
    ),
    galleryNow,
  )
  assert.deepEqual(short(steps), ['queued done 1000', 'preparing failed 3000'])
})

test('a start that became ready is done to its last phase', () => {
  const steps = phaseSteps(
    events(
      [
        ['queued', 0],
        ['booting', 1],
        ['routing', 2],
        ['ready', 1],
      ],
      100,
    ),
    galleryNow,
  )
  assert.deepEqual(short(steps), ['queued done 1000', 'booting done 2000', 'routing done 1000'])
})

test('nothing has happened yet: everything is to come', () => {
  assert.deepEqual(short(phaseSteps([], galleryNow)), [
    'queued todo -',
    'preparing todo -',
    'creating todo -',
    'booting todo -',
    'routing todo -',
  ])
})

test('clocks that jump back give no negative times', () => {
  const steps = phaseSteps(
    events(
      [
        ['queued', 0],
        ['booting', -5],
      ],
      -10,
    ),
    galleryNow,
  )
  assert.ok(steps.every(({ ms }) => ms === null || ms >= 0))
})
