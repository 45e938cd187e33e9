import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { startFakeGithub } from '../support/fake-github.ts'
import { createGithubVisitor } from '../support/github-world.ts'
import { lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'

const Said = z.object({ environment: z.record(z.string(), z.string()) })

test('by environment variables alone GitHub signs an administrator in, and their server starts and gets what was asked for', async () => {
  const place = await preparePlace({ spawner: { kind: 'process', ...lightSpawner } })
  const callbackUrl = `${place.url}/hub/oauth_callback`
  await using github = await startFakeGithub({ application: { callbackUrl } })
  const { clientId, clientSecret } = github.world.application
  const env = {
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
    GITHUB_URL: github.url,
    OAUTH_CALLBACK_URL: callbackUrl,
    JUPYTERHUB_CRYPT_KEY: '0123456789abcdef'.repeat(4),
    JUPYTERHUB_ADMIN: 'alice',
    ORRERY_AUTHENTICATORS_GITHUB_ENABLE_AUTH_STATE: 'true',
    ORRERY_SPAWNER_AUTH_STATE_ENVIRONMENT: '{"GITHUB_LOGIN":"github_user.login","JUPYTERHUB_USER":"access_token"}',
  }
  const orrery = await startOrrery(place, { env })
  try {
    const [alice, bob] = [createGithubVisitor(place.url, github), createGithubVisitor(place.url, github)]
    assert.equal((await bob.signIn('bob')).code, 'account_not_allowed')
    assert.equal((await alice.signIn('alice')).status, 302)
    const me = await readJson(await alice.api('GET', '/user'), z.object({ name: z.string(), admin: z.boolean() }))
    assert.deepEqual([me.name, me.admin], ['alice', true])
    assert.ok([201, 202].includes((await alice.api('POST', '/users/alice/server')).status))
    await until(async () => (await fetch(`${place.url}/user/alice/api`)).status === 200, 30_000)
    const { environment } = await readJson(await fetch(`${place.url}/user/alice/api`), Said)
    assert.deepEqual([environment['GITHUB_LOGIN'], environment['JUPYTERHUB_USER']], ['alice', 'alice'], 'variables of the hub win')
  } finally {
    await orrery.stop()
    await place.remove()
  }
})
