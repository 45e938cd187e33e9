import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { profilesSchema } from '../../src/core/profile-schema.ts'
import { addMember, createGroup, findGroup, removeMember } from '../../src/db/groups.ts'
import { findUser } from '../../src/db/users.ts'
import { codeOf, fieldOf, tokenOf, userOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

const profiles = profilesSchema.parse([
  { name: 'plain', memLimit: '1G' },
  {
    name: 'full',
    environment: { COURSE: 'ml' },
    fields: {
      threads: { kind: 'number', label: 'Threads', min: 1, max: 8, default: 2, variable: 'OMP_NUM_THREADS' },
      size: { kind: 'choice', label: 'Size', choices: { small: { memLimit: '1G' }, large: { memLimit: '4G' } } },
    },
  },
  { name: 'ours', groups: ['physics'] },
  { name: 'root', roles: ['admin'] },
])

const worlds: HubWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function setUp(): Promise<{
  world: HubWorld
  alice: Caller
  start: (body?: unknown) => ReturnType<Caller>
  stop: () => Promise<void>
}> {
  const world = await createHubWorld({}, profiles)
  worlds.push(world)
  const alice = await tokenOf(world, 'alice')
  const start = (body?: unknown) => alice('POST', '/users/alice/server', body)
  const stop = async (): Promise<void> => void (await alice('DELETE', '/users/alice/server'))
  return { world, alice, start, stop }
}

describe('profiles over the API', () => {
  test('without options the default one is used, and the spawner gets what it sets', async () => {
    const { world, alice, start } = await setUp()
    assert.equal((await start()).status, 201)
    assert.deepEqual(world.gated.specs.at(-1)?.profile, { name: 'plain', memLimit: 2 ** 30, environment: {}, volumes: {} })
    assert.deepEqual(world.gated.specs.at(-1)?.userOptions, {})
    assert.deepEqual(fieldOf((await alice('GET', '/users/alice/servers/')).body, 'user_options'), { profile: 'plain' })
  })

  test('a choice with values is validated, kept, and used again by the next start', async () => {
    const { world, alice, start, stop } = await setUp()
    const chosen = { profile: 'full', threads: 4, size: 'large' }
    assert.equal((await start(chosen)).status, 201)
    const set = { name: 'full', memLimit: 4 * 2 ** 30, environment: { COURSE: 'ml', OMP_NUM_THREADS: '4' }, volumes: {} }
    assert.deepEqual(world.gated.specs.at(-1)?.profile, set)
    assert.deepEqual(fieldOf((await alice('GET', '/users/alice/servers/')).body, 'user_options'), chosen)
    await stop()
    assert.equal((await start()).status, 201)
    assert.deepEqual(world.gated.specs.at(-1)?.profile, set)
    await stop()
    assert.equal((await start({ user_options: { profile: 'plain' } })).status, 201)
    assert.equal(world.gated.specs.at(-1)?.profile?.name, 'plain')
  })

  test('what does not fit is refused before anything is started', async () => {
    const { world, start } = await setUp()
    const refused = await start({ profile: 'full', threads: 9, image: 'evil' })
    assert.deepEqual([refused.status, codeOf(refused)], [400, 'profile_field_invalid'])
    assert.deepEqual(fieldOf(fieldOf(refused.body, 'detail'), 'problems'), [
      { field: 'threads', reason: 'it is outside the range', expected: '1 … 8' },
      { field: 'image', reason: 'the profile has no such field', expected: 'threads, size' },
    ])
    assert.equal(codeOf(await start({ profile: 'none' })), 'profile_unknown')
    assert.equal(codeOf(await start({ profile: 'root' })), 'profile_not_allowed')
    assert.equal(world.gated.specs.length, 0)
  })

  test('options that are written without a start are checked the same way, and kept as a start would keep them', async () => {
    const { world, alice, start } = await setUp()
    const put = (body: object) => alice('PUT', '/users/alice/servers/lab', body)
    const refused = await put({ user_options: { profile: 'full', threads: 9 } })
    assert.deepEqual([refused.status, codeOf(refused)], [400, 'profile_field_invalid'])
    const problems = fieldOf(fieldOf(refused.body, 'detail'), 'problems')
    assert.deepEqual(problems, [{ field: 'threads', reason: 'it is outside the range', expected: '1 … 8' }])
    assert.equal((await alice('GET', '/users/alice/servers/lab')).status, 404)
    const made = await put({ user_options: { profile: 'full', threads: 4 } })
    assert.deepEqual([made.status, fieldOf(made.body, 'user_options')], [201, { profile: 'full', threads: 4, size: 'small' }])
    const patch = (options: object) => alice('PATCH', '/users/alice/servers/lab', { user_options: options })
    assert.equal(codeOf(await patch({ profile: 'root' })), 'profile_not_allowed')
    assert.deepEqual(fieldOf((await patch({ profile: 'plain', image: 'evil' })).body, 'code'), 'profile_field_invalid')
    assert.equal(fieldOf((await patch({})).body, 'user_options'), null)
    assert.deepEqual(fieldOf((await patch({ profile: 'full' })).body, 'user_options'), { profile: 'full', threads: 2, size: 'small' })
    assert.equal((await alice('POST', '/users/alice/servers/lab')).status, 201)
    assert.equal(world.gated.specs.at(-1)?.profile?.name, 'full')
    assert.equal((await start()).status, 201)
  })

  test('a profile of a group is refused at the next start once its owner has left the group', async () => {
    const { world, start, stop } = await setUp()
    const { db } = world.database
    assert.equal(codeOf(await start({ profile: 'ours' })), 'profile_not_allowed')
    await createGroup(db, 'physics')
    const [group, alice] = [await findGroup(db, 'physics'), await findUser(db, 'alice')]
    assert.ok(group !== null && alice !== null)
    await addMember(db, group.id, alice.id)
    assert.equal((await start({ profile: 'ours' })).status, 201)
    await stop()
    await removeMember(db, group.id, alice.id)
    const again = await start()
    assert.deepEqual([again.status, codeOf(again)], [403, 'profile_not_allowed'])
    assert.equal((await start({ profile: 'plain' })).status, 201)
  })

  test('what counts is whose server it is, not who starts it', async () => {
    const { world } = await setUp()
    const root = await tokenOf(world, 'root', ['inherit'], { admin: true })
    await userOf(world, 'bob')
    assert.equal(codeOf(await root('POST', '/users/bob/server', { profile: 'root' })), 'profile_not_allowed')
    assert.equal((await root('POST', '/users/root/server', { profile: 'root' })).status, 201)
  })
})
