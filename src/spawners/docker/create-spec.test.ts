import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { startSpec } from '../../../test/support/process-world.ts'
import { dockerDefaults } from '../../../test/support/docker-world.ts'
import { objectSlug } from '../../core/names.ts'
import type { ServerRef } from '../spawner.ts'
import { createSpec, type CreateFacts, type ImageFacts } from './create-spec.ts'
import { containerName, labels } from './names.ts'
import { dockerOptions, type DockerOptions } from './options.ts'

const jovyan: ImageFacts = {
  reference: 'quay.io/jupyter/base-notebook',
  id: 'sha256:1',
  user: '1000',
  command: ['start-notebook.py'],
  home: '/home/jovyan',
  uid: 1000,
  gid: 100,
}
const refOf = (userName: string, serverName = ''): ServerRef => ({
  serverId: 7,
  userName,
  serverName,
  homeName: userName,
  key: objectSlug(userName, serverName),
})
const factsOf = (changes: Partial<DockerOptions>, more: Partial<CreateFacts> = {}): CreateFacts => ({
  options: dockerDefaults(changes),
  spec: startSpec(refOf('alice'), 3),
  installation: 'here',
  image: jovyan,
  network: 'orrery',
  publishOn: null,
  account: null,
  ...more,
})
const requestOf = (changes: Partial<DockerOptions>, more: Partial<CreateFacts> = {}) => createSpec(factsOf(changes, more)).request

/** Looks up `a.b.c`. */
function at(value: unknown, path: string): unknown {
  return path
    .split('/')
    .reduce<unknown>((inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined), value)
}

const rows: readonly (readonly [string, Partial<DockerOptions>, string, unknown])[] = [
  ['the image goes by its id', {}, 'Image', 'sha256:1'],
  ["without cmd the image's own runs", {}, 'Cmd', undefined],
  ["args follow the image's own command", { args: ['--a'] }, 'Cmd', ['start-notebook.py', '--a']],
  ['cmd replaces it', { cmd: ['x'], args: ['--a'] }, 'Cmd', ['x', '--a']],
  ['the network is joined', {}, 'HostConfig/NetworkMode', 'orrery'],
  ['nothing is published on an own network', {}, 'HostConfig/PortBindings', undefined],
  ['memory is a hard limit without swap', { memLimit: 2 ** 30 }, 'HostConfig/Memory', 2 ** 30],
  ['memory is a hard limit without swap', { memLimit: 2 ** 30 }, 'HostConfig/MemorySwap', 2 ** 30],
  ['a guarantee is a reservation', { memGuarantee: 2 ** 20 }, 'HostConfig/MemoryReservation', 2 ** 20],
  ['cores become a quota', { cpuLimit: 1.5 }, 'HostConfig/CpuQuota', 150_000],
  ['processes are limited', {}, 'HostConfig/PidsLimit', 2048],
  ['0 leaves processes unlimited', { pidsLimit: 0 }, 'HostConfig/PidsLimit', undefined],
  ['all GPUs', { gpus: 'all' }, 'HostConfig/DeviceRequests/0/Count', -1],
  ['GPUs by id', { gpus: ['a'] }, 'HostConfig/DeviceRequests/0/DeviceIDs', ['a']],
  [
    'devices are taken apart',
    { devices: ['/dev/fuse:/dev/f:r'] },
    'HostConfig/Devices/0',
    { PathOnHost: '/dev/fuse', PathInContainer: '/dev/f', CgroupPermissions: 'r' },
  ],
  ['rights are taken away', {}, 'HostConfig/CapDrop', ['ALL']],
  ['no new rights', {}, 'HostConfig/SecurityOpt', ['no-new-privileges']],
  ['root keeps its rights, to become somebody else', { extraCreateKwargs: { user: 'root' } }, 'HostConfig/CapDrop', undefined],
  ['names of docker-py are understood', { extraHostConfig: { shm_size: '1g', cap_add: ['SYS_PTRACE'] } }, 'HostConfig/ShmSize', 2 ** 30],
  ['names of docker-py are understood', { extraHostConfig: { cap_add: ['SYS_PTRACE'] } }, 'HostConfig/CapAdd', ['SYS_PTRACE']],
  [
    'GPU requests of docker-py too',
    { extraHostConfig: { device_requests: [{ count: -1, device_ids: ['1'] }] } },
    'HostConfig/DeviceRequests/0',
    { Count: -1, DeviceIDs: ['1'] },
  ],
  ['names of the engine are understood', { extraHostConfig: { ShmSize: 5 } }, 'HostConfig/ShmSize', 5],
  ['a command line becomes words', { extraCreateKwargs: { command: "start.sh 'a b'" } }, 'Cmd', ['start.sh', 'a b']],
  ['templates are filled', { extraCreateKwargs: { hostname: 'nb-{username}' } }, 'Hostname', 'nb-alice'],
  [
    'a container is never removed by the engine itself, for its logs',
    { extraHostConfig: { auto_remove: true } },
    'HostConfig/AutoRemove',
    false,
  ],
  ['no other name', { extraCreateKwargs: { name: 'x' } }, 'Name', undefined],
  [
    'volumes with modes',
    { volumes: { 'v-{username}': { bind: '/d', mode: 'z', propagation: 'rshared' } } },
    'HostConfig/Binds',
    ['v-alice:/d:z,rshared'],
  ],
  ['read-only volumes', { readOnlyVolumes: { '/srv/{raw_username}': '/d' } }, 'HostConfig/Binds', ['/srv/alice:/d:ro']],
  ['the home is a volume', {}, 'HostConfig/Mounts/0/Source', 'jupyter-home-alice'],
  ['the home is a volume', {}, 'HostConfig/Mounts/0/Target', '/home/jovyan'],
  ['unless it is kept already', { volumes: { 'jupyterhub-user-{username}': '/home/jovyan' } }, 'HostConfig/Mounts', []],
  [
    'mounts are renamed',
    { homeVolume: '', mounts: [{ type: 'bind', source: '/a/{username}', target: '/b', read_only: true }] },
    'HostConfig/Mounts/0',
    { Type: 'bind', Source: '/a/alice', Target: '/b', ReadOnly: true },
  ],
]

for (const [promise, options, path, expected] of rows) {
  test(`${promise}: ${path}`, () => assert.deepEqual(at(requestOf(options), path), expected))
}

test('a published port is bound to the address and chosen by the engine', () => {
  const request = requestOf({}, { publishOn: '127.0.0.1' })
  assert.deepEqual(at(request, 'HostConfig/PortBindings'), { '8888/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] })
})

test('the configured environment wins, and additions are laid over it one by one', () => {
  const env = at(requestOf({ environment: { A: '1', B: '1' }, extraCreateKwargs: { environment: { B: '2' } } }), 'Env')
  assert.ok(Array.isArray(env))
  assert.deepEqual(
    env.filter((line) => /^[AB]=/.test(String(line))),
    ['A=1', 'B=2'],
  )
  assert.ok(env.includes('JUPYTERHUB_SERVICE_URL=http://0.0.0.0:8888/user/alice/'))
  assert.ok(env.includes('JUPYTER_IMAGE_SPEC=quay.io/jupyter/base-notebook'))
})

test('an account of the machine brings its numbers and its home folder', () => {
  const request = requestOf({ systemUsers: true }, { account: { uid: 1234, gid: 50, home: '/home/alice' } })
  assert.equal(request['User'], '1234:50')
  assert.deepEqual(at(request, 'HostConfig/Binds'), ['/home/alice:/home/alice:rw'])
  assert.deepEqual(at(request, 'HostConfig/Mounts'), [])
})

test('the labels of the hub cannot be changed by options', () => {
  const own = at(requestOf({ labels: { [labels.server]: '1', a: 'b' }, extraCreateKwargs: { labels: { [labels.key]: 'x' } } }), 'Labels')
  assert.deepEqual([at(own, labels.server), at(own, labels.key), at(own, 'a')], ['7', 'alice', 'b'])
})

test('the hash is the same for the same request, and another for any other', () => {
  const hash = (changes: Partial<DockerOptions>): string => createSpec(factsOf(changes)).hash
  assert.equal(hash({}), hash({}))
  assert.equal(hash({ extraHostConfig: { a: 1, b: 2 } }), hash({ extraHostConfig: { b: 2, a: 1 } }))
  for (const changes of [{ port: 8889 }, { labels: { a: 'b' } }, { memLimit: 5 }, { volumes: { a: '/b' } }])
    assert.notEqual(hash(changes), hash({}))
})

test('different servers never have the same container, different users never the same volume', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '_', '@', 'é'), minLength: 1, maxLength: 8 })
  const server = fc.constantFrom('', 'a', 'b', 'a-b', 'lab')
  const templates = ['{prefix}-{key}', '{prefix}-{username}--{servername}']
  fc.assert(
    fc.property(name, server, name, server, fc.constantFrom(...templates), (userA, serverA, userB, serverB, nameTemplate) => {
      fc.pre(userA !== userB || serverA !== serverB)
      const options = dockerDefaults({ nameTemplate })
      const [a, b] = [refOf(userA, serverA), refOf(userB, serverB)]
      assert.notEqual(containerName(a, options), containerName(b, options))
      const volume = (ref: ServerRef) => createSpec(factsOf({}, { spec: startSpec(ref, 1) })).kept.homeVolume
      if (userA !== userB) assert.notEqual(volume(a), volume(b))
    }),
    { numRuns: 2_000 },
  )
})

test('names of two servers that could be the same are refused', () => {
  const { nameTemplate, engineUrl } = dockerOptions.options
  for (const bad of ['{prefix}', '{prefix}-{username}', '{prefix}-{servername}', 'a b {key}'])
    assert.ok(!nameTemplate.schema.safeParse(bad).success, bad)
  assert.ok(nameTemplate.schema.safeParse('{prefix}-{username}--{servername}').success)
  for (const bad of ['docker.sock', 'ssh://x', 'unix://relative']) assert.ok(!engineUrl.schema.safeParse(bad).success, bad)
})

test('the files of an account that was renamed stay its own', () => {
  const { kept } = createSpec(factsOf({}, { spec: startSpec({ ...refOf('bob'), homeName: 'alice' }, 1) }))
  assert.equal(kept.homeVolume, 'jupyter-home-alice')
})
