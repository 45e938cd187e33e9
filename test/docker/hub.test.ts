import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { signedInClient, type ApiClient } from '../support/api-client.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { admin, preparePlace, startOrrery, type Place, type RunningOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
/** A container that died must be known to be dead in this time, milliseconds. */
const noticedWithinMs = 2_000
const User = z.object({ server: z.string().nullable(), pending: z.string().nullable() })

suite('a hub whose servers are containers', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  let place: Place
  let orrery: RunningOrrery
  let client: ApiClient
  const key = admin.name
  const isUp = async (): Promise<boolean> => (await readJson(await client.call('GET', `/users/${admin.name}`), User)).server !== null
  const pending = async (): Promise<string | null> => (await readJson(await client.call('GET', `/users/${admin.name}`), User)).pending
  const container = () => world.engine.find(`${world.prefix}-${key}`)
  const start = async (): Promise<void> => {
    await until(async () => (await client.call('POST', `/users/${admin.name}/server`)).status === 201)
  }

  before(async () => {
    world = await dockerWorld(lightImage)
    const { image, prefix, networkName, engineUrl, stopTimeoutSeconds } = world.options()
    place = await preparePlace({ spawner: { kind: 'docker', image, prefix, networkName, engineUrl, stopTimeoutSeconds } })
    orrery = await startOrrery(place)
    client = await signedInClient(place.url, admin.name, admin.password)
  })
  after(async () => {
    await orrery.stop()
    await place.remove()
    await world.close()
  })

  test('starts a server that answers through the proxy, keeps its home, and leaves no container when it is stopped', async () => {
    await start()
    const visitor = createVisitor(place.url)
    await visitor.signIn(admin.name, admin.password)
    assert.equal((await visitor.get(`/user/${admin.name}/api`)).response.status, 200)
    assert.equal((await (await container()).exec(['sh', '-c', 'echo kept > ~/file'])).exitCode, 0)
    assert.equal((await client.call('DELETE', `/users/${admin.name}/server`)).status, 204)
    await until(async () => (await world.left(key)).length === 0)
    await start()
    assert.equal((await (await container()).exec(['sh', '-c', 'cat ~/file'])).output, 'kept\n')
  })

  test('its servers reach it at the address they were given', async () => {
    const ask = 'import os, urllib.request; print(urllib.request.urlopen(os.environ["JUPYTERHUB_API_URL"], timeout=3).read().decode())'
    const { output, exitCode } = await (await container()).exec(['python3', '-c', ask])
    assert.equal(exitCode, 0, output)
    assert.match(output, /"version"/)
  })

  const deeds = [
    { what: 'killed', deed: async () => (await container()).kill(), says: /stopped without being asked/ },
    { what: 'removed', deed: async () => (await container()).remove(), says: /was removed from outside/ },
    { what: 'paused', deed: async () => (await container()).pause(), says: /was paused from outside/ },
  ]
  for (const { what, deed, says } of deeds) {
    test(`a container that was ${what} is known to be gone within two seconds, explained, and cleared away`, async () => {
      if (!(await isUp())) await start()
      const from = performance.now()
      await deed()
      await until(async () => !(await isUp()))
      const ms = performance.now() - from
      assert.ok(ms < noticedWithinMs, `noticed after ${Math.round(ms)} ms`)
      await until(async () => (await pending()) === null && (await world.left(key)).length === 0)
      const visitor = createVisitor(place.url)
      await visitor.signIn(admin.name, admin.password)
      const { text } = await visitor.get(`/hub/spawn-pending/${admin.name}`)
      assert.ok(says.test(text), /data-code=.*?<\/p>/.exec(text)?.[0] ?? /<h1.*?<\/h1>/.exec(text)?.[0] ?? text)
    })
  }

  test('a hub that was killed finds its containers again, and people never notice', async () => {
    await start()
    const { id } = await container()
    process.kill((await orrery.pids()).hub, 'SIGKILL')
    const meanwhile = await fetch(`${place.url}/user/${admin.name}/api`)
    assert.equal(meanwhile.status, 200)
    await until(() => isUp().catch(() => false))
    assert.equal((await container()).id, id)
    assert.equal((await client.call('DELETE', `/users/${admin.name}/server`)).status, 204)
    await until(async () => (await world.left(key)).length === 0)
  })
})
