import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { execFileSync } from 'node:child_process'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import { hubReach } from '../../src/spawners/docker/network.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'
import { openTlsRelay } from '../support/tls-relay.ts'
import { until } from '../support/until.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

suite('the way between hub and containers', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => {
    world = await dockerWorld(lightImage)
  })
  after(() => world.close())

  const ask = (url: string): string[] => [
    'python3',
    '-c',
    `import urllib.request; print(urllib.request.urlopen("${url}", timeout=3).read().decode())`,
  ]

  test('a hub beside the engine is reached through the gateway of the network, which is made when it is missing', async () => {
    const reach = await hubReach(world.options(), { env: {}, bindUrl: 'http://127.0.0.1:8081' })
    assert.deepEqual(reach, { listenOn: [reach.host], host: reach.host, how: `through the gateway of the network ${world.networkName}` })
    const hub = createServer((_, response) => response.end('here is the hub')).listen(0, reach.listenOn[0])
    await once(hub, 'listening')
    const { port } = z.object({ port: z.number() }).parse(hub.address())
    const spawner = world.spawner()
    const ref = newServer()
    const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
    const container = await world.engine.find(parseHandle(handle).name)
    const found = await container.exec(ask(`http://${reach.host}:${port}/`))
    assert.equal(found.output.trim(), 'here is the hub')
    const loopback = createServer((_, response) => response.end('private')).listen(0, '127.0.0.1')
    await once(loopback, 'listening')
    const closed = z.object({ port: z.number() }).parse(loopback.address()).port
    assert.notEqual((await container.exec(ask(`http://${reach.host}:${closed}/`))).exitCode, 0)
    hub.close()
    loopback.close()
    await spawner.stop(handle, patience())
  })

  test('an engine behind TLS is reached with the certificates of the client, and only with them', async () => {
    const relay = await openTlsRelay(world.engine.socketPath)
    try {
      const engineUrl = `tcp://127.0.0.1:${relay.port}`
      const described = async (changes: Partial<DockerOptions>) => await world.spawner({ engineUrl, ...changes }).describe()
      assert.equal((await described({ engineTls: relay.files })).found, true)
      assert.equal((await described({})).found, false)
      const spawner = world.spawner({ engineUrl, engineTls: relay.files })
      const ref = newServer()
      const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
      assert.equal((await spawner.observe(handle)).kind, 'running')
      await spawner.stop(handle, patience())
    } finally {
      relay.close()
    }
  })

  test('starts at the same time, of several hubs too, make one network', async () => {
    const networkName = `${world.networkName}-crowd`
    const runs = await Promise.all(
      [1, 2, 3].flatMap(() => {
        const spawner = world.spawner({ networkName })
        return [newServer(), newServer()].map(async (ref) => {
          const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
          return () => spawner.stop(handle, patience())
        })
      }),
    )
    const networks = z.array(z.object({ Name: z.string() })).parse(await world.engine.api.call('GET', '/networks'))
    assert.equal(networks.filter(({ Name }) => Name === networkName).length, 1)
    await Promise.all(runs.map((end) => end()))
    await world.engine.api.call('DELETE', `/networks/${networkName}`)
  })

  test('an address that the operator gave is kept', async () => {
    const there = await hubReach(world.options(), { env: {}, bindUrl: 'http://192.0.2.7:8081' })
    assert.deepEqual([there.listenOn, there.host], [[], '192.0.2.7'])
    const everywhere = await hubReach(world.options(), { env: {}, bindUrl: 'http://0.0.0.0:8081' })
    assert.deepEqual(everywhere.listenOn, [])
    assert.match(everywhere.host, /^\d+\.\d+\.\d+\.1$/)
  })

  test('a port is published where the addresses of containers lead nowhere', async () => {
    const spawner = world.spawner({ useInternalIp: false })
    const ref = newServer()
    const spec = startSpec(ref, 1)
    const { handle, url } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
    await until(async () => (await fetch(`${url}${spec.servicePrefix}`).catch(() => null))?.ok === true)
    assert.deepEqual(await spawner.observe(handle), { kind: 'running', url })
    await spawner.stop(handle, patience())
  })

  /** What the program of this machine needs beyond the image's own libraries. */
  const librariesOfNode = (): readonly string[] => {
    const lines = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).split('\n')
    const paths = lines.flatMap((line) => /=> (\/\S*libatomic\S*)/.exec(line)?.[1] ?? [])
    return paths.map((path) => `${path}:${path}:ro`)
  }

  const report = z.object({ reach: z.object({ host: z.string(), listenOn: z.array(z.string()) }), urls: z.tuple([z.string(), z.string()]) })

  test('a hub in a container is reached by its name on the network of each user, who cannot reach each other', async () => {
    const name = `${world.prefix}-hub`
    const hub = await world.engine.run(world.image, {
      name,
      env: { image: world.image, prefix: world.prefix, networkName: world.networkName },
      cmd: [`${root}/node_modules/.bin/node`, `${root}/test/docker/hub-in-container.ts`],
      create: { Entrypoint: [], User: '0', StopTimeout: 60, OpenStdin: true },
      host: { Binds: [`${root}:${root}:ro`, `${world.engine.socketPath}:/engine.sock`, ...librariesOfNode()] },
    })
    await until(async () => /"reach"/.test(await hub.logs()) || !(await hub.inspect()).State.Running, 60_000)
    const line = (await hub.logs()).split('\n').find((text) => text.startsWith('{'))
    assert.ok(line !== undefined, await hub.logs())
    const { reach, urls } = report.parse(JSON.parse(line))
    assert.deepEqual(reach, { host: name, listenOn: ['0.0.0.0'] })
    const [ann, bob] = [await world.engine.find(`${world.prefix}-ann`), await world.engine.find(`${world.prefix}-bob`)]
    assert.match((await ann.exec(ask(`http://${name}:8081/`))).output, /the hub/)
    assert.match((await bob.exec(ask(`http://${name}:8081/`))).output, /the hub/)
    assert.notEqual((await ann.exec(ask(`${urls[1]}/user/bob/`))).exitCode, 0)
    assert.equal((await bob.exec(ask(`${urls[1]}/user/bob/`))).exitCode, 0)
    await hub.kill('SIGTERM')
    assert.equal(await hub.ended(), 0)
    await hub.remove()
    for (const user of ['ann', 'bob'])
      await assert.rejects(world.engine.api.call('GET', `/networks/${world.networkName}-${user}`), { status: 404 })
  })
})
