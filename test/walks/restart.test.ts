import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { signedInClient } from '../support/api-client.ts'
import { openKernel, startKernel } from '../support/kernel.ts'
import type { Kernel } from '../support/kernel.ts'
import { needs } from '../support/machine.ts'
import { admin, answers, isAlive, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'

const server = (place: Place): string => `${place.url}/user/${admin.name}/`
const oneSecondPrints = 'import time\nx = 41\nfor i in range(60):\n    print("beat", i, flush=True)\n    time.sleep(0.1)'
/** A hub or a proxy that was killed must be back in this time, milliseconds. */
const backWithinMs = 2_000

let place: Place
let orrery: RunningOrrery
let token: string
let kernelId: string
let kernel: Kernel

/** Runs the condition again and again; resolves with the milliseconds that it took to hold. */
async function timeUntil(condition: () => Promise<boolean>): Promise<number> {
  const from = performance.now()
  await until(condition, 20_000)
  return performance.now() - from
}

const serverPid = async (): Promise<number> => {
  const text = await kernel.run('import os; print(os.getppid())')
  return Number(text)
}

const beats = (): number => kernel.printed().split('beat').length - 1

async function isReady(): Promise<boolean> {
  const response = await fetch(`${place.url}/hub/api/users/${admin.name}`, { headers: { authorization: `token ${token}` } })
  if (response.status !== 200) return false
  const user = await readJson(response, z.object({ servers: z.record(z.string(), z.object({ ready: z.boolean() })) }))
  return user.servers['']?.ready === true
}

const tools = needs('python')

before(async () => {
  if (tools.skip !== undefined) return
  place = await preparePlace()
  orrery = await startOrrery(place)
  const client = await signedInClient(place.url, admin.name, admin.password)
  token = client.token
  await client.call('POST', `/users/${admin.name}/server`)
  await until(isReady, 60_000)
  kernelId = await startKernel(server(place), token)
  kernel = await openKernel(server(place), kernelId, token)
})

after(async () => {
  if (tools.skip !== undefined) return
  kernel.close()
  await orrery.stop()
  await place.remove()
})

test('a killed hub is back within two seconds; sockets stay open, the busy kernel goes on, the server is adopted', tools, async () => {
  kernel.begin(oneSecondPrints)
  await until(() => beats() > 2)
  const { hub } = await orrery.pids()
  process.kill(hub, 'SIGKILL')
  const heard = beats()
  const ms = await timeUntil(() => answers(`${place.url}/hub/api/health`))
  assert.ok(ms < backWithinMs, `back after ${Math.round(ms)} ms`)
  assert.notEqual((await orrery.pids()).hub, hub)
  await until(() => beats() > heard + 3)
  assert.ok(kernel.isOpen())
  await until(isReady)
  assert.equal(await kernel.run('x + 1'), '42')
  console.log(`hub back after ${Math.round(ms)} ms`)
})

test('a killed proxy is back with its routes within two seconds, without a restart of the hub', tools, async () => {
  const pid = await serverPid()
  const { hub, proxy } = await orrery.pids()
  process.kill(proxy, 'SIGKILL')
  const ms = await timeUntil(() => answers(`${server(place)}api`))
  assert.ok(ms < backWithinMs, `back after ${Math.round(ms)} ms`)
  assert.equal((await orrery.pids()).hub, hub)
  kernel = await openKernel(server(place), kernelId, token)
  assert.equal(await kernel.run('x + 1'), '42')
  assert.equal(await serverPid(), pid)
  console.log(`routes back after ${Math.round(ms)} ms`)
})

test('when the supervisor is killed nothing of the users is lost at the next start', tools, async () => {
  const pid = await serverPid()
  kernel.close()
  orrery.child.kill('SIGKILL')
  await orrery.ended
  orrery = await startOrrery(place)
  await until(() => answers(`${server(place)}api`))
  await until(isReady)
  kernel = await openKernel(server(place), kernelId, token)
  assert.equal(await kernel.run('x + 1'), '42')
  assert.equal(await serverPid(), pid)
})

test('a stop leaves the servers running, and with --stop-servers none is left', tools, async () => {
  const pid = await serverPid()
  kernel.close()
  assert.equal(await orrery.stop(), 0)
  assert.ok(await isAlive(pid))
  orrery = await startOrrery(place, { args: ['--stop-servers'] })
  await until(() => answers(`${server(place)}api`))
  assert.equal(await orrery.stop(), 0)
  assert.ok(!(await isAlive(pid)))
})
