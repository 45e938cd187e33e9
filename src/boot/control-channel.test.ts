import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { controlChannel } from './control-channel.ts'
import { loadConfig } from './load-config.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-channel-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function channel(env: Readonly<Record<string, string>>, dataDir = folder) {
  const loaded = await loadConfig({}, { env, cwd: folder })
  assert.ok(loaded.ok)
  return controlChannel(loaded.config.proxy, dataDir)
}

test('without options it is a socket in the data directory, with a token that both sides find', async () => {
  const [one, other] = await Promise.all([channel({}), channel({})])
  assert.deepEqual(one.api, { socketPath: join(folder, 'proxy.sock') })
  assert.deepEqual(one, other)
  assert.match(one.token, /^[0-9a-f]{64}$/)
})

test('a path that is too long for a socket is replaced by a private folder', async () => {
  const deep = join(folder, 'x'.repeat(60), 'y'.repeat(60))
  await mkdir(deep, { recursive: true })
  const { api } = await channel({}, deep)
  assert.ok('socketPath' in api && Buffer.byteLength(api.socketPath) <= 100)
  assert.equal((await stat(dirname(api.socketPath))).mode & 0o777, 0o700)
  await rm(dirname(api.socketPath), { recursive: true })
})

test('options choose address and token', async () => {
  const tcp = await channel({ ORRERY_PROXY_API_URL: 'http://127.0.0.1:8001', CONFIGPROXY_AUTH_TOKEN: 'proxy-secret' })
  assert.deepEqual(tcp, { api: { host: '127.0.0.1', port: 8001, secure: false, url: 'http://127.0.0.1:8001' }, token: 'proxy-secret' })
})

test('a token that nobody gave lies beside the socket, so that hub and proxy with data directories of their own both find it', async () => {
  const env = { ORRERY_PROXY_API_URL: `unix:${folder}/p.sock` }
  const [one, other] = [await channel(env, join(folder, 'of-hub')), await channel(env, join(folder, 'of-proxy'))]
  assert.deepEqual(one, other)
  assert.deepEqual(one.api, { socketPath: join(folder, 'p.sock') })
})
