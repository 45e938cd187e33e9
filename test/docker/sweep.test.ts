import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import { isLeftover } from '../../src/spawners/docker/sweep.ts'
import type { LivingServers } from '../../src/spawners/spawner.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWalk } from '../support/docker-walk.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'
import { until } from '../support/until.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const signal = AbortSignal.timeout(300_000)
const nobody: LivingServers = { ids: new Set(), keys: new Set(), activeUsers: new Set() }

const known: LivingServers = { ids: new Set([7]), keys: new Set(['ada']), activeUsers: new Set() }
const cases = [
  { what: 'a server with its row', labels: { 'orrery.server': '7' }, age: 9e9, gone: false },
  { what: 'a server without', labels: { 'orrery.server': '8' }, age: 1, gone: true },
  { what: 'the holder of the name of one that is there', labels: { 'orrery.key': 'ada', 'orrery.ended': 'true' }, age: 9e9, gone: false },
  { what: 'the holder of the name of one that is not', labels: { 'orrery.key': 'bob', 'orrery.ended': 'true' }, age: 1, gone: true },
  { what: 'a helper of this moment', labels: { 'orrery.purpose': 'probe' }, age: 60, gone: false },
  { what: 'a helper that was left', labels: { 'orrery.purpose': 'probe' }, age: 3_600, gone: true },
  { what: 'an archive that takes long', labels: { 'orrery.purpose': 'archive' }, age: 3_600, gone: false },
  { what: 'something else with the mark', labels: {}, age: 9e9, gone: false },
]
for (const { what, labels, age, gone } of cases)
  test(`${what} ${gone ? 'goes' : 'stays'}`, () => assert.equal(isLeftover({ Labels: labels, Created: 0 }, known, age), gone))

suite('what is left of servers that are gone', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => void (world = await dockerWorld(lightImage)))
  after(() => world.close())

  test('goes, and only what this installation has made', async () => {
    const [ours, theirs] = [world.spawner({}, 'ours'), world.spawner({}, 'theirs')]
    const start = async (spawner: typeof ours) => {
      const ref = newServer()
      const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
      return { ref, name: parseHandle(handle).name }
    }
    const [left, living, other] = [await start(ours), await start(ours), await start(theirs)]
    const there = async () =>
      await Promise.all(
        [left, living, other].map(({ name }) =>
          world.engine.find(name).then(
            () => true,
            () => false,
          ),
        ),
      )
    const keeps = { ...nobody, ids: new Set([living.ref.serverId]) }
    assert.deepEqual(await ours.sweep?.(() => Promise.resolve(keeps), signal), [left.name])
    assert.deepEqual(await there(), [false, true, true])
    assert.deepEqual(await ours.sweep?.(() => Promise.resolve(keeps), signal), [])
    assert.deepEqual(await ours.sweep?.(() => Promise.resolve(nobody), signal), [living.name])
    assert.deepEqual(await there(), [false, false, true])
  })

  test('a network of a single user goes when nothing of them runs, and no server is in it', async () => {
    const clock = { now: () => Date.now() + 3_600_000 }
    const make = async (name: string, hub: string, user: string): Promise<string> => {
      const labels = { 'orrery.network': world.networkName, 'orrery.hub': hub, 'orrery.user': user }
      await world.engine.api.call('POST', '/networks/create', { body: { json: { Name: name, Labels: labels } } })
      return name
    }
    const [idle, busy, foreign] = [
      await make(`${world.networkName}-idle`, 'ours', 'idle'),
      await make(`${world.networkName}-busy`, 'ours', 'busy'),
      await make(`${world.networkName}-foreign`, 'theirs', 'idle'),
    ]
    const living = { ...nobody, activeUsers: new Set(['busy']) }
    const young = world.spawner({}, 'ours')
    assert.deepEqual(await young.sweep?.(() => Promise.resolve(living), signal), [])
    const later = world.spawner({}, 'ours', clock)
    assert.deepEqual(await later.sweep?.(() => Promise.resolve(living), signal), [idle])
    const Names = z.array(z.object({ Name: z.string() }))
    const filters = { label: [`orrery.network=${world.networkName}`] }
    const left = Names.parse(await world.engine.api.call('GET', '/networks', { query: { filters } })).map(({ Name }) => Name)
    assert.deepEqual(left.filter((name) => name !== world.networkName).toSorted(), [busy, foreign].toSorted())
  })
})

test('a container whose row is gone is removed when the hub starts again', docker, async () => {
  const part = await dockerHub(lightImage)
  const walk = await dockerWalk(part, { spawner: part.spawner })
  try {
    for (const name of ['ada', 'grace']) {
      await walk.addUser(name)
      await walk.start(name)
    }
    const [lost] = await part.containersOf('ada', { status: ['running'] })
    const database = new DatabaseSync(join(walk.place.dataDir, 'orrery.sqlite'), { timeout: 10_000 })
    database.exec("delete from servers where user_id = (select id from users where name = 'ada')")
    database.close()
    process.kill((await walk.orrery.pids()).hub, 'SIGKILL')
    await until(async () => (await part.containersOf('ada', { status: ['running'] })).length === 0)
    assert.ok(lost !== undefined)
    await until(() => walk.answersThroughProxy('grace'))
    assert.equal((await part.containersOf('grace', { status: ['running'] })).length, 1)
  } finally {
    await walk.close()
    await part.close()
  }
})
