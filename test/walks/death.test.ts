import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { signedInClient } from '../support/api-client.ts'
import type { ApiClient } from '../support/api-client.ts'
import { admin, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { lightServersOf } from '../support/server-processes.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

/** A server that died must be known to be dead in this time, milliseconds. */
const noticedWithinMs = 5_000
const User = z.object({ server: z.string().nullable(), pending: z.string().nullable() })

let place: Place
let orrery: RunningOrrery
let client: ApiClient

const userOf = async (): Promise<z.output<typeof User>> => readJson(await client.call('GET', `/users/${admin.name}`), User)
const isUp = async (): Promise<boolean> => (await userOf()).server !== null
/** What is left of the dead server has been cleaned away. */
const isSettled = async (): Promise<boolean> => (await userOf()).pending === null

before(async () => {
  place = await preparePlace({ spawner: { kind: 'process', ...lightSpawner } })
  orrery = await startOrrery(place)
  client = await signedInClient(place.url, admin.name, admin.password)
})

after(async () => {
  await orrery.stop()
  await place.remove()
})

async function killServer(signal: NodeJS.Signals): Promise<void> {
  assert.equal((await client.call('POST', `/users/${admin.name}/server`)).status, 201)
  const [pid] = await lightServersOf(admin.name)
  assert.ok(pid)
  process.kill(pid, signal)
}

test('a killed server is a page of the hub at once, known to be dead within five seconds, and says why', async () => {
  await killServer('SIGKILL')
  const from = performance.now()
  const visitor = createVisitor(place.url)
  await visitor.signIn(admin.name, admin.password)
  const gone = await visitor.get(`/user/${admin.name}/lab`)
  assert.ok([424, 503].includes(gone.response.status), `${gone.response.status}`)
  assert.match(gone.text, /orrery/i)

  await until(async () => !(await isUp()), noticedWithinMs)
  const ms = performance.now() - from
  assert.ok(ms < noticedWithinMs, `noticed after ${Math.round(ms)} ms`)
  await until(isSettled)
  const page = await visitor.get(`/hub/spawn-pending/${admin.name}`)
  assert.match(page.text, /stopped without being asked/)
  assert.equal((await client.call('DELETE', `/users/${admin.name}/server`)).status, 204)
})

test('a server that its owner shut down from inside is simply stopped', async () => {
  await killServer('SIGTERM')
  await until(async () => !(await isUp()), noticedWithinMs)
  await until(isSettled)
  const visitor = createVisitor(place.url)
  await visitor.signIn(admin.name, admin.password)
  const page = await visitor.get(`/hub/home`)
  assert.doesNotMatch(page.text, /without being asked/)
})

test('a server can be started again after it died', async () => {
  await killServer('SIGKILL')
  await until(async () => !(await isUp()), noticedWithinMs)
  await until(isSettled)
  assert.equal((await client.call('POST', `/users/${admin.name}/server`)).status, 201)
  assert.ok(await isUp())
})
