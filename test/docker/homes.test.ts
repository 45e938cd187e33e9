import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { buildFromLines, lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })

suite('what a container keeps', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  let seeded: string
  before(async () => {
    world = await dockerWorld(lightImage)
    seeded = `orrery-test/seeded:${world.prefix}`
    await buildFromLines(world.engine.api, seeded, [`FROM ${world.image}`, 'RUN echo skeleton > /home/jovyan/welcome.txt'])
  })
  after(async () => {
    await world.engine.api.call('DELETE', `/images/${seeded}`, { query: { force: 'true' } })
    await world.close()
  })

  /** Runs a server of the user, does something in its container, and stops it. */
  async function inside(
    ref: ReturnType<typeof newServer>,
    generation: number,
    script: string,
    changes: Partial<DockerOptions> = {},
  ): Promise<string> {
    const spawner = world.spawner({ image: seeded, ...changes })
    const { handle } = await spawner.start(spawner.reserve(ref, generation), startSpec(ref, generation), recordingContext().context)
    const container = await world.engine.find(parseHandle(handle).name)
    const { output, exitCode } = await container.exec(['sh', '-c', script])
    await spawner.stop(handle, patience())
    await spawner.forget(handle)
    assert.equal(exitCode, 0, output)
    return output.trim()
  }

  const volume = (name: string) => world.engine.api.call('GET', `/volumes/${name}`)
  const helper = async (name: string, script: string): Promise<void> => {
    const mounts = [{ Type: 'volume', Source: name, Target: '/volume', VolumeOptions: { NoCopy: true } }]
    const run = await world.engine.run(world.image, {
      cmd: ['sh', '-c', script],
      create: { Entrypoint: [], User: '0' },
      host: { Mounts: mounts },
    })
    assert.equal(await run.ended(), 0)
    await run.remove()
  }

  test('the whole home is a volume, filled from the image once, and outlives the container', async () => {
    const ref = newServer()
    assert.equal(await inside(ref, 1, 'cat ~/welcome.txt; echo mine > ~/kept; rm ~/welcome.txt; id -u'), 'skeleton\n1000')
    assert.equal(await inside(ref, 2, 'cat ~/kept; ls ~'), 'mine\nkept\nwork')
    const found = JSON.stringify(await volume(`${world.prefix}-home-${ref.userName}`))
    assert.match(found, new RegExp(`"orrery.user":"${ref.userName}"`))
  })

  test('a volume that belongs to root is given to the user, with everything in it', async () => {
    const ref = newServer()
    const name = `${world.prefix}-home-${ref.userName}`
    await helper(name, 'mkdir /volume/deep && echo root > /volume/deep/file && chown -R 0:0 /volume && chmod 755 /volume')
    assert.equal(
      await inside(ref, 1, 'echo more >> ~/deep/file; stat -c %u:%g ~ ~/deep/file; cat ~/deep/file'),
      '1000:100\n1000:100\nroot\nmore',
    )
  })

  test('an empty volume of root, and a folder that the engine makes, are given to the user', async () => {
    const ref = newServer()
    const folder = await mkdtemp(join(tmpdir(), 'orrery-home-'))
    const volumes = { [`${world.prefix}-work-{username}`]: '/home/jovyan/new', [`${folder}/made/{username}`]: '/home/jovyan/bound' }
    assert.equal(await inside(ref, 1, 'touch ~/new/a ~/bound/b; stat -c %u ~/new ~/bound', { volumes }), '1000\n1000')
    await rm(folder, { recursive: true, force: true })
  })

  test('with a volume for the home in volumes there is no other', async () => {
    const ref = newServer()
    const volumes = { [`${world.prefix}-own-{username}`]: '/home/jovyan' }
    assert.equal(await inside(ref, 1, 'cat ~/welcome.txt', { volumes }), 'skeleton')
    await assert.rejects(volume(`${world.prefix}-home-${ref.userName}`), { status: 404 })
  })

  test('two servers of one user share the home, and two users do not', async () => {
    const [one, other] = [newServer(), newServer()]
    const named = { ...one, serverName: 'lab', key: `${one.key}--lab` }
    await inside(one, 1, 'echo shared > ~/file')
    assert.equal(await inside(named, 1, 'cat ~/file'), 'shared')
    assert.equal(await inside(other, 1, 'test -e ~/file || echo none'), 'none')
  })
})
