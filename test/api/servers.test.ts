import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { HubError } from '../../src/core/errors.ts'
import { upsertServer } from '../../src/db/servers.ts'
import type { HubOptions } from '../../src/hub/options.ts'
import { until } from '../support/until.ts'
import { codeOf, fieldOf, keysOf, messageOf, tokenOf, userOf } from './callers.ts'
import type { Caller, Seen } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

const worlds: HubWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function setUp(
  options: Partial<HubOptions> = {},
): Promise<{ world: HubWorld; alice: Caller; state: (server?: string) => Promise<Seen> }> {
  const world = await createHubWorld(options)
  worlds.push(world)
  const alice = await tokenOf(world, 'alice')
  return { world, alice, state: (server = '') => alice('GET', `/users/alice/servers/${server}`) }
}

const slow = { slowSpawnTimeoutSeconds: 0, slowStopTimeoutSeconds: 0 }

describe('a server over the API', () => {
  test('starts, is shown, runs once, stops, and stays as a record', async () => {
    const { alice, state, world } = await setUp()
    const started = await alice('POST', '/users/alice/server')
    assert.equal(started.status, 201)
    assert.equal(started.headers.get('content-type'), 'text/plain')
    const { body } = await state()
    assert.deepEqual([fieldOf(body, 'ready'), fieldOf(body, 'pending'), fieldOf(body, 'stopped')], [true, null, false])
    assert.equal(fieldOf(body, 'url'), '/user/alice/')
    assert.equal(fieldOf(body, 'full_name'), 'alice/')
    assert.equal(fieldOf(body, 'progress_url'), '/hub/api/users/alice/server/progress')
    const again = await alice('POST', '/users/alice/server')
    assert.equal(codeOf(again), 'server_already_running')
    assert.match(String(messageOf(again)), /is already running$/)
    assert.equal(fieldOf((await alice('GET', '/users/alice')).body, 'server'), '/user/alice/')
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 204)
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 204)
    assert.equal(world.gated.living(), 0)
    assert.equal(fieldOf((await state()).body, 'stopped'), true)
    assert.equal(fieldOf((await alice('GET', '/users/alice')).body, 'server'), null)
  })

  test('a slow start answers 202, a second one too, without a second server', async () => {
    const { alice, state, world } = await setUp(slow)
    world.gated.starts.close()
    assert.equal((await alice('POST', '/users/alice/server')).status, 202)
    assert.equal((await alice('POST', '/users/alice/server')).status, 202)
    assert.equal(fieldOf((await state()).body, 'pending'), 'spawn')
    world.gated.starts.open()
    await until(async () => fieldOf((await state()).body, 'ready') === true)
    assert.equal(world.gated.specs.length, 1)
  })

  test('stopping a starting server cancels the start', async () => {
    const { alice, state, world } = await setUp(slow)
    world.gated.starts.close()
    await alice('POST', '/users/alice/server')
    await until(() => world.gated.specs.length === 1)
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 202)
    await until(async () => fieldOf((await state()).body, 'stopped') === true)
    assert.equal(world.gated.living(), 0)
    world.gated.starts.open()
    assert.equal((await alice('POST', '/users/alice/server')).status, 202)
    await until(async () => fieldOf((await state()).body, 'ready') === true)
  })

  test('whoever waits for a start that somebody cancels is told so', async () => {
    const { alice, world } = await setUp()
    world.gated.starts.close()
    const waiting = alice('POST', '/users/alice/server')
    await until(() => world.gated.specs.length === 1)
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 204)
    assert.equal(codeOf(await waiting), 'server_cancelled')
  })

  test('while it stops: another stop is 202, a start 400, and afterwards a stop is 204', async () => {
    const { alice, state, world } = await setUp({ slowStopTimeoutSeconds: 0 })
    await alice('POST', '/users/alice/server')
    world.gated.stops.close()
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 202)
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 202)
    const refused = await alice('POST', '/users/alice/server')
    assert.equal(refused.status, 400)
    assert.match(String(messageOf(refused)), /is pending stop$/)
    assert.equal((await alice('GET', '/users/alice/server/progress')).status, 400)
    world.gated.stops.open()
    await until(async () => fieldOf((await state()).body, 'stopped') === true)
    assert.equal((await alice('DELETE', '/users/alice/server')).status, 204)
  })

  test('a start that fails answers with its own error, and can be tried again', async () => {
    const { alice, state, world } = await setUp()
    world.gated.fail(new HubError('server_command_not_found', { command: 'nope' }))
    const failed = await alice('POST', '/users/alice/server')
    assert.equal(failed.status, 500)
    assert.equal(codeOf(failed), 'server_command_not_found')
    const { body } = await state()
    assert.equal(fieldOf(fieldOf(body, 'failure'), 'code'), 'server_command_not_found')
    assert.equal(fieldOf(body, 'stopped'), true)
    world.gated.fail(null)
    assert.equal((await alice('POST', '/users/alice/server')).status, 201)
  })

  test('options stay until others are given, in both readings of the body', async () => {
    const { alice, world } = await setUp()
    const run = async (body?: unknown): Promise<unknown> => {
      assert.equal((await alice('POST', '/users/alice/server', body)).status, 201)
      assert.equal((await alice('DELETE', '/users/alice/server')).status, 204)
      return world.gated.specs.at(-1)?.userOptions
    }
    assert.deepEqual(await run({ image: 'a' }), { image: 'a' })
    for (const body of [undefined, null, {}, [], { user_options: null }, { display_name: 'x' }])
      assert.deepEqual(await run(body), { image: 'a' }, JSON.stringify(body))
    assert.deepEqual(await run({ user_options: { image: 'b' } }), { image: 'b' })
    for (const body of ['"x"', 3, [1], { user_options: 3 }, { display_name: 3 }, { user_options: { big: 'x'.repeat(70_000) } }]) {
      assert.equal((await alice('POST', '/users/alice/server', body)).status, 400, JSON.stringify(body).slice(0, 50))
    }
  })

  test('limits: so many at once, so many in all', async () => {
    const { world } = await setUp({ ...slow, concurrentSpawnLimit: 2, activeServerLimit: 3 })
    const root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    for (const name of ['a', 'b', 'c', 'd']) await userOf(world, name)
    world.gated.starts.close()
    await root('POST', '/users/a/server')
    await root('POST', '/users/b/server')
    const throttled = await root('POST', '/users/c/server')
    assert.equal(throttled.status, 429)
    assert.equal(codeOf(throttled), 'spawn_limit_reached')
    const wait = Number(throttled.headers.get('retry-after'))
    assert.ok(wait >= 30 && wait <= 60)
    world.gated.starts.open()
    await until(async () => fieldOf((await root('GET', '/users/b/server')).body, 'ready') === true)
    await until(async () => (await root('POST', '/users/c/server')).status === 202)
    await until(async () => fieldOf((await root('GET', '/users/c/server')).body, 'ready') === true)
    const full = await root('POST', '/users/d/server')
    assert.equal(codeOf(full), 'active_limit_reached')
    assert.equal(full.headers.get('retry-after'), null)
  })

  test('of many requests at once one wins, and nothing is left over', async () => {
    const { alice, state, world } = await setUp(slow)
    const starts = await Promise.all(Array.from({ length: 30 }, () => alice('POST', '/users/alice/server')))
    assert.ok(starts.every(({ status }) => status === 202 || status === 400))
    await until(async () => fieldOf((await state()).body, 'ready') === true)
    assert.equal(world.gated.specs.length, 1)
    const mixed = await Promise.all(Array.from({ length: 30 }, (_, n) => alice(n % 2 === 0 ? 'DELETE' : 'POST', '/users/alice/server')))
    assert.ok(mixed.every(({ status }) => [202, 204, 400].includes(status)))
    await until(async () => fieldOf((await state()).body, 'pending') === null)
    await alice('DELETE', '/users/alice/server')
    await until(async () => fieldOf((await state()).body, 'stopped') === true)
    assert.equal(world.gated.living(), 0)
  })

  test('of somebody who does not exist is 404', async () => {
    const { world } = await setUp()
    const root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    for (const [method, path] of [
      ['POST', '/users/nosuch/server'],
      ['DELETE', '/users/nosuch/server'],
      ['GET', '/users/nosuch/server'],
      ['GET', '/users/nosuch/server/progress'],
    ] as const) {
      assert.equal(codeOf(await root(method, path)), 'user_not_found', method)
    }
  })
})

describe('named servers', () => {
  test('off: making, stopping and changing one is 400', async () => {
    const { alice } = await setUp({ allowNamedServers: false })
    for (const method of ['POST', 'PUT', 'DELETE'])
      assert.equal(codeOf(await alice(method, '/users/alice/servers/lab')), 'named_servers_off', method)
    assert.equal((await alice('POST', '/users/alice/servers/')).status, 201)
  })

  test('are made without a start, started, and removed', async () => {
    const { alice, state } = await setUp()
    const made = await alice('PUT', '/users/alice/servers/lab', { display_name: 'My lab', user_options: { a: 1 } })
    assert.equal(made.status, 201)
    assert.equal(fieldOf(made.body, 'display_name'), 'My lab')
    assert.equal(codeOf(await alice('PUT', '/users/alice/servers/lab')), 'server_exists')
    assert.equal(codeOf(await alice('PUT', '/users/alice/server')), 'server_exists')
    assert.equal(codeOf(await alice('GET', '/users/alice/servers/lab/progress')), 'server_nothing_pending')
    assert.equal((await alice('POST', '/users/alice/servers/lab')).status, 201)
    assert.deepEqual(fieldOf((await state('lab')).body, 'user_options'), { a: 1 })
    assert.equal((await alice('DELETE', '/users/alice/servers/lab')).status, 204)
    assert.equal((await state('lab')).status, 200)
    assert.equal((await alice('DELETE', '/users/alice/servers/lab', { remove: true })).status, 204)
    assert.equal(codeOf(await state('lab')), 'server_not_found')
    assert.equal((await alice('DELETE', '/users/alice/servers/lab', { remove: true })).status, 404)
    assert.equal(codeOf(await alice('DELETE', '/users/alice/server', { remove: true })), 'server_default_remove')
  })

  test('a running one that is to be removed goes away once it has stopped', async () => {
    const { alice, state, world } = await setUp({ slowStopTimeoutSeconds: 0 })
    await alice('POST', '/users/alice/servers/lab')
    world.gated.stops.close()
    assert.equal((await alice('DELETE', '/users/alice/servers/lab')).status, 202)
    assert.equal((await alice('DELETE', '/users/alice/servers/lab', { remove: true })).status, 202)
    world.gated.stops.open()
    await until(async () => (await state('lab')).status === 404)
  })

  test('bad names are refused, but servers that have one go on', async () => {
    const { alice, world } = await setUp()
    for (const name of ['a%24%2Fb', 'server--abc', 'Lab', '9lab', 'lab-', 'a'.repeat(31), '%00', 'l%C3%A4b', '%F0%9F%98%80']) {
      assert.equal(codeOf(await alice('POST', `/users/alice/servers/${name}`)), 'bad_name', name)
      assert.equal(codeOf(await alice('PUT', `/users/alice/servers/${name}`)), 'bad_name', name)
    }
    const user = await userOf(world, 'alice')
    await upsertServer(world.database.db, { userId: user.id, name: 'A$/b', now: 0 })
    assert.equal((await alice('POST', '/users/alice/servers/A%24%2Fb')).status, 201)
    assert.equal(fieldOf((await alice('GET', '/users/alice/servers/A%24%2Fb')).body, 'url'), '/user/alice/A%24%2Fb/')
    assert.equal((await alice('DELETE', '/users/alice/servers/A%24%2Fb', { remove: true })).status, 204)
  })

  test('their number is limited, the default server is not counted', async () => {
    const { alice } = await setUp({ namedServerLimitPerUser: 2 })
    assert.equal((await alice('POST', '/users/alice/servers/a')).status, 201)
    assert.equal((await alice('PUT', '/users/alice/servers/b')).status, 201)
    const third = await alice('POST', '/users/alice/servers/c')
    assert.equal(third.status, 400)
    assert.equal(
      messageOf(third),
      'User alice already has the maximum of 2 named servers.  One must be deleted before a new server can be created',
    )
    assert.equal((await alice('POST', '/users/alice/server')).status, 201)
    assert.equal((await alice('PATCH', '/users/alice/servers/b', { name: 'd' })).status, 200)
    await alice('DELETE', '/users/alice/server')
    assert.equal(codeOf(await alice('PATCH', '/users/alice/server', { name: 'e' })), 'named_server_limit')
    await alice('DELETE', '/users/alice/servers/a', { remove: true })
    assert.equal((await alice('POST', '/users/alice/servers/c')).status, 201)
  })

  test('are renamed while they do not run, all of a change or nothing', async () => {
    const { alice } = await setUp()
    const patch = (server: string, body: unknown): Promise<Seen> => alice('PATCH', `/users/alice/servers/${server}`, body)
    await alice('PUT', '/users/alice/servers/lab')
    await alice('PUT', '/users/alice/servers/other')
    assert.equal((await patch('nosuch', { name: 'x' })).status, 404)
    assert.equal(codeOf(await patch('lab', { name: 'other' })), 'server_exists')
    assert.equal(codeOf(await patch('lab', { name: '' })), 'server_exists')
    assert.equal(codeOf(await patch('lab', { name: 'Not Good' })), 'bad_name')
    for (const body of [
      undefined,
      {},
      { shoe: 1 },
      { user_options: null },
      { display_name: '  x' },
      { display_name: 'x'.repeat(256) },
      { display_name: 'a\u202eb' },
      { name: 'fine', user_options: 3 },
    ]) {
      assert.equal((await patch('lab', body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await alice('GET', '/users/alice/servers/lab')).status, 200)
    const renamed = await patch('lab', { name: 'atelier', user_options: { a: 2 }, display_name: 'Café' })
    assert.deepEqual(
      [fieldOf(renamed.body, 'name'), fieldOf(renamed.body, 'display_name'), fieldOf(renamed.body, 'user_options')],
      ['atelier', 'Café', { a: 2 }],
    )
    assert.equal((await alice('GET', '/users/alice/servers/lab')).status, 404)
    await alice('POST', '/users/alice/servers/atelier')
    assert.equal(codeOf(await patch('atelier', { name: 'y' })), 'server_already_running')
  })

  test('the default server that gets a name leaves a fresh one behind', async () => {
    const { alice } = await setUp()
    await alice('POST', '/users/alice/server', { a: 1 })
    await alice('DELETE', '/users/alice/server')
    assert.equal((await alice('PATCH', '/users/alice/server', { name: 'kept' })).status, 200)
    assert.deepEqual(fieldOf((await alice('GET', '/users/alice/servers/kept')).body, 'user_options'), { a: 1 })
    assert.equal((await alice('GET', '/users/alice/server')).status, 404)
    assert.equal((await alice('POST', '/users/alice/server')).status, 201)
  })
})

describe('what a server shows', () => {
  test('depends on the scopes: servers, and the spawner’s note', async () => {
    const { alice, world } = await setUp()
    await alice('POST', '/users/alice/server')
    await alice('POST', '/users/alice/servers/lab')
    const seen = async (...scopes: string[]): Promise<Seen> =>
      (await tokenOf(world, 'root1', scopes, { admin: true }))('GET', '/users/alice')
    const all = await seen('read:servers!user=alice')
    assert.deepEqual(keysOf(fieldOf(all.body, 'servers')), ['', 'lab'])
    assert.ok(!keysOf(fieldOf(fieldOf(all.body, 'servers'), 'lab')).includes('state'))
    const withState = await seen('read:servers!user=alice', 'admin:server_state')
    assert.ok(keysOf(fieldOf(fieldOf(withState.body, 'servers'), 'lab')).includes('state'))
    assert.equal((await seen('read:servers!server=alice/lab')).status, 404)
    assert.ok(!keysOf((await seen('read:users')).body).includes('servers'))
  })
})
