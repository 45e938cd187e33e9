// Runs inside a container: finds the way to the hub, starts a server, asks it, and prints what came of it as JSON.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { Handle } from '../../src/core/server-state.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createDockerSpawner } from '../../src/spawners/docker/docker.ts'
import { hubReach } from '../../src/spawners/docker/network.ts'
import { dockerDefaults } from '../support/docker-world.ts'
import { startSpec } from '../support/process-world.ts'
import { until } from '../support/until.ts'

const { image = '', prefix = '', networkName = '', isolateUsers = 'true' } = process.env
const options = dockerDefaults({
  image,
  prefix,
  networkName,
  isolateUsers: isolateUsers === 'true',
  engineUrl: 'unix:///engine.sock',
  pullPolicy: 'never',
})
const reach = await hubReach(options, { env: {}, bindUrl: 'http://127.0.0.1:8081' })
const hub = createServer((_, response) => response.end(`the hub, ${randomUUID()}`))
hub.listen(8081, reach.listenOn[0] ?? '127.0.0.1')
const spawner = createDockerSpawner({ options, installation: 'inside', clock: systemClock, version: '0', hubEnvironment: {} })
const patience = () => ({ signal: AbortSignal.timeout(30_000) })
const nothing = { signal: AbortSignal.timeout(60_000), announce: () => Promise.resolve(), keepHandle: () => Promise.resolve() }
const servers = ['ann', 'bob'].map((userName) => ({ serverId: 1, userName, serverName: '', homeName: userName, key: userName }))
const runs: { readonly handle: Handle; readonly url: string }[] = []
for (const ref of servers) {
  const spec = startSpec(ref, 1, `http://${reach.host}:8081/hub/api`)
  const { handle, url } = await spawner.start(spawner.reserve(ref, 1), spec, nothing)
  await until(async () => (await fetch(`${url}${spec.servicePrefix}`).catch(() => null))?.ok === true)
  runs.push({ handle, url })
}
console.log(JSON.stringify({ reach, urls: runs.map((run) => run.url) }))
process.once('SIGTERM', () => {
  void Promise.all(runs.map(({ handle }) => spawner.stop(handle, patience()).then(() => spawner.forget(handle)))).then(() =>
    process.exit(0),
  )
})
