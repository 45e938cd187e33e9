import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatOrigin } from './config-problem.ts'
import { loadConfig } from './load-config.ts'
import type { ConfigFlags } from './flagged-bind-url.ts'
import type { LoadedConfig } from './load-config.ts'

let folder = ''
let count = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-config-'))
})
after(() => rm(folder, { recursive: true, force: true }))

type Files = Readonly<Record<string, string>>
type Env = Readonly<Record<string, string>>

/** Loads from a fresh folder with these files. */
async function load(files: Files, env: Env = {}, flags: ConfigFlags = {}) {
  const cwd = join(folder, String((count += 1)))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(cwd, name, '..'), { recursive: true })
    await writeFile(join(cwd, name), text)
  }
  return { cwd, result: await loadConfig(flags, { env, cwd }) }
}

async function good(files: Files, env: Env = {}, flags: ConfigFlags = {}): Promise<LoadedConfig & { cwd: string }> {
  const { cwd, result } = await load(files, env, flags)
  assert.ok(result.ok, JSON.stringify(result))
  return { ...result, cwd }
}

test('without file and variables everything has its default', async () => {
  const { config, file, dataDir, cwd, warnings } = await good({})
  assert.equal(file, null)
  assert.equal(dataDir, join(cwd, 'orrery-data'))
  assert.equal(config.hub.baseUrl, '/')
  assert.equal(config.proxy.bindUrl, 'http://127.0.0.1:8000')
  assert.equal(config.spawner.kind, 'process')
  assert.deepEqual(
    config.authenticators.map((entry) => entry.kind),
    ['native'],
  )
  assert.deepEqual(config.services, [])
  assert.deepEqual(warnings, [])
})

const sameThing = { hub: { baseUrl: '/lab' }, authenticators: [{ kind: 'dummy' }], spawner: { kind: 'process', cmd: ['x'] } }
const forms: Files = {
  'orrery.config.ts': `type Words = string[]\nconst cmd: Words = ['x']\nexport default { hub: { baseUrl: '/lab' }, authenticators: [{ kind: 'dummy' }], spawner: { kind: 'process', cmd } }`,
  'orrery.config.mjs': `export default ${JSON.stringify(sameThing)}`,
  'orrery.config.json': JSON.stringify(sameThing),
  'orrery.config.yaml': 'hub:\n  baseUrl: /lab\nauthenticators:\n  - kind: dummy\nspawner:\n  kind: process\n  cmd: [x]\n',
}
for (const [name, text] of Object.entries(forms)) {
  test(`${name} is found in the current folder and read`, async () => {
    const { config, file, cwd } = await good({ [name]: text })
    assert.equal(file, join(cwd, name))
    assert.equal(config.hub.baseUrl, '/lab/')
    assert.equal(config.authenticators[0]?.kind, 'dummy')
    assert.deepEqual(config.spawner.cmd, ['x'])
  })
}

test('the file is looked for at --config, then ORRERY_CONFIG, then here, then in the data directory', async () => {
  const of = (path: string) => JSON.stringify({ hub: { baseUrl: path } })
  const files = { 'a.json': of('/flag'), 'b.json': of('/env'), 'orrery.config.json': of('/here'), 'data/orrery.config.json': of('/data') }
  const env = { ORRERY_CONFIG: 'b.json' }
  assert.equal((await good(files, env, { config: 'a.json' })).config.hub.baseUrl, '/flag/')
  assert.equal((await good(files, env)).config.hub.baseUrl, '/env/')
  assert.equal((await good(files, { ORRERY_DATA_DIR: 'data' })).config.hub.baseUrl, '/here/')
  const { 'orrery.config.json': _, ...others } = files
  assert.equal((await good(others, {}, { dataDir: 'data' })).config.hub.baseUrl, '/data/')
})

test('the data directory is given by the flag, by its variable, or by the place where the volume of the hub is mounted', async () => {
  const placeOf = async (env: Readonly<Record<string, string>>, dataDir?: string) =>
    (await good({}, env, dataDir === undefined ? {} : { dataDir })).dataDir
  const volume = { DATA_VOLUME_CONTAINER: '/data' }
  assert.equal(await placeOf(volume), '/data')
  assert.equal(await placeOf({ ...volume, ORRERY_DATA_DIR: '/own' }), '/own')
  assert.equal(await placeOf({ ...volume, ORRERY_DATA_DIR: '' }), '/data')
  assert.equal(await placeOf(volume, '/flag'), '/flag')
  assert.match(await placeOf({ DATA_VOLUME_CONTAINER: '' }), /orrery-data$/)
  assert.equal(await placeOf({ DATA_VOLUME_CONTAINER: 'jupyterhub-data', ORRERY_DATA_DIR: '/own' }), '/own')
})

test('environment beats file, and the origin of a value is known', async () => {
  const { config, origins } = await good(
    { 'orrery.config.json': '{\n"hub": {\n"baseUrl": "/file",\n"cookieMaxAgeDays": 3 } }' },
    { ORRERY_HUB_BASE_URL: '/env' },
  )
  assert.equal(config.hub.baseUrl, '/env/')
  assert.equal(config.hub.cookieMaxAgeDays, 3)
  const origin = (option: string) => formatOrigin(origins.get(option) ?? { kind: 'default' })
  assert.equal(origin('hub.baseUrl'), 'ORRERY_HUB_BASE_URL')
  assert.match(origin('hub.cookieMaxAgeDays'), /orrery\.config\.json:4$/)
  assert.equal(origin('hub.defaultUrl'), 'default')
})

test('variables become numbers, flags, lists and objects', async () => {
  const { config } = await good(
    {},
    {
      ORRERY_HUB_CONCURRENT_SPAWN_LIMIT: '7',
      ORRERY_HUB_ALLOW_NAMED_SERVERS: 'yes',
      ORRERY_HUB_SLOW_SPAWN_TIMEOUT_SECONDS: '2m',
      ORRERY_ACCESS_ALLOWED_USERS: 'ada, grace,',
      ORRERY_ACCESS_BLOCKED_USERS: '["mallory"]',
      ORRERY_SPAWNER_ENVIRONMENT: '{"A":"1"}',
      ORRERY_SPAWNER_CMD: '/opt/my server',
      ORRERY_SPAWNER_ARGS: '["--a","b,c"]',
      ORRERY_AUTHENTICATORS: 'native,dummy',
      ORRERY_AUTHENTICATORS_DUMMY_PASSWORD: '12345678',
      ORRERY_ROLES: '[{"name":"readers","scopes":["list:users"]}]',
      ORRERY_HUB_DEFAULT_URL: '',
    },
  )
  assert.equal(config.hub.concurrentSpawnLimit, 7)
  assert.equal(config.hub.allowNamedServers, true)
  assert.equal(config.hub.slowSpawnTimeoutSeconds, 120)
  assert.equal(config.hub.defaultUrl, undefined)
  assert.deepEqual(config.access.allowedUsers, ['ada', 'grace'])
  assert.deepEqual(config.access.blockedUsers, ['mallory'])
  assert.deepEqual(config.spawner.environment, { A: '1' })
  assert.deepEqual(config.spawner.cmd, ['/opt/my server'])
  assert.deepEqual(config.spawner.args, ['--a', 'b,c'])
  assert.deepEqual(
    config.authenticators.map((entry) => entry.kind),
    ['native', 'dummy'],
  )
  assert.deepEqual(
    config.authenticators.flatMap((entry) => (entry.kind === 'dummy' ? [entry.password] : [])),
    ['12345678'],
  )
  assert.equal(config.roles[0]?.name, 'readers')
})

test('variables of existing deployments are understood, and those of parts that are not used do no harm', async () => {
  const { config } = await good(
    {},
    {
      CONFIGPROXY_AUTH_TOKEN: 'proxy-secret',
      JUPYTERHUB_ADMIN: 'ada',
      JUPYTERHUB_CRYPT_KEY: 'ab'.repeat(32),
      ORRERY_ADMIN_USER: 'ada',
      ORRERY_ADMIN_PASSWORD: 'correct horse',
      ORRERY_AUTHENTICATORS: 'native',
      GITHUB_CLIENT_ID: 'x',
      ORRERY_PORT_8000_TCP_ADDR: '10.0.0.1',
      ORRERY_HUB_PORT: 'tcp://10.0.0.1:8081',
      ORRERY_HUB_SERVICE_HOST: '10.0.0.1',
    },
  )
  assert.equal(config.proxy.authToken, 'proxy-secret')
  assert.deepEqual(config.access.adminUsers, ['ada'])
  assert.equal(config.hub.adminUser, 'ada')
  assert.equal(config.hub.adminPassword, 'correct horse')
})

test('the variables of GitHub alone are a whole configuration', async () => {
  const { config } = await good(
    {},
    {
      GITHUB_CLIENT_ID: 'Iv1.0123456789abcdef',
      GITHUB_CLIENT_SECRET: 'secret',
      OAUTH_CALLBACK_URL: 'https://hub.example.org/hub/oauth_callback',
      JUPYTERHUB_CRYPT_KEY: 'ab'.repeat(32),
      JUPYTERHUB_ADMIN: 'ada',
    },
  )
  const [entry, ...others] = config.authenticators
  assert.ok(entry?.kind === 'github' && others.length === 0)
  assert.deepEqual(
    [entry.clientId, entry.clientSecret, entry.callbackUrl],
    ['Iv1.0123456789abcdef', 'secret', 'https://hub.example.org/hub/oauth_callback'],
  )
  assert.deepEqual(config.access.adminUsers, ['ada'])
})

test('an installation that nobody may use says so, and is quiet as soon as somebody may', async () => {
  const github = { GITHUB_CLIENT_ID: 'a', GITHUB_CLIENT_SECRET: 'b' }
  assert.match((await good({}, github)).warnings.join(), /nobody may sign in yet/)
  for (const env of [{ JUPYTERHUB_ADMIN: 'ada' }, { ORRERY_AUTHENTICATORS_GITHUB_ALLOWED_ORGANIZATIONS: 'acme' }])
    assert.deepEqual((await good({}, { ...github, ...env })).warnings, [])
})

test('a secret may stand in a file or in a variable', async () => {
  const files = {
    's.txt': 'from-a-file\n',
    'orrery.config.json': JSON.stringify({ proxy: { authToken: { file: 's.txt' } }, hub: { cryptKeys: { env: 'MY_KEYS' } } }),
  }
  const { config, cwd } = await good(files, { MY_KEYS: 'ab'.repeat(32) })
  assert.equal(config.proxy.authToken, 'from-a-file')
  assert.equal(config.hub.cryptKeys, 'ab'.repeat(32))
  assert.equal((await good({}, { ORRERY_PROXY_AUTH_TOKEN_FILE: join(cwd, 's.txt') })).config.proxy.authToken, 'from-a-file')
})

test('paths are relative to the configuration file', async () => {
  const files = {
    'etc/orrery.yaml': 'access:\n  userlist: ./users\nproxy:\n  bindUrl: https://127.0.0.1:8000\n  tls: { key: k, cert: ../c }\n',
    'etc/users': '',
    'etc/k': '',
    c: '',
  }
  const { config, cwd } = await good(files, {}, { config: 'etc/orrery.yaml' })
  assert.equal(config.access.userlist, join(cwd, 'etc/users'))
  assert.deepEqual(config.proxy.tls, { key: join(cwd, 'etc/k'), cert: join(cwd, 'c') })
})

test('--host and --port replace those of proxy.bindUrl only', async () => {
  const bindUrl = async (flags: ConfigFlags, env: Env = {}) => (await good({}, env, flags)).config.proxy.bindUrl
  assert.equal(await bindUrl({ port: '9000' }), 'http://127.0.0.1:9000')
  assert.equal(await bindUrl({ host: '0.0.0.0' }), 'http://0.0.0.0:8000')
  assert.equal(await bindUrl({ host: '::1', port: '0' }), 'http://[::1]:0')
  assert.equal(await bindUrl({ host: '*' }, { ORRERY_PROXY_BIND_URL: 'http://10.0.0.1:81' }), 'http://0.0.0.0:81')
})

test('the configuration cannot be changed', async () => {
  const { config } = await good({}, { ORRERY_SPAWNER_ENVIRONMENT: '{"A":"1"}' })
  assert.throws(() => Object.assign(config.hub, { baseUrl: '/x/' }), TypeError)
  assert.throws(() => Object.assign(config.spawner.environment, { B: '2' }), TypeError)
  assert.throws(() => Object.assign(config.authenticators, { length: 0 }), TypeError)
})

test('insecure switches are warned about', async () => {
  const { warnings } = await good(
    {},
    { ORRERY_AUTHENTICATORS: 'dummy', ORRERY_AUTHENTICATORS_DUMMY_INSECURE_DUMMY: 'true', ORRERY_PROXY_TRUSTED_PROXIES: '*' },
    { host: '0.0.0.0' },
  )
  assert.equal(warnings.length, 2)
  assert.match(warnings[0] ?? '', /insecureDummy/)
})
