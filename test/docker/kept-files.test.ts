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

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })

suite('what a container is said to keep', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => {
    world = await dockerWorld(lightImage)
  })
  after(() => world.close())

  const work = (): Partial<DockerOptions> => ({ homeVolume: '', volumes: { [`${world.prefix}-work-{username}`]: '/home/jovyan/work' } })
  const who = { ...newServer(), userName: 'pupil', homeName: 'pupil' }
  const keeps = (changes: Partial<DockerOptions>) => world.spawner(changes).keeps?.({ ...who, userOptions: {}, profile: null })

  test('is what is mounted for writing: a volume, not memory, not what may only be read', async () => {
    const home = '/home/jovyan'
    assert.deepEqual(await keeps({}), { home, keepsHome: true, paths: [] })
    assert.deepEqual(await keeps({ homeVolume: '' }), { home, keepsHome: false, paths: [] })
    assert.deepEqual(await keeps(work()), { home, keepsHome: false, paths: ['/home/jovyan/work'] })
    assert.deepEqual(await keeps({ volumes: { shared: '/data' }, readOnlyVolumes: { course: '/course' } }), {
      home,
      keepsHome: true,
      paths: ['/data'],
    })
    const memory = { mounts: [{ type: 'tmpfs', target: '/home/jovyan' }] }
    assert.deepEqual(await keeps({ ...memory, homeVolume: '' }), { home, keepsHome: false, paths: [] })
    assert.deepEqual(
      await keeps({ homeVolume: '', volumes: { 'homes-{username}': '/home/{username}' }, systemUsers: true, hostHomedir: '' }),
      {
        home: '/home/pupil',
        keepsHome: true,
        paths: [],
      },
    )
    assert.deepEqual(await keeps({ image: 'no-such-image:1' }), { home: null, keepsHome: true, paths: [] })
  })

  test('is what is there after a stop and another start, and nothing else is', async () => {
    const spawner = world.spawner(work())
    const ref = newServer()
    const start = async (generation: number) => {
      const { handle } = await spawner.start(spawner.reserve(ref, generation), startSpec(ref, generation), recordingContext().context)
      return { handle, container: await world.engine.find(parseHandle(handle).name) }
    }
    const first = await start(1)
    assert.equal((await first.container.exec(['sh', '-c', 'echo a > ~/gone && echo b > ~/work/kept'])).exitCode, 0)
    await spawner.stop(first.handle, patience())
    await spawner.forget(first.handle)
    const second = await start(2)
    const { output } = await second.container.exec(['sh', '-c', 'ls ~ ~/work'])
    assert.deepEqual([output.includes('kept'), output.includes('gone')], [true, false], output)
    await spawner.stop(second.handle, patience())
  })
})
