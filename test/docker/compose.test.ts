import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { signedInClient, type ApiClient } from '../support/api-client.ts'
import { composeFolder, type ComposeFolder } from '../support/compose.ts'
import { needsEngine, openEngine, type DockerEngine } from '../support/docker-engine.ts'
import { buildFromLines, notebookImage, orreryImage } from '../support/docker-images.ts'
import { openKernel, startKernel, type Kernel } from '../support/kernel.ts'
import { needs } from '../support/machine.ts'
import { admin, answers } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

const docker = { ...needs('docker', 'docker-compose', 'debootstrap'), ...(await needsEngine()) }
const startMs = 90_000
const parts = ['hub', 'proxy', 'engine-guard'] as const
const Inspected = z.object({
  Created: z.string(),
  State: z.object({ StartedAt: z.string(), Health: z.object({ Status: z.string() }), ExitCode: z.number() }),
  Config: z.object({ User: z.string() }),
  HostConfig: z.object({ ReadonlyRootfs: z.boolean(), CapDrop: z.array(z.string()), Binds: z.array(z.string()) }),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
})
const Memory = z.object({ memory_stats: z.object({ usage: z.number(), stats: z.record(z.string(), z.number()) }) })
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

suite('the compose file', docker, () => {
  let engine: DockerEngine
  let place: ComposeFolder
  let image = ''
  let client: ApiClient
  let kernel: Kernel

  const look = async (part: (typeof parts)[number]) =>
    Inspected.parse(await engine.api.call('GET', `/containers/${place.name}-${part}/json`))
  const isReady = async (): Promise<boolean> => {
    const answer = await client.call('GET', `/users/${admin.name}`).catch(() => null)
    if (answer?.status !== 200) return false
    return z.object({ server: z.string().nullable() }).parse(await answer.json()).server !== null
  }
  const serverUrl = (): string => `${place.url}/user/${admin.name}/`
  const serverAnswers = (): Promise<boolean> => answers(`${serverUrl()}api`)
  const hubAnswers = (): Promise<boolean> => answers(`${place.url}/hub/api/`)
  /** Whether a notebook server reaches the hub, by the address that it was given. */
  const serverReachesHub = async (): Promise<boolean> => {
    const script = 'import os, urllib.request as r; r.urlopen(os.environ["JUPYTERHUB_API_URL"], timeout=3)'
    return (await (await place.server(admin.name)).exec(['python3', '-c', script])).exitCode === 0
  }

  const start = async (): Promise<void> => {
    const asked = await client.call('POST', `/users/${admin.name}/server`)
    if (asked.status !== 201 && asked.status !== 202)
      throw new Error(`${await asked.text()}\n${await place.run('logs', '--no-color', 'hub', 'engine-guard')}`)
    await until(isReady, startMs)
  }

  before(async () => {
    engine = await openEngine()
    image = await orreryImage(engine)
    place = await composeFolder(engine, { orrery: image, notebook: await notebookImage(engine) })
  })
  after(async () => {
    kernel?.close()
    await place.close()
    await engine.close()
  })

  test('brings everything up from a folder that was copied: sign in, and a container starts and answers', async (t) => {
    const from = performance.now()
    await place.run('up', '-d')
    await until(hubAnswers, startMs)
    t.diagnostic(`from docker-compose up to an answer of the hub: ${Math.round(performance.now() - from)} ms`)
    client = await signedInClient(place.url, admin.name, admin.password)
    await start()
    const visitor = createVisitor(place.url)
    await visitor.signIn(admin.name, admin.password)
    assert.equal((await visitor.get(`/user/${admin.name}/api`)).response.status, 200)
    assert.ok(await serverReachesHub())
  })

  test('nobody but the guard sees the engine, and the guard sees no network', async () => {
    const [hub, proxy, guard] = await Promise.all(parts.map(look))
    for (const seen of [hub, proxy, guard]) assert.deepEqual([seen?.HostConfig.ReadonlyRootfs, seen?.HostConfig.CapDrop], [true, ['ALL']])
    assert.deepEqual([hub?.Config.User, proxy?.Config.User, guard?.Config.User], ['1000:1000', '1000:1000', '0:1000'])
    const sees = (seen: typeof hub): boolean => seen?.HostConfig.Binds.some((bind) => bind.includes(engine.socketPath)) === true
    assert.deepEqual([sees(hub), sees(proxy), sees(guard)], [false, false, true])
    assert.deepEqual(Object.keys(guard?.NetworkSettings.Networks ?? {}), ['none'])
  })

  test('a hub that was taken over gets nothing from the guard but what servers need', async () => {
    const attack = `const http = require('node:http')
      const body = JSON.stringify({ Image: '${image}', Labels: {}, HostConfig: { Privileged: true, Binds: ['/:/host'] } })
      const options = { socketPath: '/run/engine/engine.sock', method: 'POST', path: '/containers/create', headers: { 'Content-Length': body.length } }
      http.request(options, (answer) => console.log(answer.statusCode)).end(body)`
    assert.equal((await (await place.part('hub')).exec(['node', '-e', attack])).output, '403\n')
    assert.match(await place.run('logs', '--no-color', 'engine-guard'), /"event":"guard\.refused"/)
  })

  test('all three are well, each in its own words', async (t) => {
    await until(async () => (await Promise.all(parts.map(look))).every(({ State }) => State.Health.Status === 'healthy'), startMs)
    const { Size } = z.object({ Size: z.number() }).parse(await engine.api.call('GET', `/images/${image}/json`))
    t.diagnostic(`size of the image: ${mebibytes(Size)}`)
    for (const part of parts) {
      const stats = Memory.parse(
        await engine.api.call('GET', `/containers/${place.name}-${part}/stats`, { query: { stream: 'false', 'one-shot': 'true' } }),
      )
      const { usage, stats: kinds } = stats.memory_stats
      t.diagnostic(`memory of the ${part} at rest: ${mebibytes(usage - (kinds['inactive_file'] ?? kinds['total_inactive_file'] ?? 0))}`)
    }
  })

  test('a WebSocket stays open while the hub is restarted, and while it is replaced by another image', async (t) => {
    kernel = await openKernel(serverUrl(), await startKernel(serverUrl(), client.token), client.token)
    kernel.begin('import time\nfor n in range(10_000):\n    print(n, flush=True)\n    time.sleep(0.1)')
    const printed = (): number => kernel.printed().length
    await until(() => printed() > 0)
    const { id } = await place.part('hub')
    await place.run('restart', 'hub')
    await until(hubAnswers, startMs)
    const next = `${place.name}-next:1`
    await buildFromLines(engine.api, next, [`FROM ${image}`, 'LABEL next=1'])
    place.set({ ORRERY_IMAGE: next })
    const from = performance.now()
    await place.run('up', '-d', '--no-deps', 'hub')
    await until(hubAnswers, startMs)
    t.diagnostic(`replacing the hub: ${Math.round(performance.now() - from)} ms`)
    assert.notEqual((await place.part('hub')).id, id)
    const sofar = printed()
    await until(() => printed() > sofar).catch(async (error: unknown) => {
      throw new Error(await place.run('logs', '--no-color'), { cause: error })
    })
    assert.ok(kernel.isOpen())
    // The new hub joins the network of the server again.
    await until(serverReachesHub)
    await until(isReady)
  })

  test('a proxy that was replaced leads to the running servers again', async () => {
    const { id } = await place.server(admin.name)
    await place.run('up', '-d')
    await until(serverAnswers, startMs)
    assert.equal((await place.server(admin.name)).id, id)
  })

  test('down and up again: the account, its token, the running server and the files are there', async () => {
    const { id, exec } = await place.server(admin.name)
    assert.equal((await exec(['sh', '-c', 'echo kept > ~/file'])).exitCode, 0)
    await place.run('down')
    await place.run('up', '-d')
    await until(serverAnswers, startMs)
    assert.equal((await place.server(admin.name)).id, id)
    await until(isReady)
    assert.ok([204, 202].includes((await client.call('DELETE', `/users/${admin.name}/server`)).status))
    await until(async () => !(await isReady()), startMs)
    await start()
    const again = await place.server(admin.name)
    assert.notEqual(again.id, id)
    assert.equal((await again.exec(['sh', '-c', 'cat ~/file'])).output, 'kept\n')
    await client.call('DELETE', `/users/${admin.name}/server`)
  })

  test('every part ends within ten seconds when it is asked to, by itself', async () => {
    for (const part of parts) {
      const from = performance.now()
      await engine.api.call('POST', `/containers/${place.name}-${part}/stop`, { query: { t: '10' } })
      assert.ok(performance.now() - from < 10_000, part)
      assert.equal((await look(part)).State.ExitCode, 0, part)
    }
  })
})
