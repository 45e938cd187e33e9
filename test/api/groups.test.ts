import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { codeOf, fieldOf, namesIn, tokenOf, userOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('groups over the API', () => {
  let world: HubWorld
  let root: Caller
  beforeEach(async () => {
    world = await createHubWorld({ apiPageDefaultLimit: 2, apiPageMaxLimit: 3 })
    root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    await userOf(world, 'alice')
    await userOf(world, 'bob')
  })
  afterEach(() => world.close())

  const members = async (group: string): Promise<unknown> => fieldOf((await root('GET', `/groups/${group}`)).body, 'users')

  test('are made with members, shown, changed and removed', async () => {
    const made = await root('POST', '/groups/Klasse%207a', { users: ['Alice'] })
    assert.equal(made.status, 201)
    assert.deepEqual(made.body, { kind: 'group', name: 'Klasse 7a', users: ['alice'], properties: {}, roles: [] })
    assert.equal(codeOf(await root('POST', '/groups/Klasse%207a')), 'group_exists')
    assert.deepEqual(fieldOf((await root('POST', '/groups/Klasse%207a/users', { users: ['bob', 'alice'] })).body, 'users'), [
      'alice',
      'bob',
    ])
    assert.deepEqual(fieldOf((await root('DELETE', '/groups/Klasse%207a/users', { users: ['alice'] })).body, 'users'), ['bob'])
    assert.deepEqual(fieldOf((await root('PUT', '/groups/Klasse%207a/properties', { room: { number: 3 } })).body, 'properties'), {
      room: { number: 3 },
    })
    assert.deepEqual(fieldOf((await root('GET', '/users/bob')).body, 'groups'), ['Klasse 7a'])
    assert.equal((await root('DELETE', '/groups/Klasse%207a')).status, 204)
    assert.equal(codeOf(await root('GET', '/groups/Klasse%207a')), 'group_not_found')
    assert.equal((await root('GET', '/users/bob')).status, 200)
  })

  test('are made many at once, or none', async () => {
    assert.deepEqual(namesIn((await root('POST', '/groups', { groups: ['a', 'b'], users: ['bob'] })).body), ['a', 'b'])
    assert.equal(codeOf(await root('POST', '/groups', { groups: ['c', 'a'] })), 'group_exists')
    assert.equal((await root('POST', '/groups', { groups: ['d'], users: ['nosuch'] })).status, 400)
    for (const name of ['c', 'd']) assert.equal((await root('GET', `/groups/${name}`)).status, 404)
    for (const body of [
      undefined,
      {},
      { groups: [] },
      { groups: 'x' },
      { groups: [1] },
      { groups: ['a/b'] },
      { groups: [''] },
      { groups: ['\u202e'] },
    ]) {
      assert.equal((await root('POST', '/groups', body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await root('POST', '/groups/x', { shoe: 1 })).status, 400)
    assert.equal((await root('POST', '/groups/a%2Fb')).status, 400)
    assert.equal((await root('POST', '/groups/a/users', {})).status, 400)
    assert.equal((await root('PUT', '/groups/a/properties', [])).status, 400)
  })

  test('are listed page by page, those of the caller’s filters only', async () => {
    await root('POST', '/groups', { groups: ['a', 'b', 'c', 'd'] })
    assert.deepEqual(namesIn((await root('GET', '/groups')).body), ['a', 'b', 'c'])
    const page = await root('GET', '/groups?offset=2', undefined, { accept: 'application/jupyterhub-pagination+json' })
    assert.deepEqual(namesIn(fieldOf(page.body, 'items')), ['c', 'd'])
    assert.equal(fieldOf(fieldOf(page.body, '_pagination'), 'total'), 4)
    const some = await tokenOf(world, 'root1', ['list:groups!group=b', 'read:groups!group=b'])
    assert.deepEqual((await some('GET', '/groups')).body, [{ kind: 'group', name: 'b', users: [], properties: {} }])
    assert.equal((await some('GET', '/groups/b')).status, 200)
    assert.equal((await some('GET', '/groups/a')).status, 404)
    assert.equal((await (await tokenOf(world, 'root1', ['list:groups!user=bob']))('GET', '/groups')).status, 403)
    assert.equal((await (await tokenOf(world, 'alice'))('GET', '/groups')).status, 403)
  })

  test('whoever may act on the members of a group does not choose them', async () => {
    await root('POST', '/groups/class', { users: ['alice'] })
    const teacher = await tokenOf(world, 'root1', ['groups!group=class', 'admin:users!group=class'])
    const refused = await teacher('POST', '/groups/class/users', { users: ['alice', 'bob'] })
    assert.equal(codeOf(refused), 'forbidden')
    assert.deepEqual(await members('class'), ['alice'])
    assert.equal((await teacher('POST', '/groups/class/users', { users: ['alice'] })).status, 200)
    assert.equal((await teacher('DELETE', '/groups/class/users', { users: ['alice'] })).status, 200)
    const clerk = await tokenOf(world, 'root1', ['groups!group=class'])
    assert.equal((await clerk('POST', '/groups/class/users', { users: ['bob'] })).status, 200)
    assert.equal((await clerk('POST', '/groups/other')).status, 403)
    assert.equal((await teacher('POST', '/groups', { groups: ['x'] })).status, 403)
  })
})
