import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { faultPoints } from '../../src/hub/faults.ts'
import type { FaultPoint } from '../../src/hub/faults.ts'
import { apiClient, signedInClient } from '../support/api-client.ts'
import type { ApiClient } from '../support/api-client.ts'
import { admin, answers, preparePlace } from '../support/orrery.ts'
import type { Place, TestConfig } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'

const hubScript = fileURLToPath(new URL('../support/fault-hub.ts', import.meta.url))
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Where the servers of a hub are found without asking the hub. */
export type Ground = {
  readonly config: TestConfig
  /** Everything that runs as a server of that person. */
  readonly serversOf: (userName: string) => Promise<readonly (number | string)[]>
  /** Everything that there is of that person's server, running or not, beside what it keeps. */
  readonly remainsOf: (userName: string) => Promise<readonly (number | string)[]>
  readonly close: () => Promise<void>
}

const ServerView = z.object({ ready: z.boolean(), pending: z.string().nullable() })
type ServerView = z.output<typeof ServerView>

/** Promises for every fault point: a hub that is killed there leaves, after one restart, what was asked for, once. */
export function promiseFaultPoints(openGround: () => Promise<Ground>): void {
  let ground: Ground
  let place: Place
  let proxy: ChildProcess
  let cases = 0
  let token = ''

  const run = (script: string, word: readonly string[], fault: FaultPoint | ''): ChildProcess =>
    spawn(process.execPath, [script, ...word, '--config', join(place.folder, 'orrery.config.json'), '--data-dir', place.dataDir], {
      env: { ...process.env, ORRERY_ADMIN_USER: admin.name, ORRERY_ADMIN_PASSWORD: admin.password, ORRERY_TEST_FAULT: fault },
      stdio: ['ignore', 'ignore', 'inherit'],
    })

  const startHub = async (fault: FaultPoint | ''): Promise<ChildProcess> => {
    const child = run(hubScript, [], fault)
    await until(() => answers(`${place.hubUrl}/hub/api/`), 20_000)
    return child
  }

  /** The administrator as a program; its token is in the database and outlives every hub. */
  const administrator = async (): Promise<ApiClient> => {
    if (token === '') token = (await signedInClient(place.hubUrl, admin.name, admin.password)).token
    return apiClient(place.hubUrl, token)
  }

  /** A person of this case alone. */
  const newPerson = async (): Promise<string> => {
    const name = `pupil-${++cases}`
    assert.equal((await (await administrator()).call('POST', `/users/${name}`)).status, 201)
    return name
  }

  const serverOf = async (name: string): Promise<ServerView> => {
    const response = await (await administrator()).call('GET', `/users/${name}?include_stopped_servers=1`)
    assert.equal(response.status, 200)
    const user = await readJson(response, z.object({ servers: z.record(z.string(), ServerView) }))
    return user.servers[''] ?? { ready: false, pending: null }
  }

  const settled = async (name: string): Promise<ServerView> => {
    let view: ServerView = { ready: false, pending: 'spawn' }
    await until(async () => {
      view = await serverOf(name)
      return view.pending === null
    }, 30_000)
    return view
  }

  /** What the proxy answers for the person's server: the light server's status, or whatever the hub says when there is no route. */
  const throughProxy = async (name: string): Promise<number> => {
    const response = await fetch(`${place.url}/user/${name}/api`, { redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  }

  /** Asks for a start or a stop; 0 when the hub died over it. */
  const ask = async (method: 'POST' | 'DELETE', name: string): Promise<number> => {
    const response = await (await administrator()).call(method, `/users/${name}/server`).catch(() => null)
    return response?.status ?? 0
  }

  const nothingIsLeft = async (name: string): Promise<void> => assert.deepEqual(await ground.remainsOf(name), [])

  before(async () => {
    ground = await openGround()
    place = await preparePlace(ground.config)
    proxy = run(main, ['proxy'], '')
  })

  after(async () => {
    proxy.kill('SIGTERM')
    await ended(proxy)
    await place.remove()
    await ground.close()
  })

  for (const point of faultPoints.filter((name) => name.startsWith('start.'))) {
    test(`a hub killed at ${point} leaves exactly one server, with its route, after one restart`, async () => {
      const doomed = await startHub(point)
      const name = await newPerson()
      await ask('POST', name)
      assert.equal(await ended(doomed), 'SIGKILL')

      const next = await startHub('')
      try {
        const { ready } = await settled(name)
        const found = { ready, servers: (await ground.serversOf(name)).length, status: await throughProxy(name) }
        assert.deepEqual(found, { ready: true, servers: 1, status: 200 })
        assert.equal((await ground.remainsOf(name)).length, 1)
        assert.ok([202, 204].includes(await ask('DELETE', name)))
        await settled(name)
        await nothingIsLeft(name)
      } finally {
        await stopHub(next)
      }
    })
  }

  for (const point of faultPoints.filter((name) => name.startsWith('stop.'))) {
    test(`a hub killed at ${point} leaves no server and no route after one restart`, async () => {
      const doomed = await startHub(point)
      const name = await newPerson()
      await ask('POST', name)
      assert.equal((await settled(name)).ready, true)
      assert.equal((await ground.serversOf(name)).length, 1)
      await ask('DELETE', name)
      assert.equal(await ended(doomed), 'SIGKILL')

      const next = await startHub('')
      try {
        assert.equal((await settled(name)).ready, false)
        await nothingIsLeft(name)
        assert.notEqual(await throughProxy(name), 200)
      } finally {
        await stopHub(next)
      }
    })
  }
}

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    : Promise.resolve(child.signalCode)

async function stopHub(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await ended(child)
}
