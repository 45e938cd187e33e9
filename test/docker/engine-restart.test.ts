import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWalk } from '../support/docker-walk.ts'
import { needs } from '../support/machine.ts'
import { admin } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const name = 'pupil'
const backMs = 30_000

suite('an engine that is started anew under its hub', docker, () => {
  let part: Awaited<ReturnType<typeof dockerHub>>
  let walk: Awaited<ReturnType<typeof dockerWalk>>

  before(async () => {
    part = await dockerHub(lightImage, { alone: true })
    walk = await dockerWalk(part, { hub: { slowSpawnTimeoutSeconds: 5, slowStopTimeoutSeconds: 1 }, spawner: part.spawner })
    await walk.addUser(name)
  })
  after(async () => {
    await walk.close()
    // A test that failed may have left it away.
    // Whoever uses the engine next gets it as it is by default, without --live-restore.
    await part.engine.stop().catch(() => {})
    await part.engine.start()
    await part.close()
  })

  const succeeds = async (): Promise<void> => {
    await walk.start(name)
    assert.ok(await walk.answersThroughProxy(name))
    await walk.stop(name)
    assert.deepEqual(await part.containersOf(name), [])
  }

  test('takes its containers with it: the servers are over, nothing is left, and they start again', async () => {
    await walk.start(name)
    await part.engine.stop()
    await part.engine.start()
    await until(async () => (await walk.view(name)).stopped, backMs)
    const { ready, failure } = await walk.settled(name)
    assert.deepEqual({ ready, failure }, { ready: false, failure: undefined })
    assert.deepEqual(await part.containersOf(name), [])
    assert.ok(!(await walk.answersThroughProxy(name)))
    await succeeds()
  })

  test('is missed by a start, which says so while it is away, and by no later one', async () => {
    await part.engine.stop()
    const answer = await walk.client.call('POST', `/users/${name}/server`)
    assert.equal(answer.status, 503)
    assert.match(await answer.text(), /The container engine at unix:.* does not answer/)
    assert.equal((await walk.view(name)).failure?.code, 'engine_unreachable')
    await part.engine.start('--live-restore')
    const { stopped, failure } = await walk.settled(name)
    assert.deepEqual({ stopped, code: failure?.code }, { stopped: true, code: 'engine_unreachable' })
    await succeeds()
  })

  test('is missed by a stop, which says so and since when, on its page too, until it is back; a start meanwhile gets the same answer', async () => {
    await walk.start(name)
    // At once: a hub that saw the container end first would have nothing left to stop.
    await part.engine.stop('SIGKILL')
    await (await walk.client.call('DELETE', `/users/${name}/server`)).body?.cancel()
    await until(async () => (await walk.view(name)).trouble !== undefined)
    const { pending, trouble } = await walk.view(name)
    assert.deepEqual([pending, trouble?.code], ['stop', 'engine_unreachable'])
    assert.ok(Date.now() - Date.parse(trouble?.since ?? '') < 60_000)
    const again = await walk.client.call('POST', `/users/${name}/server`)
    assert.equal(again.status, 503)
    assert.match(
      await again.text(),
      /could not be ended yet, since \d\d:\d\d UTC: The container engine at unix:.* does not answer.*"code":"server_stop_waits"/,
    )
    const visitor = createVisitor(walk.place.url)
    await visitor.signIn(admin.name, admin.password)
    const { text } = await visitor.get(`/hub/spawn-pending/${name}`)
    assert.match(text, /data-code="engine_unreachable"[^]*This began <time[^]*tries again/)
    await part.engine.start('--live-restore')
    await until(async () => (await walk.view(name)).stopped, backMs)
    assert.equal((await walk.view(name)).trouble, undefined)
    await succeeds()
  })

  test('leaves containers running when it is told to: they answer all the time, and are adopted, even when the hub was killed too', async () => {
    const { id } = await walk.start(name)
    await part.engine.stop('SIGKILL')
    assert.ok(await walk.answersThroughProxy(name))
    assert.ok((await walk.view(name)).ready)
    const { hub } = await walk.orrery.pids()
    process.kill(hub, 'SIGKILL')
    assert.ok(await walk.answersThroughProxy(name))
    await part.engine.start('--live-restore')
    await until(async () => (await walk.view(name).catch(() => null))?.ready === true, backMs)
    assert.deepEqual(await part.containersOf(name), [id])
    assert.ok(await walk.answersThroughProxy(name))
    await walk.stop(name)
    assert.deepEqual(await part.containersOf(name), [])
  })
})
