import { test } from 'node:test'
import assert from 'node:assert/strict'
import { loadConfig } from './load-config.ts'
import { hubTarget, proxySettings } from './proxy.ts'
import { localAddress, readyLine } from './ready-facts.ts'

async function config(env: Readonly<Record<string, string>>) {
  const loaded = await loadConfig({}, { env, cwd: '/nowhere' })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.config
}

test('the proxy reaches the hub where it says, or where it listens', async () => {
  const targets = [
    [{}, 'http://127.0.0.1:8081'],
    [{ ORRERY_HUB_BIND_URL: 'http://0.0.0.0:9000' }, 'http://127.0.0.1:9000'],
    [{ ORRERY_HUB_BIND_URL: 'http://[::]:9000' }, 'http://[::1]:9000'],
    [{ ORRERY_HUB_BIND_URL: 'http://10.1.2.3:9000' }, 'http://10.1.2.3:9000'],
    [{ ORRERY_HUB_BIND_URL: 'http://0.0.0.0:9000', ORRERY_HUB_CONNECT_URL: 'http://orrery:9000/' }, 'http://orrery:9000'],
  ] as const
  for (const [env, target] of targets) assert.equal(hubTarget((await config(env)).hub), target)
})

test('options of the configuration become settings of the proxy', async () => {
  const sections = await config({
    ORRERY_PROXY_BIND_URL: 'http://0.0.0.0:80',
    ORRERY_PROXY_DRAIN_SECONDS: '2',
    ORRERY_PROXY_TRUSTED_PROXIES: '10.0.0.0/8',
  })
  const settings = proxySettings(sections, { api: { socketPath: '/run/p.sock' }, token: 'secret' }, '/data')
  assert.deepEqual(settings.listen, { host: '0.0.0.0', port: 80 })
  assert.deepEqual(settings.api, { socketPath: '/run/p.sock' })
  assert.equal(settings.limits.drainMs, 2_000)
  assert.deepEqual(settings.trustedProxies, ['10.0.0.0/8'])
  assert.equal(settings.defaultTarget, 'http://127.0.0.1:8081')
  assert.equal(settings.tls, null)
})

test('ordered certificates, the way from http, and hosts for everybody become settings of the proxy', async () => {
  const channel = { api: { socketPath: '/run/p.sock' }, token: 'secret' }
  const ordering = await config({
    ORRERY_HUB_PUBLIC_URL: 'https://hub.example.org/',
    ORRERY_PROXY_BIND_URL: 'https://10.0.0.7:8443',
    ORRERY_PROXY_REDIRECT_PORT: '8080',
    ORRERY_PROXY_ACME_DOMAINS: 'hub.example.org,www.example.org',
    ORRERY_PROXY_ACME_AGREE_TO_TERMS: 'true',
  })
  const { acme, redirect, forwarding } = proxySettings(ordering, channel, '/data')
  assert.deepEqual(redirect, { host: '10.0.0.7', port: 8080, to: 443 }, 'people know the public address')
  assert.deepEqual([acme?.domains, acme?.folder, acme?.email], [['hub.example.org', 'www.example.org'], '/data/acme', null])
  assert.equal(forwarding.hostRouting, false)
  const apart = await config({ ORRERY_HUB_SUBDOMAIN_HOST: 'https://hub.example.org' })
  assert.equal(proxySettings(apart, channel, '/data').forwarding.hostRouting, true)
  assert.equal(apart.hub.publicUrl, 'https://hub.example.org/')
})

test('people are told an address that they can open', async () => {
  const addresses = [
    [{}, 'http://127.0.0.1:8000/'],
    [{ ORRERY_PROXY_BIND_URL: 'http://0.0.0.0:80', ORRERY_HUB_BASE_URL: '/lab' }, 'http://localhost/lab/'],
    [{ ORRERY_PROXY_BIND_URL: 'http://[::1]:8000' }, 'http://[::1]:8000/'],
  ] as const
  for (const [env, address] of addresses) assert.equal(localAddress(await config(env)), address)
  const behind = await config({ ORRERY_HUB_PUBLIC_URL: 'https://hub.example.org/' })
  assert.equal(readyLine(behind, null), 'Orrery is ready: sign in at https://hub.example.org/')
  assert.equal(
    readyLine(behind, '/hub/setup?token=x'),
    'Orrery is ready. Make the first administrator: https://hub.example.org/hub/setup?token=x',
  )
})
