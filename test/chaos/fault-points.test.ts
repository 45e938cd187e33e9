import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { faultPoints } from '../../src/hub/faults.ts'
import { lightSpawner } from '../support/orrery.ts'
import { lightServersOf } from '../support/server-processes.ts'
import { promiseFaultPoints } from './fault-walk.ts'

test('there are at least twelve fault points, some of a start and some of a stop', () => {
  assert.ok(faultPoints.length >= 12)
  assert.ok(faultPoints.some((point) => point.startsWith('start.')) && faultPoints.some((point) => point.startsWith('stop.')))
})

suite('servers that are processes', () => {
  const config = { spawner: { kind: 'process', ...lightSpawner } }
  const ground = { config, serversOf: lightServersOf, remainsOf: lightServersOf, close: () => Promise.resolve() }
  promiseFaultPoints(() => Promise.resolve(ground))
})
