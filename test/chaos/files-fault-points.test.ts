import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { faultPoints } from '../../src/hub/faults.ts'
import { signedInClient } from '../support/api-client.ts'
import type { ApiClient } from '../support/api-client.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage } from '../support/docker-images.ts'
import { needs } from '../support/machine.ts'
import { admin, answers, lightSpawner, preparePlace } from '../support/orrery.ts'
import type { Place, TestConfig } from '../support/orrery.ts'
import { until } from '../support/until.ts'

const execute = promisify(execFile)
const hubScript = fileURLToPath(new URL('../support/fault-hub.ts', import.meta.url))
const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }

/** Where somebody's files are, without asking the hub. */
type Ground = {
  readonly config: TestConfig
  readonly fill: (userName: string, place: Place) => Promise<void>
  readonly remains: (userName: string, place: Place) => Promise<boolean>
  readonly close: () => Promise<void>
}

const filePoints = faultPoints.filter((name) => name.startsWith('files.'))

/** Promises that a removal goes on after a hub was killed in the middle of it. */
function promiseRemoval(points: readonly string[], openGround: () => Promise<Ground>): void {
  let ground: Ground
  let place: Place
  before(async () => {
    ground = await openGround()
    place = await preparePlace(ground.config)
  })
  after(async () => {
    await place.remove()
    await ground.close()
  })

  const startHub = async (fault: string): Promise<{ readonly child: ChildProcess; readonly client: ApiClient }> => {
    const words = [hubScript, '--config', join(place.folder, 'orrery.config.json'), '--data-dir', place.dataDir]
    const env = { ...process.env, ORRERY_ADMIN_USER: admin.name, ORRERY_ADMIN_PASSWORD: admin.password, ORRERY_TEST_FAULT: fault }
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    await until(() => answers(`${place.hubUrl}/hub/api/`), 20_000)
    return { child, client: await signedInClient(place.hubUrl, admin.name, admin.password) }
  }

  for (const point of points) {
    test(`a hub killed at ${point} is followed by one that archives and removes, once`, async () => {
      const name = `gone-${point.replace('files.', '')}`
      const doomed = await startHub(point)
      assert.equal((await doomed.client.call('POST', `/users/${name}`)).status, 201)
      await ground.fill(name, place)
      await doomed.client.call('DELETE', `/users/${name}?files=archive`).catch(() => null)
      assert.equal(await ended(doomed.child), 'SIGKILL')

      const { child } = await startHub('')
      await until(async () => !(await ground.remains(name, place)), 30_000)
      const folder = join(place.dataDir, 'archive')
      const mine = async () => (await readdir(folder).catch(() => [])).filter((file) => file.startsWith(name))
      await until(async () => (await mine()).length === 1 && (await mine()).every((file) => file.endsWith('.tar.gz')), 30_000)
      assert.match((await execute('tar', ['-tzf', join(folder, (await mine())[0] ?? '')])).stdout, /thesis/)
      child.kill('SIGTERM')
      await ended(child)
    })
  }
}

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    : Promise.resolve(child.signalCode)

suite('files that are a home folder', () => {
  const homeOf = (name: string, { dataDir }: Place): string => join(dataDir, 'homes', name)
  promiseRemoval(['files.archived'], () =>
    Promise.resolve({
      config: { spawner: { kind: 'process', ...lightSpawner } },
      fill: async (name, place) => {
        await mkdir(homeOf(name, place), { recursive: true })
        await writeFile(join(homeOf(name, place), 'thesis'), name)
      },
      remains: (name, place) => Promise.resolve(existsSync(homeOf(name, place))),
      close: () => Promise.resolve(),
    }),
  )
})

suite('files that are a volume', docker, () => {
  promiseRemoval(filePoints, async () => {
    const { engine, image, spawner, homeOf, close } = await dockerHub(lightImage)
    const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() })
    return {
      config: { spawner },
      fill: async (name) => {
        const host = { Mounts: [{ Type: 'volume', Source: homeOf(name), Target: '/volume' }] }
        const run = await engine.run(image, {
          cmd: ['sh', '-c', 'echo text > /volume/thesis'],
          create: { Entrypoint: [], User: '0' },
          host,
        })
        assert.equal(await run.ended(), 0)
        await run.remove()
      },
      remains: async (name) => {
        const found = Volumes.parse(await engine.api.call('GET', '/volumes', { query: { filters: { name: [homeOf(name)] } } }))
        return (found.Volumes ?? []).length > 0
      },
      close,
    }
  })
})
