import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { addMember, createGroup } from '../../src/db/groups.ts'
import { assignRole, upsertRole } from '../../src/db/roles.ts'
import { browserOf, callerWith, codeOf, fieldOf, messageOf, stranger, tokenOf, userOf } from './callers.ts'
import type { Caller, Seen } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('tokens over the API', () => {
  let world: HubWorld
  let alice: Caller
  beforeEach(async () => {
    world = await createHubWorld({ tokenExpiresInMaxSeconds: 100 })
    alice = await tokenOf(world, 'alice')
  })
  afterEach(() => world.close())

  const withToken = (seen: Seen): Caller => callerWith(world, { authorization: `Bearer ${String(fieldOf(seen.body, 'token'))}` })

  test('a new token works, is listed without its secret, and ends', async () => {
    const made = await alice('POST', '/users/alice/tokens', { note: 'for the script', scopes: ['read:users!user'], expires_in: 50 })
    assert.equal(made.status, 201)
    assert.match(String(fieldOf(made.body, 'token')), /^[0-9a-f]{32}$/)
    assert.equal(fieldOf(made.body, 'note'), 'for the script')
    assert.equal(fieldOf(made.body, 'oauth_client'), 'JupyterHub')
    assert.ok(String(fieldOf(made.body, 'scopes')).includes('read:users!user=alice'))
    const caller = withToken(made)
    assert.equal((await caller('GET', '/users/alice')).status, 200)
    const id = String(fieldOf(made.body, 'id'))
    const list = await alice('GET', '/users/alice/tokens')
    assert.ok(!list.text.includes(String(fieldOf(made.body, 'token'))))
    assert.ok(list.text.includes(`"${id}"`))
    assert.equal(fieldOf((await alice('GET', `/users/alice/tokens/${id}`)).body, 'note'), 'for the script')
    assert.equal((await alice('DELETE', `/users/alice/tokens/${id}`)).status, 204)
    assert.equal((await caller('GET', '/user')).status, 403)
    assert.equal(codeOf(await alice('DELETE', `/users/alice/tokens/${id}`)), 'token_not_found')
  })

  test('a token that is not the user’s, or is none, is 404', async () => {
    const bob = await tokenOf(world, 'bob')
    const id = String(fieldOf((await bob('POST', '/users/bob/tokens')).body, 'id'))
    for (const text of [id, 'a0', 'a', '1', 'a1x', 'a99999999999', 'A1', '-1', '%00']) {
      assert.equal(codeOf(await alice('GET', `/users/alice/tokens/${text}`)), 'token_not_found', text)
      assert.equal((await alice('DELETE', `/users/alice/tokens/${text}`)).status, 404, text)
    }
  })

  test('without a note the requester is named when it is not the owner', async () => {
    const root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    assert.equal(fieldOf((await alice('POST', '/users/alice/tokens')).body, 'note'), 'Requested via api')
    assert.equal(fieldOf((await root('POST', '/users/alice/tokens', { note: '' })).body, 'note'), 'Requested via api by user root1')
  })

  test('never lives longer than the maximum', async () => {
    const life = async (body: unknown): Promise<number> => {
      const seen = await alice('POST', '/users/alice/tokens', body)
      return Math.round((Date.parse(String(fieldOf(seen.body, 'expires_at'))) - Date.parse(String(fieldOf(seen.body, 'created')))) / 1000)
    }
    for (const body of [undefined, {}, { expires_in: null }, { expires_in: 0 }, { expires_in: 100 }])
      assert.equal(await life(body), 100, JSON.stringify(body))
    assert.equal(await life({ expires_in: 5 }), 5)
    const over = await alice('POST', '/users/alice/tokens', { expires_in: 101 })
    assert.equal(over.status, 400)
    assert.match(String(messageOf(over)), /must not exceed 100/)
    for (const expires_in of [-1, 1.5, '5', true, 1e300])
      assert.equal((await alice('POST', '/users/alice/tokens', { expires_in })).status, 400, String(expires_in))
  })

  test('bodies that make no sense are 400', async () => {
    for (const body of [
      [],
      '"x"',
      3,
      { scopes: 'self' },
      { scopes: [1] },
      { roles: {} },
      { note: 3 },
      { scopes: ['nope'] },
      { roles: ['nope'] },
      { scopes: [], roles: [] },
      { scopes: ['read:users!user='] },
      { scopes: ['read:users!group'] },
      { scopes: ['admin:users'] },
      { roles: ['admin'] },
    ]) {
      assert.equal((await alice('POST', '/users/alice/tokens', body)).status, 400, JSON.stringify(body))
    }
  })

  test('an empty list of scopes lets it say whose it is, nothing more', async () => {
    const caller = withToken(await alice('POST', '/users/alice/tokens', { scopes: [] }))
    assert.equal((await caller('GET', '/user')).status, 200)
    assert.equal((await caller('POST', '/users/alice/server')).status, 403)
  })

  test('a role that only a group of the user holds may be given', async () => {
    const user = await userOf(world, 'alice')
    const role = await upsertRole(world.database.db, { name: 'lister', description: '', scopes: ['list:users'], builtin: false })
    assert.equal(codeOf(await alice('POST', '/users/alice/tokens', { roles: ['lister'] })), 'scope_exceeds_owner')
    const group = await createGroup(world.database.db, 'g')
    await addMember(world.database.db, group?.id ?? 0, user.id)
    await assignRole(world.database.db, role.id, { groupId: group?.id ?? 0 })
    const made = await alice('POST', '/users/alice/tokens', { roles: ['lister'] })
    assert.equal(made.status, 201)
    assert.equal((await withToken(made)('GET', '/users')).status, 200)
  })

  test('name and password in the body do instead of a credential', async () => {
    const { db } = world.database
    const { createPasswords } = await import('../../src/lib/passwords.ts')
    const { setCredential } = await import('../../src/db/credentials.ts')
    const user = await userOf(world, 'alice')
    await setCredential(db, { userId: user.id, passwordHash: await createPasswords().hash('correct horse'), now: Date.now() })
    const nobody = stranger(world)
    const ask = (name: string, auth: unknown): Promise<Seen> => nobody('POST', `/users/${name}/tokens`, { auth })
    const made = await ask('alice', { username: 'Alice', password: 'correct horse' })
    assert.equal(made.status, 201)
    assert.equal((await withToken(made)('GET', '/users/alice')).status, 200)
    assert.equal((await ask('bob', { username: 'alice', password: 'correct horse' })).status, 403)
    for (const auth of [
      null,
      undefined,
      {},
      'x',
      { username: 'alice' },
      { username: 'alice', password: 3 },
      { username: 'alice', password: 'wrong' },
      { username: '../root1', password: 'x' },
    ]) {
      assert.equal((await ask('alice', auth)).status, 403, JSON.stringify(auth))
    }
    for (let tries = 0; tries < 12; tries++) await ask('alice', { username: 'alice', password: 'wrong' })
    const limited = await ask('alice', { username: 'alice', password: 'correct horse' })
    assert.equal(limited.status, 429)
    assert.ok(Number(limited.headers.get('retry-after')) > 0)
  })

  test('a browser needs its XSRF token to make one', async () => {
    const browser = await browserOf(world, 'alice')
    const caller = callerWith(world, { cookie: browser.cookie })
    assert.equal((await caller('POST', '/users/alice/tokens')).status, 403)
    assert.equal((await caller('POST', `/users/alice/tokens?_xsrf=${browser.xsrf}`)).status, 201)
  })

  test('a token whose owner loses a role loses it at once', async () => {
    const root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    await tokenOf(world, 'root2', [], { admin: true })
    assert.equal((await root('GET', '/users')).status, 200)
    const other = await tokenOf(world, 'root2')
    assert.equal((await other('PATCH', '/users/root1', { admin: false })).status, 200)
    assert.equal((await root('GET', '/users')).status, 403)
  })
})
