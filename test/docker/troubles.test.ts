import assert from 'node:assert/strict'
import { after, before, suite, test, type TestContext } from 'node:test'
import type { ErrorCode } from '../../src/core/errors.ts'
import { hubReach } from '../../src/spawners/docker/network.ts'
import type { Container } from '../support/docker/containers.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage, notebookImage } from '../support/docker-images.ts'
import { dockerDefaults } from '../support/docker-world.ts'
import { dockerWalk, opening } from '../support/docker-walk.ts'
import { openLoopDisk } from '../support/loop-disk.ts'
import { needs } from '../support/machine.ts'
import { until } from '../support/until.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
/** What happens to a container from outside must be known to the hub in this time, milliseconds. */
const noticedWithinMs = 2_000

suite('what befalls servers that are containers', docker, () => {
  let part: Awaited<ReturnType<typeof dockerHub>>
  let walk: Awaited<ReturnType<typeof dockerWalk>>
  let people = 0

  before(async () => {
    part = await dockerHub(lightImage)
    walk = await dockerWalk(part, { spawner: { ...part.spawner, allowedImages: '*', memLimit: '512M' } })
  })
  after(async () => {
    await walk.close()
    await part.close()
  })

  const newPerson = async (): Promise<string> => {
    const name = `pupil-${++people}`
    await walk.addUser(name)
    return name
  }
  const network = (verb: 'connect' | 'disconnect', id: string): Promise<unknown> =>
    part.engine.api.call('POST', `/networks/${part.networkName}/${verb}`, { body: { json: { Container: id, Force: true } } })

  /** Another process in the container takes all memory; the kernel is told to end the server for it. */
  const starve = async ({ exec }: Container): Promise<void> => {
    const eat = 'a = [b"x" * 1_000_000 for _ in range(1000)]'
    await exec([
      'sh',
      '-c',
      `for p in /proc/[0-9]*; do echo 1000 > $p/oom_score_adj; done; echo 0 > /proc/$$/oom_score_adj; exec python3 -c '${eat}'`,
    ])
  }
  const removeNetwork = async ({ id }: Container): Promise<void> => {
    await network('disconnect', id)
    await part.engine.api.call('DELETE', `/networks/${part.networkName}`)
  }

  type Row = {
    readonly what: string
    readonly deed: (container: Container) => Promise<unknown>
    readonly code: ErrorCode
    readonly says: RegExp
  }
  const rows: readonly Row[] = [
    { what: 'is paused', deed: ({ pause }) => pause(), code: 'server_paused', says: /was paused from outside/ },
    { what: 'is killed', deed: ({ kill }) => kill(), code: 'server_died', says: /exit code 137/ },
    { what: 'is removed', deed: ({ remove }) => remove(), code: 'server_container_removed', says: /was removed from outside/ },
    {
      what: 'needs more memory than it may',
      deed: starve,
      code: 'server_out_of_memory',
      says: /asked for more memory than its limit of 512 MB \(\d\d:\d\d UTC\)/,
    },
    {
      what: 'is taken off its network',
      deed: ({ id }) => network('disconnect', id),
      code: 'server_network_missing',
      says: /The network .* is gone/,
    },
    { what: 'loses its network', deed: removeNetwork, code: 'server_network_missing', says: /The network .* is gone/ },
  ]

  for (const { what, deed, code, says } of rows) {
    test(`a container that ${what}: ${code} within two seconds, nothing is left, and the next start succeeds`, async () => {
      const name = await newPerson()
      const container = await walk.start(name)
      assert.ok(await walk.answersThroughProxy(name))
      let since = 0
      const watched = until(async () => !(await walk.view(name)).ready)
      await deed(container).then(() => (since = performance.now()))
      await watched
      assert.ok(performance.now() - since < noticedWithinMs, `${Math.round(performance.now() - since)} ms`)
      const { ready, stopped, failure } = await walk.settled(name)
      assert.deepEqual({ ready, stopped, code: failure?.code }, { ready: false, stopped: true, code })
      assert.match(failure?.message ?? '', says)
      assert.deepEqual(await part.containersOf(name), [])
      assert.ok(!(await walk.answersThroughProxy(name)))

      const next = await walk.start(name)
      assert.ok(await walk.answersThroughProxy(name))
      await reachesHub(next)
      await walk.stop(name)
      assert.deepEqual(await part.containersOf(name), [])
    })
  }

  /** The hub listens on an address of the network: it must be the same again. */
  async function reachesHub(container: Container): Promise<void> {
    const { host } = await hubReach(dockerDefaults(part.spawner), { env: {}, bindUrl: walk.place.hubUrl })
    const { exitCode, output } = await container.exec(opening(`http://${host}:${new URL(walk.place.hubUrl).port}/hub/api/`))
    assert.equal(exitCode, 0, output)
  }

  test('a network that was removed while nobody used it is made anew, and the hub is reached through it', async () => {
    const name = await newPerson()
    await walk.start(name)
    await walk.stop(name)
    await part.engine.api.call('DELETE', `/networks/${part.networkName}`)
    await reachesHub(await walk.start(name))
    await walk.stop(name)
    assert.deepEqual(await part.containersOf(name), [])
  })

  test('an image that was removed while the server was stopped: image_not_found, until it is back', async () => {
    const name = await newPerson()
    const image = `${part.prefix}-light:1`
    const tag = (): Promise<unknown> =>
      part.engine.api.call('POST', `/images/${part.image}/tag`, { query: { repo: `${part.prefix}-light`, tag: '1' } })
    await tag()
    await walk.start(name, { image })
    await walk.stop(name)
    await part.engine.api.call('DELETE', `/images/${image}`)
    const { stopped, failure } = await walk.tryStart(name)
    assert.deepEqual(
      { stopped, code: failure?.code, message: failure?.message },
      { stopped: true, code: 'image_not_found', message: `There is no image ${image}.` },
    )
    assert.deepEqual(await part.containersOf(name), [])
    await tag()
    await walk.start(name)
    await walk.stop(name)
    await part.engine.api.call('DELETE', `/images/${image}`)
  })

  /** A home volume with little room: on a disk of its own, or in memory where the machine gives no such disk. It is there as long as a container mounts it. */
  const smallHome = async (t: TestContext, name: string): Promise<void> => {
    const disk = await openLoopDisk(6)
    if (!disk.ok) t.diagnostic(`no loop device, in memory instead: ${disk.reason}`)
    const options = disk.ok ? { type: 'ext4', device: disk.device } : { type: 'tmpfs', device: 'tmpfs', o: 'size=2m,uid=1000,gid=100' }
    const volume = part.homeOf(name)
    await part.engine.api.call('POST', '/volumes/create', { body: { json: { Name: volume, Driver: 'local', DriverOpts: options } } })
    t.after(async () => {
      await part.engine.api.call('DELETE', `/volumes/${volume}`)
      if (disk.ok) await disk.close()
    })
  }

  test('a home that is full: server_disk_full, and a start once there is space again', async (t) => {
    const name = await newPerson()
    await smallHome(t, name)
    const image = await notebookImage(part.engine)
    const holder = await part.engine.run(part.image, {
      cmd: ['sleep', '1000'],
      create: { Entrypoint: [] },
      host: { Binds: [`${part.homeOf(name)}:/home/jovyan`] },
    })
    try {
      await holder.exec(['sh', '-c', 'dd if=/dev/zero of=/home/jovyan/big bs=64k; dd if=/dev/zero of=/home/jovyan/rest bs=1'])
      const { stopped, failure } = await walk.tryStart(name, { image })
      assert.deepEqual({ stopped, code: failure?.code }, { stopped: true, code: 'server_disk_full' })
      assert.deepEqual(await part.containersOf(name), [holder.id])
      await holder.exec(['rm', '/home/jovyan/big'])
      await walk.start(name, { image })
      await walk.stop(name)
      assert.deepEqual(await part.containersOf(name), [holder.id])
    } finally {
      await holder.remove()
    }
  })
})
