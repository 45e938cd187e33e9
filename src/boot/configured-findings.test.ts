import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { configuredFindings } from './configured-findings.ts'
import { loadConfig } from './load-config.ts'

const github = { kind: 'github', clientId: 'x', clientSecret: 'y' }
const google = { kind: 'oidc', preset: 'google', clientId: 'x', clientSecret: 'y' }

/** What a configuration says about the door of the hub. */
async function doors(authenticators: readonly unknown[], access: unknown): Promise<readonly string[]> {
  const cwd = await mkdtemp(join(tmpdir(), 'orrery-doors-'))
  try {
    await writeFile(join(cwd, 'orrery.config.json'), JSON.stringify({ authenticators, access }), { mode: 0o600 })
    const loaded = await loadConfig({ config: 'orrery.config.json' }, { env: {}, cwd })
    assert.ok(loaded.ok, JSON.stringify(loaded))
    return configuredFindings(loaded.config).flatMap(({ code, detail: { authenticators: names } }) =>
      code.endsWith('_comes_in') ? [typeof names === 'string' ? `${code} ${names}` : code] : [],
    )
  } finally {
    await rm(cwd, { recursive: true })
  }
}

test('a door that is open to the world is told, and one that is shut to everybody', async () => {
  assert.deepEqual(await doors([github], { allowAll: true }), ['everybody_comes_in'])
  assert.deepEqual(await doors([github, google, 'native'], {}), ['nobody_comes_in github, google'])
  assert.deepEqual(await doors([github, google], { allowedUsers: ['ada'] }), [])
  assert.deepEqual(await doors([{ ...github, allowedOrganizations: ['acme'] }, google], {}), ['nobody_comes_in google'])
  assert.deepEqual(await doors([{ ...google, adminGroups: ['staff'] }], {}), [])
  assert.deepEqual(await doors(['native'], {}), [])
})
