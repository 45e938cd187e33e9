import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { startFakeGithub } from '../support/fake-github.ts'
import { createGithubVisitor } from '../support/github-world.ts'
import { lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'

test('with nothing but the variables of existing deployments, GitHub signs an administrator in, and their server starts', async () => {
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
  }
  const orrery = await startOrrery(place, { env })
  try {
    const [alice, bob] = [createGithubVisitor(place.url, github), createGithubVisitor(place.url, github)]
    assert.equal((await bob.signIn('bob')).code, 'account_not_allowed')
    assert.equal((await alice.signIn('alice')).status, 302)
    const me = await readJson(await alice.api('GET', '/user'), z.object({ name: z.string(), admin: z.boolean() }))
    assert.deepEqual([me.name, me.admin], ['alice', true])
    assert.equal((await alice.api('POST', '/users/alice/server')).status, 201)
    await until(async () => (await fetch(`${place.url}/user/alice/api`)).status === 200, 10_000)
  } finally {
    await orrery.stop()
    await place.remove()
  }
})
