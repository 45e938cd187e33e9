import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'
import { until } from '../support/until.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })
const MB = 2 ** 20

suite('what a container uses', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => {
    world = await dockerWorld(lightImage)
  })
  after(() => world.close())

  async function begin(changes: Partial<DockerOptions>) {
    const spawner = world.spawner(changes)
    const ref = newServer()
    const spec = startSpec(ref, 1)
    const { handle, url } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    await until(async () => (await fetch(`${url}${spec.servicePrefix}`).catch(() => null))?.ok === true)
    const container = await world.engine.find(parseHandle(handle).name)
    const usage = async () => {
      const reading = await spawner.usage?.(handle, patience())
      assert.ok(reading)
      return reading
    }
    return { spawner, ref, handle, container, usage }
  }

  test('is told with its limits; files that the system keeps in memory do not count', async () => {
    const run = await begin({ memLimit: 256 * MB, cpuLimit: 0.5, environment: { LIGHT_SERVER: JSON.stringify({ eatMegabytes: 60 }) } })
    const earlier = await run.usage()
    assert.deepEqual([earlier.memoryLimitBytes, earlier.cpuLimit, earlier.memoryKillAt], [256 * MB, 0.5, null])
    assert.ok(earlier.memoryBytes > 55 * MB && earlier.memoryBytes < 140 * MB, `${earlier.memoryBytes / MB} MB`)
    await run.container.exec(['sh', '-c', 'dd if=/dev/zero of=/tmp/big bs=1M count=100 conv=fsync && cat /tmp/big > /dev/null'])
    const now = await run.usage()
    assert.ok(now.memoryBytes < earlier.memoryBytes + 60 * MB, `${now.memoryBytes / MB} MB`)
    assert.ok(now.cpuSeconds > earlier.cpuSeconds)
    await run.spawner.stop(run.handle, patience())
    assert.equal(await run.spawner.usage?.(run.handle, patience()), null)
  })

  test('the volume of its home is counted in the background: the first answer does not wait for it', async () => {
    const run = await begin({})
    await run.container.exec(['dd', 'if=/dev/urandom', 'of=/home/jovyan/data', 'bs=1M', 'count=7'])
    const { disk, memoryLimitBytes, cpuLimit } = await run.usage()
    assert.deepEqual([disk, memoryLimitBytes, cpuLimit], [null, null, null])
    await until(async () => (await run.usage()).disk !== null)
    const bytes = (await run.usage()).disk?.bytes ?? 0
    assert.ok(bytes >= 7 * MB && bytes < 9 * MB, `${bytes / MB} MB`)
    await run.spawner.stop(run.handle, patience())
  })

  test('a program that was ended for want of memory is told while the server lives', async () => {
    const run = await begin({ memLimit: 96 * MB })
    const watching = new AbortController()
    const watch = run.spawner.watch?.(() => {}, watching.signal)
    const eat = 'open("/proc/self/oom_score_adj", "w").write("1000"); a = [b"x" * 1_000_000 for _ in range(500)]'
    // The first one may happen before the engine is listened to.
    await until(async () => {
      assert.equal((await run.container.exec(['python3', '-c', eat])).exitCode, 137)
      return (await run.usage()).memoryKillAt !== null
    })
    const at = Date.parse((await run.usage()).memoryKillAt ?? '')
    assert.ok(Math.abs(at - Date.now()) < 60_000)
    watching.abort()
    await watch
    assert.equal((await run.spawner.observe(run.handle)).kind, 'running')
    await run.spawner.stop(run.handle, patience())
  })

  test('is told with its end for want of memory, when somebody looked shortly before', async () => {
    const run = await begin({ memLimit: 96 * MB })
    const { memoryBytes } = await run.usage()
    const eat = 'a = [b"x" * 1_000_000 for _ in range(500)]'
    await run.container.exec([
      'sh',
      '-c',
      `for p in /proc/[0-9]*; do echo 1000 > $p/oom_score_adj; done; echo 0 > /proc/$$/oom_score_adj; exec python3 -c '${eat}'`,
    ])
    await until(async () => (await run.spawner.observe(run.handle)).kind === 'exited')
    const found = await run.spawner.observe(run.handle)
    const said = await run.spawner.diagnose(run.handle, found, startSpec(run.ref, 1))
    assert.deepEqual(said, {
      code: 'server_out_of_memory',
      detail: { how: 'seen', usedBytes: memoryBytes, limitBytes: 96 * MB, at: said?.detail['at'] },
    })
    await run.spawner.stop(run.handle, patience())
  })
})
