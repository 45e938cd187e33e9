import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import type { Reading } from '../../src/core/usage.ts'
import { until } from '../support/until.ts'
import { fieldOf, tokenOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

const GB = 2 ** 30
const nothing = { measured_at: null, cpu: null, memory: null, disk: null, memory_kill_at: null }

suite('what a server uses, over the API', () => {
  let world: HubWorld
  let alice: Caller
  let calls = 0
  before(async () => {
    world = await createHubWorld()
    alice = await tokenOf(world, 'alice')
    await tokenOf(world, 'bob')
  })
  after(() => world.close())

  /** Every reading is a second after the one before, with half a core in use. */
  const reading = (changes: Partial<Reading> = {}): Reading => {
    calls += 1
    const at = Date.parse('2026-03-02T14:02:00.000Z') + calls * 1000
    const disk = { bytes: 3 * GB, at: '2026-03-02T14:00:00.000Z' }
    return { at, cpuSeconds: calls / 2, cpuLimit: 2, memoryBytes: GB, memoryLimitBytes: 4 * GB, disk, memoryKillAt: null, ...changes }
  }
  beforeEach(() => {
    calls = 0
    world.gated.measure(() => Promise.resolve(reading()))
  })
  const start = async (server: string): Promise<void> => {
    assert.equal((await alice('POST', `/users/alice/servers/${server}`)).status, 201)
  }

  test('processor, memory and files, with their limits; readings are shared by all who ask at the same time', async () => {
    await start('')
    const asked = await Promise.all([1, 2, 3].map(() => alice('GET', '/users/alice/server/usage')))
    for (const { status, body } of asked) {
      assert.equal(status, 200)
      assert.deepEqual(body, {
        measured_at: '2026-03-02T14:02:02Z',
        cpu: { cores: 0.5, limit: 2 },
        memory: { bytes: GB, limit: 4 * GB },
        disk: { bytes: 3 * GB, measured_at: '2026-03-02T14:00:00Z' },
        memory_kill_at: null,
      })
    }
    assert.equal(calls, 2)
  })

  test('a server that does not run, or cannot be measured, says nothing, and what fails is tried again', async () => {
    await alice('PUT', '/users/alice/servers/idle')
    assert.deepEqual((await alice('GET', '/users/alice/servers/idle/usage')).body, nothing)
    assert.equal((await alice('GET', '/users/alice/servers/none/usage')).status, 404)
    world.gated.measure(() => Promise.reject(new Error('the engine is away')))
    await start('lab')
    assert.deepEqual((await alice('GET', '/users/alice/servers/lab/usage')).body, nothing)
    world.gated.measure(() =>
      Promise.resolve(reading({ cpuLimit: null, memoryLimitBytes: null, disk: null, memoryKillAt: '2026-03-02T14:01:00.000Z' })),
    )
    await until(
      async () => fieldOf((await alice('GET', '/users/alice/servers/lab/usage')).body, 'memory_kill_at') === '2026-03-02T14:01:00Z',
    )
  })

  test('an engine that takes long holds up nobody for longer than three seconds, and is asked once', async () => {
    const never = Promise.withResolvers<Reading | null>()
    let asked = 0
    world.gated.measure(() => {
      asked += 1
      return never.promise
    })
    await start('slow')
    const since = performance.now()
    const both = await Promise.all([1, 2].map(() => alice('GET', '/users/alice/servers/slow/usage')))
    assert.ok(performance.now() - since < 8_000)
    assert.deepEqual(
      both.map(({ body }) => body),
      [nothing, nothing],
    )
    assert.equal(asked, 1)
    never.resolve(null)
  })

  test('who may not read a server may not see what it uses', async () => {
    assert.equal((await alice('GET', '/users/bob/server/usage')).status, 404)
    const narrow = await tokenOf(world, 'carol', ['list:users'])
    assert.ok([403, 404].includes((await narrow('GET', '/users/carol/server/usage')).status))
  })
})
