import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addMember, createGroup } from '../../src/db/groups.ts'
import { assignRole, upsertRole } from '../../src/db/roles.ts'
import { upsertServer } from '../../src/db/servers.ts'
import { createToken } from '../../src/db/tokens.ts'
import { createUser } from '../../src/db/users.ts'
import { giveDefaultRoles } from '../../src/hub/default-roles.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { sha256Hex } from '../../src/lib/secrets.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

/** Who asks. `narrow`: a token of alice that may only read her own account; `robot`: a role with one filtered scope. */
type Who = 'nobody' | 'alice' | 'root1' | 'gadm' | 'robot' | 'narrow' | 'empty'

type Row = readonly [who: Who, method: string, path: string, status: number, body?: unknown]

const secrets = new Map<Who, string>()

async function populate(world: HubWorld): Promise<void> {
  const { db } = world.database
  const now = Date.now()
  const addUser = async (name: string, admin = false, scopes: readonly string[] = ['self']): Promise<number> => {
    const user = await createUser(db, { name, admin, now })
    assert.ok(user !== null)
    if (scopes.includes('self')) await world.database.transaction((tx) => giveDefaultRoles(tx, { userId: user.id }, admin))
    const role = await upsertRole(db, { name: `own-${name}`, description: '', scopes, builtin: false })
    await assignRole(db, role.id, { userId: user.id })
    return user.id
  }
  const addToken = async (who: Who, userId: number, scopes: readonly string[] = ['inherit']): Promise<void> => {
    const secret = systemIds.hex(16)
    await createToken(db, { hash: sha256Hex(secret), userId, scopes, note: '', now })
    secrets.set(who, secret)
  }
  const alice = await addUser('alice')
  const bob = await addUser('bob')
  const group = await createGroup(db, 'g')
  if (group !== null) await addMember(db, group.id, bob)
  await addToken('alice', alice)
  await addToken('narrow', alice, ['read:users!user=alice'])
  await addToken('empty', alice, [])
  await addToken('root1', await addUser('root1', true))
  await addToken('gadm', await addUser('gadm', false, ['self', 'admin:users!group=g', 'admin:servers!group=g', 'tokens!group=g']))
  await addToken('robot', await addUser('robot', false, ['read:servers!user=bob', 'read:users:activity', 'list:users!server=bob/']))
  for (const userId of [alice, bob]) await upsertServer(db, { userId, name: '', now })
}

const activity = { last_activity: '2026-01-01T00:00:00Z' }

/** The table of 403 and 404, for somebody with role `user` (rest-api §3.6). */
const ofAlice: readonly Row[] = [
  ['alice', 'GET', '/users', 403],
  ['alice', 'POST', '/users', 403, { usernames: ['new'] }],
  ['alice', 'GET', '/users/alice', 200],
  ['alice', 'GET', '/users/bob', 404],
  ['alice', 'GET', '/users/nosuch', 404],
  ['alice', 'DELETE', '/users/bob', 403],
  ['alice', 'DELETE', '/users/alice', 403],
  ['alice', 'PATCH', '/users/alice', 403, { admin: true }],
  ['alice', 'POST', '/users/new', 403],
  ['alice', 'POST', '/users/alice/activity', 200, activity],
  ['alice', 'POST', '/users/bob/activity', 404, activity],
  ['alice', 'GET', '/users/alice/server', 200],
  ['alice', 'GET', '/users/bob/server', 404],
  ['alice', 'GET', '/users/nosuch/server', 404],
  ['alice', 'POST', '/users/bob/server', 404],
  ['alice', 'POST', '/users/bob/servers/lab', 404],
  ['alice', 'PUT', '/users/bob/servers/lab', 404],
  ['alice', 'PATCH', '/users/bob/server', 404, { display_name: 'x' }],
  ['alice', 'DELETE', '/users/bob/server', 404],
  ['alice', 'GET', '/users/bob/server/progress', 404],
  ['alice', 'GET', '/users/bob/servers/lab/progress', 404],
  ['alice', 'GET', '/users/alice/tokens', 200],
  ['alice', 'GET', '/users/bob/tokens', 404],
  ['alice', 'POST', '/users/bob/tokens', 403],
  ['alice', 'POST', '/users/nosuch/tokens', 403],
  ['alice', 'POST', '/users/alice/tokens', 201],
  ['alice', 'GET', '/users/bob/tokens/a1', 404],
  ['alice', 'DELETE', '/users/bob/tokens/a1', 404],
  ['alice', 'GET', '/info', 403],
  ['alice', 'GET', '/user', 200],
]

const ofOthers: readonly Row[] = [
  ['nobody', 'GET', '/', 200],
  ['nobody', 'GET', '/health', 200],
  ['nobody', 'GET', '/user', 403],
  ['nobody', 'GET', '/users', 403],
  ['nobody', 'GET', '/users/alice', 403],
  ['nobody', 'GET', '/users/nosuch', 403],
  ['nobody', 'POST', '/users/alice/server', 403],
  ['nobody', 'POST', '/users/alice/tokens', 403],
  ['nobody', 'GET', '/info', 403],
  ['root1', 'GET', '/users', 200],
  ['root1', 'GET', '/users/bob', 200],
  ['root1', 'GET', '/users/nosuch', 404],
  ['root1', 'GET', '/info', 200],
  ['root1', 'POST', '/users/nosuch/tokens', 403],
  ['root1', 'DELETE', '/users/root1', 400],
  ['narrow', 'GET', '/users/alice', 200],
  ['narrow', 'GET', '/users/bob', 404],
  ['narrow', 'GET', '/users/alice/server', 403],
  ['narrow', 'POST', '/users/alice/server', 403],
  ['narrow', 'GET', '/users/alice/tokens', 403],
  ['narrow', 'POST', '/users/alice/tokens', 403],
  ['narrow', 'GET', '/users', 403],
  ['empty', 'GET', '/user', 200],
  ['empty', 'GET', '/users/alice', 200],
  ['empty', 'GET', '/users/bob', 404],
  ['empty', 'POST', '/users/alice/activity', 403, activity],
  ['robot', 'GET', '/users/bob/server', 200],
  ['robot', 'DELETE', '/users/bob/server', 403],
  ['robot', 'GET', '/users/alice/server', 404],
  ['robot', 'GET', '/users', 403],
]

/** An administrator of one group only. */
const ofGadm: readonly Row[] = [
  ['gadm', 'GET', '/users', 200],
  ['gadm', 'GET', '/users/bob', 200],
  ['gadm', 'GET', '/users/alice', 404],
  ['gadm', 'PATCH', '/users/alice', 404, { name: 'x' }],
  ['gadm', 'PATCH', '/users/bob', 403, { admin: true }],
  ['gadm', 'POST', '/users', 403, { usernames: ['new'] }],
  ['gadm', 'POST', '/users/new', 404],
  ['gadm', 'DELETE', '/users/alice', 404],
  ['gadm', 'DELETE', '/users/root1', 404],
  ['gadm', 'GET', '/users/bob/server', 200],
  ['gadm', 'GET', '/users/alice/server', 404],
  ['gadm', 'POST', '/users/bob/tokens', 201],
  ['gadm', 'POST', '/users/alice/tokens', 403],
  ['gadm', 'GET', '/info', 403],
]

describe('who may do what', () => {
  const state: { world?: HubWorld } = {}
  before(async () => {
    state.world = await createHubWorld()
    await populate(state.world)
  })
  after(() => state.world?.close())

  const call = async ([who, method, path, , body]: Row): Promise<{ status: number; text: string }> => {
    const authorization = who === 'nobody' ? {} : { authorization: `token ${secrets.get(who) ?? ''}` }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await state.world?.app.request(`http://hub/hub/api${path}`, {
      method,
      headers: { host: 'hub', ...authorization },
      ...sent,
    })
    assert.ok(response !== undefined)
    return { status: response.status, text: await response.text() }
  }

  for (const row of [...ofAlice, ...ofOthers, ...ofGadm]) {
    const [who, method, path, status] = row
    it(`${who} ${method} ${path} → ${status}`, async () => assert.deepEqual([(await call(row)).status], [status]))
  }

  it('gives the same answer for what is hidden and what is not there', async () => {
    const hidden = await call(['alice', 'GET', '/users/bob', 404])
    const missing = await call(['alice', 'GET', '/users/nosuch', 404])
    assert.equal(hidden.text, missing.text)
    assert.match(hidden.text, /No access to resources or resources not found/)
  })

  it('lists for a filtered holder only whom the filter reaches', async () => {
    const { text } = await call(['gadm', 'GET', '/users', 200])
    assert.match(text, /"bob"/)
    assert.doesNotMatch(text, /"alice"|"root1"/)
  })

  it('names the scopes that would do', async () => {
    const { text } = await call(['alice', 'GET', '/users', 403])
    assert.match(text, /requires any of \[list:users\]/)
  })
})
