import assert from 'node:assert/strict'
import { after, before, beforeEach, afterEach, describe, test } from 'node:test'
import { formatScopes } from '../../src/core/scope-set.ts'
import { leftFilesOf } from '../../src/db/left-files.ts'
import { findUser, updateUser } from '../../src/db/users.ts'
import { until } from '../support/until.ts'
import { codeOf, fieldOf, keysOf, namesIn, tokenOf, userOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

const pages = { accept: 'application/jupyterhub-pagination+json' }

describe('the list of users', () => {
  let world: HubWorld
  let root: Caller
  before(async () => {
    world = await createHubWorld({ apiPageDefaultLimit: 10, apiPageMaxLimit: 20 })
    root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    await root('POST', '/users', { usernames: Array.from({ length: 29 }, (_, n) => `u${n}`) })
  })
  after(() => world.close())

  test('is cut at the maximum without the envelope, at the default with it', async () => {
    assert.equal(namesIn((await root('GET', '/users')).body).length, 20)
    const { body } = await root('GET', '/users', undefined, pages)
    assert.equal(namesIn(fieldOf(body, 'items')).length, 10)
    assert.deepEqual(fieldOf(body, '_pagination'), {
      offset: 0,
      limit: 10,
      total: 30,
      next: { offset: 10, limit: 10, url: 'http://hub.test/hub/api/users?offset=10&limit=10' },
    })
  })

  test('keeps every field of the query in the address of the next page, also one without a value', async () => {
    const { body } = await root('GET', '/users?include_stopped_servers&sort=-name&offset=3&limit=-4', undefined, pages)
    const next = fieldOf(fieldOf(body, '_pagination'), 'next')
    assert.deepEqual(next, {
      offset: 7,
      limit: 4,
      url: 'http://hub.test/hub/api/users?include_stopped_servers&sort=-name&offset=7&limit=4',
    })
    const last = await root('GET', '/users?offset=20', undefined, pages)
    assert.equal(fieldOf(fieldOf(last.body, '_pagination'), 'next'), null)
  })

  test('holds limits within bounds and refuses what is no number', async () => {
    assert.equal(namesIn((await root('GET', '/users?limit=0')).body).length, 1)
    assert.equal(namesIn((await root('GET', '/users?limit=999')).body).length, 20)
    for (const query of ['limit=', 'limit=x', 'offset=1.5', 'offset=1e3', 'state=invalid', 'sort=--id', 'sort=rowid']) {
      assert.equal((await root('GET', `/users?${query}`)).status, 400, query)
    }
  })

  test('filters by any part of the name, without wildcards', async () => {
    assert.deepEqual(namesIn((await root('GET', '/users?name_filter=OOT')).body), ['root1'])
    assert.deepEqual(namesIn((await root('GET', '/users?name_filter=%25')).body), [])
  })

  test('sorts; who was never active is the least active', async () => {
    await updateUser(world.database.db, (await userOf(world, 'u5')).id, { lastActivityAt: '2020-01-01T00:00:00.000Z' })
    const up = namesIn((await root('GET', '/users?sort=last_activity&name_filter=u&limit=20')).body)
    const down = namesIn((await root('GET', '/users?sort=-last_activity&name_filter=u&limit=2')).body)
    assert.ok(!up.includes('u5'))
    assert.equal(down[0], 'u5')
    assert.deepEqual(namesIn((await root('GET', '/users?sort=-name&limit=2')).body), ['u9', 'u8'])
  })

  test('honours filters by user and group as a union, refuses others, and shows an empty list for nobody', async () => {
    await userOf(world, 'u1', { groups: ['g'] })
    const names = async (...scopes: string[]): Promise<string[]> =>
      namesIn((await (await tokenOf(world, 'root1', scopes))('GET', '/users')).body)
    assert.deepEqual(await names('list:users!group=g', 'list:users!user=u7'), ['u1', 'u7'])
    assert.deepEqual(await names('list:users!user=nobody'), [])
    for (const scopes of [['read:users'], ['list:users!server=u1/x'], ['list:users!server=u1/x', 'list:users!user=u1']]) {
      assert.equal((await (await tokenOf(world, 'root1', scopes))('GET', '/users')).status, 403, scopes.join())
    }
  })

  test('shows of each user what the caller may see', async () => {
    const caller = await tokenOf(world, 'root1', ['list:users', 'read:users:activity', 'self'])
    const { body } = await caller('GET', '/users?name_filter=1&limit=20')
    const rows = new Map(Array.isArray(body) ? body.map((row: unknown) => [fieldOf(row, 'name'), keysOf(row)]) : [])
    assert.deepEqual(rows.get('u1'), ['admin', 'kind', 'last_activity', 'name', 'user_info'])
    assert.deepEqual(rows.get('root1'), [
      'admin',
      'created',
      'groups',
      'kind',
      'last_activity',
      'name',
      'pending',
      'roles',
      'server',
      'servers',
      'user_info',
    ])
  })

  test('tells users with running, starting and no servers apart', async () => {
    const states = async (state: string): Promise<string[]> => namesIn((await root('GET', `/users?state=${state}&name_filter=u2`)).body)
    await root('POST', '/users/u20/server')
    await root('POST', '/users/u21/servers/lab')
    world.gated.starts.close()
    void root('POST', '/users/u21/server')
    void root('POST', '/users/u22/server')
    await until(async () => (await states('active')).length === 3)
    assert.deepEqual(await states('active'), ['u20', 'u21', 'u22'])
    assert.deepEqual(await states('ready'), ['u20', 'u21'])
    assert.deepEqual((await states('inactive')).slice(0, 3), ['u2', 'u23', 'u24'])
    world.gated.starts.open()
  })
})

describe('one user', () => {
  let world: HubWorld
  let root: Caller
  beforeEach(async () => {
    world = await createHubWorld()
    root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
  })
  afterEach(() => world.close())

  test('is made, shown, and made only once', async () => {
    const made = await root('POST', '/users/alice')
    assert.equal(made.status, 201)
    assert.deepEqual(fieldOf(made.body, 'roles'), ['user'])
    assert.equal(codeOf(await root('POST', '/users/alice')), 'user_exists')
    assert.equal(codeOf(await root('POST', '/users/ALICE')), 'user_exists')
    const boss = await root('POST', '/users/boss', { admin: true })
    assert.deepEqual(fieldOf(boss.body, 'roles'), ['admin', 'user'])
    assert.equal((await root('POST', '/users/x', { shoe: 1 })).status, 400)
    assert.equal((await root('POST', '/users/x', { admin: 'yes' })).status, 400)
    assert.equal(await findUser(world.database.db, 'x'), null)
  })

  test('many are made at once: known ones are left out, bad names make none', async () => {
    await root('POST', '/users', { usernames: ['a', 'b'] })
    const some = await root('POST', '/users', { usernames: ['a', 'B', 'ab'] })
    assert.equal(some.status, 201)
    assert.deepEqual(namesIn(some.body), ['ab'])
    assert.equal((await root('POST', '/users', { usernames: ['a', 'b'] })).status, 409)
    const bad = await root('POST', '/users', { usernames: ['good', 'x/y', '..'] })
    assert.equal(codeOf(bad), 'bad_name')
    assert.equal(fieldOf(fieldOf(bad.body, 'detail'), 'name'), 'x/y, ..')
    assert.equal(await findUser(world.database.db, 'good'), null)
    for (const body of [
      undefined,
      {},
      [],
      { usernames: [] },
      { usernames: 'a' },
      { usernames: [1] },
      { usernames: ['q'], id: 1 },
      { usernames: ['q'], admin: null },
    ]) {
      assert.equal((await root('POST', '/users', body)).status, 400, JSON.stringify(body))
    }
  })

  test('only administrators make administrators, or change them', async () => {
    const limited = await tokenOf(world, 'helper', ['inherit'])
    const { db } = world.database
    const scoped = await tokenOf(world, 'root1', ['admin:users!user=x'])
    assert.equal((await scoped('POST', '/users', { usernames: ['x'] })).status, 403)
    assert.equal((await scoped('POST', '/users/x')).status, 201)
    assert.equal((await limited('POST', '/users/y', { admin: true })).status, 403)
    assert.equal((await root('PATCH', '/users/x', { admin: true })).status, 200)
    assert.equal((await findUser(db, 'x'))?.admin, true)
    assert.deepEqual(fieldOf((await root('GET', '/users/x')).body, 'roles'), ['admin', 'user'])
    const back = await root('PATCH', '/users/x', { admin: false })
    assert.deepEqual(fieldOf(back.body, 'roles'), ['user'])
  })

  test('is changed in known fields only', async () => {
    await root('POST', '/users', { usernames: ['alice', 'bob'] })
    for (const body of [
      undefined,
      [],
      { groups: ['g'] },
      { roles: ['admin'] },
      { id: 1 },
      '{"__proto__":{"admin":true}}',
      { admin: 1 },
      { name: null },
      { name: 'bob' },
      { name: 'x/y' },
    ]) {
      assert.equal((await root('PATCH', '/users/alice', body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await root('PATCH', '/users/nosuch', { admin: true })).status, 404)
    assert.equal(Reflect.get({}, 'admin'), undefined)
    const renamed = await root('PATCH', '/users/alice', { name: 'Carol' })
    assert.equal(renamed.status, 200)
    assert.equal(fieldOf(renamed.body, 'name'), 'carol')
    assert.equal(fieldOf(renamed.body, 'auth_state'), null)
  })

  test('what the authenticator keeps is shown to those who may read it, never to the user', async () => {
    const alice = await tokenOf(world, 'alice')
    const changed = await root('PATCH', '/users/alice', { auth_state: { token: 'abc' } })
    assert.deepEqual(fieldOf(changed.body, 'auth_state'), { token: 'abc' })
    assert.deepEqual(fieldOf((await root('GET', '/users/alice')).body, 'auth_state'), { token: 'abc' })
    const own = await alice('GET', '/users/alice')
    assert.ok(!keysOf(own.body).includes('auth_state'))
    assert.ok(!((await findUser(world.database.db, 'alice'))?.authState ?? '').includes('abc'))
  })

  test('is removed with running servers, but not by itself', async () => {
    await tokenOf(world, 'alice')
    assert.equal((await root('POST', '/users/alice/server')).status, 201)
    assert.equal((await root('POST', '/users/alice/servers/lab')).status, 201)
    assert.equal(world.gated.living(), 2)
    assert.equal((await root('DELETE', '/users/alice')).status, 204)
    assert.equal(world.gated.living(), 0)
    assert.equal((await root('GET', '/users/alice')).status, 404)
    assert.equal((await root('DELETE', '/users/alice')).status, 404)
    assert.equal(codeOf(await root('DELETE', '/users/root1')), 'user_delete_self')
    assert.equal((await root('GET', '/user')).status, 200)
  })

  test('is removed with a word about the files, which are then looked after, and not with another', async () => {
    for (const name of ['kim', 'lee']) assert.equal((await root('POST', `/users/${name}`)).status, 201)
    assert.equal((await root('DELETE', '/users/kim?files=burn')).status, 400)
    assert.equal((await root('GET', '/users/kim')).status, 200)
    const asked = root('DELETE', '/users/kim?files=delete')
    await until(async () => (await leftFilesOf(world.database.db, 'kim')).length === 1)
    await world.hub.files.tick(new AbortController().signal)
    const { status, body } = await asked
    assert.deepEqual([status, fieldOf(body, 'name'), fieldOf(body, 'files')], [200, 'kim', 'delete'])
    assert.equal((await root('DELETE', '/users/lee')).status, 204)
    assert.deepEqual(
      (await leftFilesOf(world.database.db, 'lee')).map(({ fate, state }) => [fate, state]),
      [['keep', 'waiting']],
    )
  })

  test('reports activity: forward only, all or nothing', async () => {
    const alice = await tokenOf(world, 'alice', ['users:activity'])
    await root('POST', '/users/alice/server')
    const post = (body: unknown): Promise<number> => alice('POST', '/users/alice/activity', body).then((seen) => seen.status)
    const now = new Date(Date.now() + 60_000).toISOString()
    assert.equal(await post({ last_activity: now, servers: { '': { last_activity: now } } }), 200)
    assert.equal(await post({ last_activity: '2001-01-01T00:00:00Z' }), 200)
    const { body } = await root('GET', '/users/alice')
    assert.equal(Date.parse(String(fieldOf(body, 'last_activity'))), Date.parse(now))
    assert.equal(Date.parse(String(fieldOf(fieldOf(fieldOf(body, 'servers'), ''), 'last_activity'))), Date.parse(now))
    const later = new Date(Date.now() + 120_000).toISOString()
    const hour = new Date(Date.now() + 3_600_000).toISOString()
    const bad: unknown[] = [
      undefined,
      {},
      [],
      'x',
      { servers: {} },
      { servers: [] },
      { servers: { '': {} } },
      { servers: { '': 3 } },
      { last_activity: 'soon' },
      { last_activity: 5 },
      { last_activity: hour },
      { last_activity: '9999-01-01' },
      { last_activity: '-1' },
      { last_activity: later, servers: { nosuch: { last_activity: later } } },
    ]
    for (const wrong of bad) assert.equal(await post(wrong), 400, JSON.stringify(wrong))
    assert.equal(Date.parse(String(fieldOf((await root('GET', '/users/alice')).body, 'last_activity'))), Date.parse(now))
  })

  test('times of reported activity may carry any offset, or none', async () => {
    const alice = await tokenOf(world, 'alice', ['users:activity'])
    const day = new Date().toISOString().slice(0, 10)
    for (const time of [`${day}T00:00:01+01:00`, `${day} 00:00:02`, `${day}T00:00:03.123456Z`, day, `${day}T00:00:04-0000`]) {
      assert.equal((await alice('POST', '/users/alice/activity', { last_activity: time })).status, 200, time)
    }
  })

  test('who asks: name, groups and scopes, whatever the token may do', async () => {
    await userOf(world, 'alice', { groups: ['g'] })
    const none = await (await tokenOf(world, 'alice', []))('GET', '/user')
    assert.deepEqual(keysOf(none.body), ['admin', 'groups', 'kind', 'name', 'scopes', 'session_id', 'token_id', 'user_info'])
    assert.deepEqual(fieldOf(none.body, 'groups'), ['g'])
    assert.match(String(fieldOf(none.body, 'token_id')), /^a\d+$/)
    const full = await (await tokenOf(world, 'alice'))('GET', '/user')
    const scopes = fieldOf(full.body, 'scopes')
    assert.ok(Array.isArray(scopes) && scopes.includes('access:servers!user=alice'))
    assert.deepEqual(scopes, formatScopes((await world.hub.tokens.ofUser(await userOf(world, 'alice'))).scopes))
    assert.deepEqual(fieldOf(full.body, 'servers'), {})
    const all = await (await tokenOf(world, 'alice'))('GET', '/user?include_stopped_servers')
    assert.deepEqual(keysOf(fieldOf(all.body, 'servers')), [''])
  })

  test('what the hub is made of', async () => {
    const { body, status } = await root('GET', '/info')
    assert.equal(status, 200)
    assert.deepEqual(keysOf(body), ['authenticator', 'python', 'spawner', 'sys_executable', 'version'])
  })
})
