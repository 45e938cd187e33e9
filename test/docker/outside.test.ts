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
import { until } from '../support/until.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })

suite('what happens to a container from outside', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => {
    world = await dockerWorld(lightImage)
  })
  after(() => world.close())

  async function begin(changes: Partial<DockerOptions> = {}) {
    const spawner = world.spawner(changes)
    const ref = newServer()
    const spec = startSpec(ref, 1)
    const { handle, url } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    const container = await world.engine.find(parseHandle(handle).name)
    await until(async () => (await fetch(`${url}${spec.servicePrefix}`).catch(() => null))?.ok === true)
    const diagnosed = async () => await spawner.diagnose(handle, await spawner.observe(handle), spec)
    return { spawner, ref, spec, handle, url, container, diagnosed, end: () => spawner.stop(handle, patience()) }
  }

  const rows = [
    { what: 'is killed', code: undefined, seen: { kind: 'exited', exitCode: 137, signal: 'SIGKILL', outOfMemory: false } },
    { what: 'is paused', code: 'server_paused', seen: { kind: 'exited', exitCode: null, signal: null, outOfMemory: false } },
    { what: 'is removed', code: 'server_container_removed', seen: { kind: 'absent' } },
    {
      what: 'loses its network',
      code: 'server_network_missing',
      seen: { kind: 'exited', exitCode: null, signal: null, outOfMemory: false },
    },
  ] as const
  const deeds = {
    'is killed': (run: Awaited<ReturnType<typeof begin>>) => run.container.kill(),
    'is paused': (run: Awaited<ReturnType<typeof begin>>) => run.container.pause(),
    'is removed': (run: Awaited<ReturnType<typeof begin>>) => run.container.remove(),
    'loses its network': async (run: Awaited<ReturnType<typeof begin>>) =>
      void (await world.engine.api.call('POST', `/networks/${world.networkName}/disconnect`, {
        body: { json: { Container: run.container.id, Force: true } },
      })),
  }

  for (const { what, code, seen } of rows) {
    test(`a container that ${what} is noticed at once, explained, and leaves nothing`, async () => {
      const run = await begin()
      const watching = new AbortController()
      const changed = Promise.withResolvers<number>()
      let heard = false
      const watch = run.spawner.watch?.((serverId) => {
        if (heard && serverId === run.ref.serverId) changed.resolve(performance.now())
      }, watching.signal)
      // The events of the start itself may still be under way.
      await new Promise((resolve) => setTimeout(resolve, 300))
      heard = true
      const from = performance.now()
      await deeds[what](run)
      assert.ok((await changed.promise) - from < 2_500)
      assert.deepEqual(await run.spawner.observe(run.handle), seen)
      assert.equal((await run.diagnosed())?.code, code)
      watching.abort()
      await watch
      await run.end()
      assert.deepEqual(await run.spawner.observe(run.handle), { kind: 'absent' })
      await run.spawner.forget(run.handle)
      assert.deepEqual(await world.left(run.ref.key), [])
    })
  }

  test('a container that needs more memory than it may is explained with its limit', async () => {
    const spawner = world.spawner({ memLimit: 64 * 2 ** 20, environment: { LIGHT_SERVER: JSON.stringify({ eatMegabytes: 300 }) } })
    const ref = newServer()
    const spec = startSpec(ref, 1)
    const { handle } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    await until(async () => (await spawner.observe(handle)).kind === 'exited')
    const found = await spawner.observe(handle)
    assert.deepEqual(found, { kind: 'exited', exitCode: 137, signal: 'SIGKILL', outOfMemory: true })
    const said = await spawner.diagnose(handle, found, spec)
    const at = said?.detail['at']
    assert.deepEqual(said, { code: 'server_out_of_memory', detail: { how: 'limit', limitBytes: 64 * 2 ** 20, at } })
    assert.ok(typeof at === 'string' && Math.abs(Date.parse(at) - Date.now()) < 30_000, JSON.stringify(said))
    await spawner.stop(handle, patience())
  })

  test('a container that somebody renamed is found by its id, and is ended', async () => {
    const run = await begin()
    await world.engine.api.call('POST', `/containers/${run.container.id}/rename`, { query: { name: `${world.prefix}-elsewhere` } })
    assert.deepEqual(await run.spawner.observe(run.handle), { kind: 'running', url: run.url })
    await run.spawner.stop(run.spawner.reserve(run.ref, 1), patience())
    assert.equal(await world.count(run.handle), 0)
  })

  test('a server whose settings have changed is made anew, and says so', async () => {
    const run = await begin()
    const { context, steps } = recordingContext()
    const again = await world.spawner({ labels: { colour: 'red' } }).start(run.handle, run.spec, context)
    assert.ok(steps.some((step) => step.message?.includes('replaced') === true))
    assert.notEqual(parseHandle(again.handle).id, parseHandle(run.handle).id)
    assert.equal(await world.count(run.handle), 1)
    await run.end()
  })

  test('a container of the same name that is not of the hub is left alone', async () => {
    const spawner = world.spawner()
    const ref = newServer()
    const handle = spawner.reserve(ref, 1)
    const foreign = await world.engine.run(world.image, {
      name: parseHandle(handle).name,
      cmd: ['sleep', '1000'],
      create: { Entrypoint: [] },
    })
    await assert.rejects(spawner.start(handle, startSpec(ref, 1), recordingContext().context), { code: 'server_container_name_taken' })
    await spawner.stop(handle, patience())
    await spawner.forget(handle)
    assert.ok((await foreign.inspect()).State.Running)
    await foreign.remove()
  })

  test('with remove off the stopped container stays for a look until the next start ends', async () => {
    const run = await begin({ remove: false })
    await run.end()
    const aside = await world.engine.find(`${run.container.name}-stopped`)
    assert.match(await aside.logs(), /listening at/)
    assert.equal(await world.count(run.handle), 0)
  })

  test('containers cannot reach each other, unless isolateUsers is off', async () => {
    const [one, two] = [await begin(), await begin()]
    const ask = (address: string) => ['python3', '-c', `import socket; socket.create_connection(("${address}", 8888), 2)`]
    assert.notEqual((await one.container.exec(ask(await two.container.address()))).exitCode, 0)
    assert.equal((await one.container.exec(ask(await one.container.address()))).exitCode, 0)
    const open = { isolateUsers: false, networkName: `${world.networkName}-open` }
    const [three, four] = [await begin(open), await begin(open)]
    assert.equal((await three.container.exec(ask(await four.container.address()))).exitCode, 0)
    await assert.rejects(begin({ networkName: open.networkName }), { code: 'server_network_open' })
    await Promise.all([one, two, three, four].map((run) => run.end()))
    await world.engine.sweep(`orrery.network=${open.networkName}`)
  })

  test('a network that was removed comes back with its addresses', async () => {
    const networkName = `${world.networkName}-gone`
    const run = await begin({ networkName })
    const first = await world.engine.api.call('GET', `/networks/${networkName}`)
    await run.end()
    await run.spawner.forget(run.handle)
    await world.engine.api.call('DELETE', `/networks/${networkName}`)
    const other = await world.engine.api.call('POST', '/networks/create', { body: { json: { Name: `${networkName}-2` } } })
    const next = run.spawner.reserve(run.ref, 2)
    await run.spawner.start(next, startSpec(run.ref, 2), recordingContext().context)
    const second = await world.engine.api.call('GET', `/networks/${networkName}`)
    assert.deepEqual(gatewayIn(second), gatewayIn(first))
    assert.ok(other)
    await run.spawner.stop(next, patience())
    for (const name of [networkName, `${networkName}-2`]) await world.engine.api.call('DELETE', `/networks/${name}`)
  })
})

const gatewayIn = (network: unknown): string => /"Gateway":"([^"]+)"/.exec(JSON.stringify(network))?.[1] ?? 'none'
