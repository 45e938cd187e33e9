import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import type { Spawner } from '../../src/spawners/spawner.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { guardBefore, type RunningGuard } from '../support/docker-guard.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { openRegistry } from '../support/oci-registry.ts'
import { startSpec } from '../support/process-world.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const registry = { ...needs('docker-registry'), ...docker }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })

suite('what servers need beside, behind the engine guard', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  const guards: RunningGuard[] = []
  before(async () => void (world = await dockerWorld(lightImage)))
  after(async () => {
    for (const guard of guards) await guard.close()
    await world.close()
  })

  /** A spawner behind a guard of the same configuration. */
  const guarded = async (changes: Partial<DockerOptions> = {}): Promise<{ spawner: Spawner; guard: RunningGuard }> => {
    const guard = await guardBefore(world.options(changes))
    guards.push(guard)
    return { spawner: world.spawner({ ...changes, engineUrl: guard.url }), guard }
  }
  const begin = async (spawner: Spawner, ref = newServer()) => {
    const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
    const container = await world.engine.find(parseHandle(handle).name)
    const end = async (): Promise<void> => {
      await spawner.stop(handle, patience())
      await spawner.forget(handle)
    }
    return { ref, handle, container, end }
  }

  test('a volume that belongs to root is given to its user, and all that the configuration gives is there', async () => {
    const { spawner, guard } = await guarded({
      memLimit: 256 * 2 ** 20,
      cpuLimit: 1,
      shmSize: 32 * 2 ** 20,
      labels: { team: 'brass' },
      volumes: { [`${world.prefix}-data-{username}`]: '/home/jovyan/data' },
      readOnlyVolumes: { '/usr/share': '/shared' },
      mounts: [{ type: 'tmpfs', target: '/scratch' }],
      extraHostConfig: { ulimits: [{ name: 'nofile', soft: 2048, hard: 2048 }], dns: ['127.0.0.1'] },
      extraCreateKwargs: { working_dir: '/home/jovyan/work' },
    })
    const ref = newServer()
    const home = [{ Type: 'volume', Source: `${world.prefix}-home-${ref.userName}`, Target: '/volume', VolumeOptions: { NoCopy: true } }]
    const script = 'mkdir /volume/deep && touch /volume/deep/file && chown -R 0:0 /volume'
    const root = await world.engine.run(world.image, {
      cmd: ['sh', '-c', script],
      create: { Entrypoint: [], User: '0' },
      host: { Mounts: home },
    })
    assert.equal(await root.ended(), 0)
    await root.remove()
    const run = await begin(spawner, ref)
    const seen = await run.container.exec([
      'sh',
      '-c',
      'stat -c %u ~/deep/file ~/data; pwd; ulimit -n; touch /shared/x /scratch/x 2>/dev/null; ls /scratch',
    ])
    assert.equal(seen.output.trim(), '1000\n1000\n/home/jovyan/work\n2048\nx')
    const used = await spawner.usage?.(run.handle, patience())
    assert.equal(used?.memoryLimitBytes, 256 * 2 ** 20)
    await run.end()
    assert.deepEqual(guard.refusals, [])
  })

  test('an image of the configuration is fetched, one that people may choose among them', registry, async (t) => {
    const source = await openRegistry()
    t.after(() => source.close())
    const image = await source.publish(world.engine, 'guarded/a:1', { megabytes: [1] })
    const { spawner, guard } = await guarded({ allowedImages: { Ours: image }, pullPolicy: 'ifnotpresent' })
    const ref = newServer()
    const { context, steps } = recordingContext()
    // There is no program in it.
    await assert.rejects(spawner.start(spawner.reserve(ref, 1), { ...startSpec(ref, 1), userOptions: { image: 'Ours' } }, context))
    assert.ok(steps.some(({ phase }) => phase === 'pulling'))
    await world.engine.api.call('GET', `/images/${image}/json`)
    assert.deepEqual(guard.refusals, [])
  })

  test('files of somebody who is gone are found, packed and removed', async () => {
    const { spawner, guard } = await guarded()
    const run = await begin(spawner)
    assert.equal((await run.container.exec(['sh', '-c', 'echo brass > ~/thesis'])).exitCode, 0)
    await run.end()
    const { userName, homeName } = run.ref
    const owner = { userName, homeName, serverNames: [''], others: [] }
    const { signal } = patience()
    const { own } = await spawner.files.find(owner, signal)
    assert.deepEqual(own, [`${world.prefix}-home-${userName}`])
    assert.match(await text(await spawner.files.pack(owner, own, signal)), /thesis[\s\S]*brass/)
    await spawner.files.remove(owner, own, signal)
    assert.deepEqual((await spawner.files.find(owner, signal)).own, [])
    assert.deepEqual(guard.refusals, [])
  })

  test('the doctor tries a container and finds nothing in its way', async () => {
    const { spawner, guard } = await guarded()
    const hub = { hubOrigin: 'http://127.0.0.1:9', apiPath: '/hub/api/', hubVersion: '5.5.1', tries: true, fetches: false }
    const found = await spawner.examine?.({ ...hub, ...patience() })
    assert.ok(
      found?.some(({ code }) => code === 'home_ready'),
      JSON.stringify(found),
    )
    assert.deepEqual(guard.refusals, [])
  })
})
