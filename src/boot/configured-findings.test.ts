import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configuredFindings } from './configured-findings.ts'
import { loadConfig } from './load-config.ts'

/** What is found in a configuration that only says where the hub is. */
async function foundAt(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const loaded = await loadConfig({}, { env, cwd: '/nowhere' })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return configuredFindings(loaded.config).map(({ code }) => code)
}

test('servers that share a host with a hub that has a name are told; without a name, or apart, nothing is', async () => {
  const shared = await foundAt({ ORRERY_HUB_PUBLIC_URL: 'https://hub.example.org/' })
  assert.ok(shared.includes('one_origin'))
  for (const env of [
    {},
    { ORRERY_HUB_PUBLIC_URL: 'http://192.0.2.7/' },
    { ORRERY_HUB_PUBLIC_URL: 'http://localhost:8000/' },
    { ORRERY_HUB_SUBDOMAIN_HOST: 'https://hub.example.org' },
  ]) {
    assert.ok(!(await foundAt(env)).includes('one_origin'), JSON.stringify(env))
  }
})

test('a public address without encryption is told', async () => {
  assert.ok((await foundAt({ ORRERY_HUB_PUBLIC_URL: 'http://hub.example.org/' })).includes('plain_http'))
  assert.ok(!(await foundAt({ ORRERY_HUB_PUBLIC_URL: 'https://hub.example.org/' })).includes('plain_http'))
})
