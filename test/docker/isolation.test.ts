import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { hubReach } from '../../src/spawners/docker/network.ts'
import type { Container } from '../support/docker/containers.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { notebookImage } from '../support/docker-images.ts'
import { dockerDefaults } from '../support/docker-world.ts'
import { dockerWalk } from '../support/docker-walk.ts'
import { freePort } from '../support/free-port.ts'
import { needs } from '../support/machine.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const [ann, bob] = ['ann', 'bob'] as const
/** Ports at which an engine, a database or a remote shell would listen. */
const wellKnownPorts = [22, 2375, 2376, 5432]

/** Which of the addresses somebody answers at, as seen from inside a container. */
async function openFrom(container: Container, addresses: readonly string[]): Promise<readonly string[]> {
  const program = `
import socket, sys, concurrent.futures
def is_open(address):
    host, port = address.rsplit(':', 1)
    try:
        socket.create_connection((host, int(port)), 2).close()
        return True
    except OSError:
        return False
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(*[address for address, there in zip(sys.argv[1:], pool.map(is_open, sys.argv[1:])) if there])
`
  const { exitCode, output } = await container.exec(['python3', '-c', program, ...addresses])
  assert.equal(exitCode, 0, output)
  return output.split(/\s+/).filter(Boolean)
}

/** Every IPv4 address of this machine, those of the engine's bridges too. */
const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address))

for (const isolateUsers of [true, false]) {
  suite(`two people in containers side by side, isolateUsers ${isolateUsers ? 'on' : 'off'}`, docker, () => {
    let part: Awaited<ReturnType<typeof dockerHub>>
    let walk: Awaited<ReturnType<typeof dockerWalk>>
    let servers: { readonly ann: Container; readonly bob: Container }
    let controlPort = 0

    before(async () => {
      part = await dockerHub(notebookImage)
      controlPort = await freePort()
      const proxy = { apiUrl: `http://127.0.0.1:${controlPort}` }
      walk = await dockerWalk(part, { proxy, spawner: { ...part.spawner, isolateUsers } })
      await Promise.all([walk.addUser(ann), walk.addUser(bob)])
      const [ofAnn, ofBob] = await Promise.all([walk.start(ann), walk.start(bob)])
      servers = { ann: ofAnn, bob: ofBob }
    })
    after(async () => {
      await Promise.all([walk.stop(ann), walk.stop(bob)])
      await walk.close()
      await part.close()
    })

    const tokenOf = async (container: Container): Promise<string> =>
      (await container.exec(['sh', '-c', 'printf %s "$JUPYTERHUB_API_TOKEN"'])).output
    /** Status of a request with a bearer token from inside a container. */
    const statusFrom = async (container: Container, url: string, token: string): Promise<number> => {
      const program = `
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], headers={'Authorization': 'token ' + sys.argv[2]})
try:
    print(urllib.request.urlopen(request, timeout=5).status)
except urllib.error.HTTPError as error:
    print(error.code)
`
      const { output } = await container.exec(['python3', '-c', program, url, token])
      return z.coerce.number().parse(output.trim(), { error: () => output })
    }

    test(`the server of the other person is ${isolateUsers ? 'out of reach' : 'reached, and lets nobody in'}`, async () => {
      const [there, name] = [`${await servers.bob.address()}:8888`, `${servers.bob.name}:8888`]
      const found = await openFrom(servers.ann, [there, name])
      assert.deepEqual(found, isolateUsers ? [] : [there, name])
      assert.deepEqual(await openFrom(servers.bob, [there]), [there])
      if (isolateUsers) return
      const own = await tokenOf(servers.ann)
      assert.equal(await statusFrom(servers.ann, `http://${there}/user/${bob}/api/contents`, own), 403)
      assert.equal(await statusFrom(servers.ann, `http://${there}/user/${bob}/api/kernels`, 'none'), 403)
    })

    test('of this machine nothing is reached but the API of the hub: no control API, no proxy, no engine, no database', async () => {
      const { host } = await hubReach(dockerDefaults({ ...part.spawner, isolateUsers }), { env: {}, bindUrl: walk.place.hubUrl })
      const hub = `${host}:${new URL(walk.place.hubUrl).port}`
      const ports = [controlPort, Number(new URL(walk.place.url).port), Number(new URL(walk.place.hubUrl).port), ...wellKnownPorts]
      const outside = ownAddresses().filter((address) => !address.startsWith('127.'))
      assert.ok(outside.includes(host))
      const addresses = outside.flatMap((address) => ports.map((port) => `${address}:${port}`))
      const loopback = ports.map((port) => `127.0.0.1:${port}`)
      assert.deepEqual(await openFrom(servers.ann, [...addresses, ...loopback]), [hub])
    })

    test('nothing of the hub or the engine is inside: no socket, no database, no rights', async () => {
      const look = `find / -xdev \\( -name docker.sock -o -name '*.sqlite' -o -path '${walk.place.folder}*' \\) 2>/dev/null | grep -v /home/jovyan/; cat /proc/net/unix | grep -c docker; grep -E 'CapEff|NoNewPrivs' /proc/1/status`
      const { output } = await servers.ann.exec(['sh', '-c', look])
      assert.deepEqual(output.trim().split(/\n/), ['0', 'CapEff:\t0000000000000000', 'NoNewPrivs:\t1'])
    })

    test("the token of one server opens nothing of the other person, at the hub or through the proxy, and nothing of the administrators'", async () => {
      const token = await tokenOf(servers.ann)
      const { host } = await hubReach(dockerDefaults({ ...part.spawner, isolateUsers }), { env: {}, bindUrl: walk.place.hubUrl })
      const api = `http://${host}:${new URL(walk.place.hubUrl).port}/hub/api`
      const statuses = await Promise.all(
        [`/users/${ann}`, `/users/${bob}`, `/users/${bob}/server`, '/users', '/proxy'].map((path) =>
          statusFrom(servers.ann, `${api}${path}`, token),
        ),
      )
      assert.deepEqual(
        statuses.map((status) => ([403, 404].includes(status) ? 'refused' : status)),
        [200, 'refused', 'refused', 'refused', 'refused'],
      )
      const headers = { authorization: `token ${token}` }
      const through = await fetch(`${walk.place.url}/user/${bob}/api/contents`, { headers, redirect: 'manual' })
      assert.equal(through.status, 403)
    })

    test('a file of one is not in the home of the other', async () => {
      await servers.ann.exec(['sh', '-c', 'echo secret > /home/jovyan/of-ann.txt'])
      assert.equal((await servers.ann.exec(['cat', '/home/jovyan/of-ann.txt'])).output, 'secret\n')
      assert.notEqual((await servers.bob.exec(['cat', '/home/jovyan/of-ann.txt'])).exitCode, 0)
    })
  })
}
