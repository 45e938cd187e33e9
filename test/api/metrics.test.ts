import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { headersOf, stranger, tokenOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('metrics', () => {
  let world: HubWorld
  let root: Caller
  let alice: Caller
  before(async () => {
    world = await createHubWorld()
    root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    alice = await tokenOf(world, 'alice', ['inherit'])
  })
  after(() => world.close())

  const visit = async (path: string, caller: Caller): Promise<{ response: Response; text: string }> => {
    const response = await world.app.request(`http://hub.test${path}`, { headers: headersOf(caller) })
    return { response, text: await response.text() }
  }

  test('count people, servers and requests, for whoever holds read:metrics', async () => {
    await root('GET', '/users/alice')
    for (const path of ['/hub/metrics', '/hub/api/metrics']) {
      const { response, text } = await visit(path, root)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
      assert.match(text, /^jupyterhub_total_users 2$/m)
      assert.match(text, /^jupyterhub_running_servers 0$/m)
      assert.match(text, /^jupyterhub_request_duration_seconds_count\{method="GET",handler="\/api\/users\/:user",code="200"\} 1$/m)
      assert.match(text, /^process_resident_memory_bytes \d+/m)
    }
  })

  test('are refused to others, and say nothing of names', async () => {
    assert.equal((await visit('/hub/metrics', alice)).response.status, 403)
    assert.equal((await visit('/hub/metrics', stranger(world))).response.status, 403)
    assert.doesNotMatch((await visit('/hub/metrics', root)).text, /alice|root1/)
  })
})
