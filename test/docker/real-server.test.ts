import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { hubReach } from '../../src/spawners/docker/network.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { notebookImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { startKernel } from '../support/kernel.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'
import { openTinyHub } from '../support/tiny-hub.ts'
import { until } from '../support/until.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const startMs = 90_000
const patience = () => ({ signal: AbortSignal.timeout(60_000) })

suite('a real single-user server in a container', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => {
    world = await dockerWorld(notebookImage)
  })
  after(() => world.close())

  test('starts, answers, reports to the hub through the gateway, runs a kernel, and ends', async () => {
    const ref = newServer()
    const reach = await hubReach(world.options(), { env: {}, bindUrl: 'http://127.0.0.1:8081' })
    const hub = await openTinyHub(ref.userName, { host: reach.host })
    const spawner = world.spawner({ stopTimeoutSeconds: 10 })
    const spec = startSpec(ref, 1, hub.apiUrl)
    const { url, handle } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    await until(async () => (await fetch(`${url}${spec.servicePrefix}api`).catch(() => null))?.status === 200, startMs)
    assert.equal(await spawner.diagnose(handle, await spawner.observe(handle), spec), null)
    await startKernel(`${url}${spec.servicePrefix}`, spec.environment['JUPYTERHUB_API_TOKEN'] ?? '')
    await until(() => hub.asked.some((line) => line.startsWith('POST') && line.endsWith('/activity')), startMs)
    await spawner.stop(handle, patience())
    assert.deepEqual(await spawner.observe(handle), { kind: 'absent' })
    await hub.close()
  })

  test('that cannot reach its hub says so', async () => {
    const ref = newServer()
    const spawner = world.spawner()
    const spec = startSpec(ref, 1, 'http://127.0.0.1:8081/hub/api')
    const { handle } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    const diagnosed = async () => (await spawner.diagnose(handle, await spawner.observe(handle), spec))?.code
    await until(async () => (await diagnosed()) === 'server_hub_unreachable', startMs)
    await spawner.stop(handle, patience())
  })
})
