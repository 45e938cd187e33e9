import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import { writeArchive } from '../../src/lib/archive-file.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import type { FilesOwner } from '../../src/spawners/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWalk } from '../support/docker-walk.ts'
import { needs } from '../support/machine.ts'
import { readJson } from '../support/read-json.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { startSpec } from '../support/process-world.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../src/main.ts')
const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const signal = AbortSignal.timeout(300_000)
const Left = z.object({
  state: z.string(),
  archive: z.string().nullable(),
  own: z.array(z.string()),
  left_alone: z.array(z.object({ name: z.string(), why: z.string() })),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
})

suite('removing somebody whose servers are containers', docker, () => {
  let part: Awaited<ReturnType<typeof dockerHub>>
  let walk: Awaited<ReturnType<typeof dockerWalk>>
  let shared: string
  const volumes = async (): Promise<readonly string[]> => {
    const shape = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() })
    const found = await part.engine.api.call('GET', '/volumes', { query: { filters: { name: [`${part.prefix}-`] } } })
    return (shape.parse(found).Volumes ?? []).map(({ Name }) => Name).toSorted()
  }
  const remove = async (name: string, files: string) => {
    const response = await walk.client.call('DELETE', `/users/${name}?files=${files}`)
    return { status: response.status, left: await readJson(response, Left) }
  }
  /** A person who has written a file in a home and in a volume for each server. */
  const withFiles = async (name: string): Promise<void> => {
    await walk.addUser(name)
    const container = await walk.start(name)
    const { exitCode, output } = await container.exec(['sh', '-c', `echo ${name} > ~/thesis; echo ${name} > ~/data/numbers`])
    assert.equal(exitCode, 0, output)
    await walk.stop(name)
  }

  /** A command beside the running hub. */
  const orrery = async (...words: readonly string[]): Promise<string> => {
    const config = ['--config', join(walk.place.folder, 'orrery.config.json'), '--data-dir', walk.place.dataDir]
    return (await run(process.execPath, [main, ...words, ...config])).stdout
  }

  before(async () => {
    part = await dockerHub(lightImage)
    shared = await mkdtemp(join(tmpdir(), 'orrery-shared-'))
    const volumesOf = {
      [`${part.prefix}-data-{username}`]: '/home/jovyan/data',
      [`${part.prefix}-common`]: '/srv/common',
      [shared]: '/srv/shared',
    }
    walk = await dockerWalk(part, { spawner: { ...part.spawner, volumes: volumesOf } })
  })
  after(async () => {
    await walk.close()
    await part.close()
    await rm(shared, { recursive: true, force: true })
  })

  test('archived: one file with everything in it, for the hub alone; then no volume of theirs is left, and nothing of others is touched', async () => {
    await withFiles('ada')
    await withFiles('grace')
    await writeFile(join(shared, 'course.txt'), 'kept')
    const { status, left } = await remove('ada', 'archive')
    assert.deepEqual([status, left.state, left.own, left.failure], [200, 'done', [], null])
    assert.deepEqual(left.left_alone.map(({ name, why }) => `${why} ${name}`).toSorted(), [
      `shared ${shared}`,
      `shared ${part.prefix}-common`,
    ])
    const archive = left.archive ?? ''
    assert.match(archive, new RegExp(`^${join(walk.place.dataDir, 'archive')}/ada-\\d{8}T\\d{9}Z\\.tar\\.gz$`))
    assert.equal((await stat(archive)).mode & 0o777, 0o600)
    const { stdout: listed } = await run('tar', ['-tzvf', archive])
    assert.match(listed, new RegExp(`1000/100 .* files/${part.prefix}-home-ada/thesis`))
    assert.match(listed, new RegExp(`files/${part.prefix}-data-ada/numbers`))
    const data = `${part.prefix}-data-grace`
    assert.deepEqual(await volumes(), [`${part.prefix}-common`, data, part.homeOf('grace')].toSorted())
    assert.deepEqual(await readdir(shared), ['course.txt'])
    assert.deepEqual(await part.containersOf('ada'), [])
  })

  test('kept: the volumes stay, somebody new of the name starts with an empty home, and an administrator can hand them over', async () => {
    await withFiles('lovelace')
    const { left } = await remove('lovelace', 'keep')
    assert.deepEqual([left.state, left.own], ['kept', [part.homeOf('lovelace'), `${part.prefix}-data-lovelace`]])
    await walk.addUser('lovelace')
    const fresh = await walk.start('lovelace')
    assert.equal((await fresh.exec(['sh', '-c', 'ls ~/thesis ~/data/numbers'])).exitCode, 2)
    await walk.stop('lovelace')
    await orrery('user', 'add', 'countess', '--files-of', 'lovelace')
    const heir = await walk.start('countess')
    assert.equal((await heir.exec(['sh', '-c', 'cat ~/thesis ~/data/numbers'])).output, 'lovelace\nlovelace\n')
    await walk.stop('countess')
  })

  test('deleted: nothing of theirs is left', async () => {
    await withFiles('edsger')
    const { status, left } = await remove('edsger', 'delete')
    assert.deepEqual([status, left.state, left.archive], [200, 'done', null])
    assert.deepEqual(
      (await volumes()).filter((name) => name.includes('edsger')),
      [],
    )
  })

  test('an archive that cannot be written removes nothing and says why; once it can be, it is tried again', async () => {
    await withFiles('alan')
    const folder = join(walk.place.dataDir, 'archive')
    await rm(folder, { recursive: true, force: true })
    await writeFile(folder, 'in the way')
    const { status, left } = await remove('alan', 'archive')
    assert.deepEqual([status, left.state, left.failure?.code], [202, 'waiting', 'files_archive_failed'])
    assert.ok((await volumes()).includes(part.homeOf('alan')))
    assert.match(await orrery('user', 'files'), /alan .*archive: failed, tried again/)
    await rm(folder)
    const Rows = z.array(z.object({ name: z.string(), state: z.string() }))
    const isDone = async (): Promise<boolean> =>
      Rows.parse(JSON.parse(await orrery('user', 'files', '--json'))).some(({ name, state }) => name === 'alan' && state === 'done')
    await until(isDone, 60_000)
    assert.equal((await readdir(folder)).filter((name) => name.startsWith('alan-') && name.endsWith('.tar.gz')).length, 1)
    assert.ok(!(await volumes()).includes(part.homeOf('alan')))
  })
})

suite('what the docker spawner takes for the files of one person', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => void (world = await dockerWorld(lightImage)))
  after(() => world.close())

  const make = async (changes: Partial<DockerOptions> = {}, installation?: string) => {
    const ref = newServer()
    const spawner = world.spawner(changes, installation)
    const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
    await spawner.stop(handle, { signal })
    await spawner.forget(handle)
    const owner: FilesOwner = { userName: ref.userName, homeName: ref.homeName, serverNames: [''], others: [] }
    return { spawner, owner, home: `${world.prefix}-home-${ref.userName}` }
  }

  test('a volume of another installation, or that something else uses, is never theirs', async () => {
    const { owner, home, spawner } = await make()
    assert.deepEqual((await spawner.files.find(owner, signal)).own, [home])
    const stranger = world.spawner({}, 'somewhere else')
    assert.deepEqual(await stranger.files.find(owner, signal), { own: [], leftAlone: [{ name: home, why: 'in_use' }] })
    const user = await world.engine.run(world.image, { host: { Mounts: [{ Type: 'volume', Source: home, Target: '/x' }] } })
    assert.deepEqual(await spawner.files.find(owner, signal), { own: [], leftAlone: [{ name: home, why: 'in_use' }] })
    await user.remove()
    await spawner.files.remove(owner, [home], signal)
    await spawner.files.remove(owner, [home], signal)
    assert.deepEqual((await spawner.files.find(owner, signal)).own, [])
  })

  test('a folder of the machine, also behind a volume, is left alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orrery-outside-'))
    const behind = `${world.prefix}-behind-{username}`
    const volumes = { [`${folder}/{username}`]: '/srv/own', [`${world.prefix}-x{raw_username}`]: '/srv/x', [behind]: '/srv/behind' }
    const ref = newServer()
    const device = { type: 'none', o: 'bind', device: folder }
    await world.engine.api.call('POST', '/volumes/create', {
      body: { json: { Name: behind.replace('{username}', ref.userName), DriverOpts: device } },
    })
    const owner: FilesOwner = {
      userName: ref.userName,
      homeName: ref.homeName,
      serverNames: [''],
      others: [{ userName: 'other', homeName: 'other' }],
    }
    const found = await world.spawner({ volumes }).files.find(owner, signal)
    assert.deepEqual(found.leftAlone, [
      { name: `${folder}/${ref.userName}`, why: 'outside' },
      { name: behind.replace('{username}', ref.userName), why: 'outside' },
    ])
    assert.deepEqual(found.own, [])
    await world.engine.api.call('DELETE', `/volumes/${behind.replace('{username}', ref.userName)}`)
    await rm(folder, { recursive: true })
  })

  test('a container that was kept for a look goes with the volume that it holds', async () => {
    const { spawner, owner, home } = await make({ remove: false })
    assert.deepEqual((await spawner.files.find(owner, signal)).own, [home])
    await spawner.files.remove(owner, [home], signal)
    assert.deepEqual((await spawner.files.find(owner, signal)).own, [])
  })

  test('an archive that is given up in the middle leaves no file and no container', async () => {
    const { spawner, owner, home } = await make()
    const fill = await world.engine.run(world.image, {
      cmd: ['sh', '-c', 'head -c 60000000 /dev/urandom > /x/big'],
      create: { Entrypoint: [], User: '0' },
      host: { Mounts: [{ Type: 'volume', Source: home, Target: '/x' }] },
    })
    assert.equal(await fill.ended(), 0)
    await fill.remove()
    const folder = await mkdtemp(join(tmpdir(), 'orrery-archive-'))
    const giveUp = new AbortController()
    const tar = await spawner.files.pack(owner, [home], giveUp.signal)
    tar.once('data', () => giveUp.abort(new Error('given up')))
    await assert.rejects(writeArchive(tar, join(folder, 'x.tar.gz'), giveUp.signal))
    assert.deepEqual(await readdir(folder), [])
    const users = z.array(z.unknown())
    const using = async (): Promise<number> =>
      users.parse(await world.engine.api.call('GET', '/containers/json', { query: { all: 'true', filters: { volume: [home] } } })).length
    await until(async () => (await using()) === 0)
    await spawner.files.remove(owner, [home], signal)
    await rm(folder, { recursive: true })
  })
})
