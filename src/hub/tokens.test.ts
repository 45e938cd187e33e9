import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { peopleWorld, withCode } from '../../test/support/people-world.ts'
import type { PeopleWorld } from '../../test/support/people-world.ts'
import { formatScopes } from '../core/scope-set.ts'
import { allows } from '../core/scopes.ts'
import { addMember, createGroup } from '../db/groups.ts'
import { upsertClient } from '../db/oauth.ts'
import { assignRole, unassignRole, upsertRole } from '../db/roles.ts'
import { upsertServer } from '../db/servers.ts'
import { createToken, findTokenById } from '../db/tokens.ts'
import { findUserById } from '../db/users.ts'
import type { User } from '../db/users.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { hubActor } from './actor.ts'
import { loadRoles } from './roles.ts'
import type { TokenRequest } from './tokens.ts'

const usual: TokenRequest = { note: 'mine', expiresInSeconds: null, scopes: null, roles: null }

async function worldWith(options: Parameters<typeof peopleWorld>[1] = {}): Promise<{ world: PeopleWorld; alice: User; bob: User }> {
  const world = await peopleWorld('sqlite', options)
  await loadRoles(world, [], { adminUsers: [] })
  await world.accounts.create(['alice', 'bob'], false, hubActor)
  const [alice, bob] = [await findUserById(world.database.db, 1), await findUserById(world.database.db, 2)]
  assert.ok(alice && bob)
  return { world, alice, bob }
}

/** The wire form of what a token may do; null when it is refused. */
async function scopesOf(world: PeopleWorld, secret: string): Promise<string[] | null> {
  const principal = await world.tokens.ofToken(secret)
  return principal === null ? null : formatScopes(principal.scopes)
}

suite('making tokens', () => {
  test('a token without scopes may what its owner may, and is kept as a hash only', async () => {
    const { world, alice } = await worldWith()
    const { token, secret } = await world.tokens.issue(alice, usual, hubActor)
    assert.match(secret, /^[0-9a-f]{32}$/)
    assert.deepEqual([token.scopes, token.note, token.expiresAt], [['inherit'], 'mine', null])
    const principal = await world.tokens.ofToken(secret)
    assert.ok(principal && allows(principal.scopes, 'servers', { kind: 'user', name: 'alice', groups: [] }))
    assert.ok(!allows(principal.scopes, 'servers', { kind: 'user', name: 'bob', groups: [] }))
    const rows = await world.database.db.selectFrom('tokens').selectAll().execute()
    assert.ok(!JSON.stringify(rows).includes(secret))
  })

  test('scopes that the owner does not hold are refused by name', async () => {
    const { world, alice } = await worldWith()
    const wish = (scopes: string[]): Promise<unknown> => world.tokens.issue(alice, { ...usual, scopes }, hubActor)
    await assert.rejects(wish(['admin:users']), withCode('scope_exceeds_owner'))
    await assert.rejects(wish(['read:users!user=bob']), withCode('scope_exceeds_owner'))
    await assert.rejects(wish(['servers']), withCode('scope_exceeds_owner'))
    await assert.rejects(wish(['no:such']), withCode('scope_unknown'))
    await assert.rejects(wish(['read:users!colour=red']), withCode('scope_unknown'))
    await assert.doesNotReject(wish(['read:users!user', 'servers!user=alice']))
  })

  test('roles are turned into their scopes at once', async () => {
    const { world, alice } = await worldWith()
    const { token } = await world.tokens.issue(alice, { ...usual, roles: ['user'] }, hubActor)
    assert.deepEqual(token.scopes, ['self'])
    await assert.rejects(world.tokens.issue(alice, { ...usual, roles: ['nobody'] }, hubActor), withCode('role_unknown'))
    await assert.rejects(world.tokens.issue(alice, { ...usual, roles: ['admin'] }, hubActor), withCode('scope_exceeds_owner'))
    await assert.rejects(world.tokens.issue(alice, { ...usual, roles: [], scopes: [] }, hubActor), withCode('bad_request'))
  })

  test('a token without any scope tells who it is of, and nothing else', async () => {
    const { world, alice } = await worldWith()
    const { secret } = await world.tokens.issue(alice, { ...usual, scopes: [] }, hubActor)
    assert.deepEqual(await scopesOf(world, secret), ['read:users:groups!user=alice', 'read:users:name!user=alice'])
  })

  test('the time of a token has an end when the hub says so', async () => {
    const { world, alice } = await worldWith({ tokenExpiresInMaxSeconds: 3600 })
    const issue = (expiresInSeconds: number | null) => world.tokens.issue(alice, { ...usual, expiresInSeconds }, hubActor)
    for (const asked of [null, 0, 3600]) assert.equal((await issue(asked)).token.expiresAt, '2026-01-02T01:00:00.000Z')
    for (const asked of [3601, -1, 1.5, Number.NaN]) await assert.rejects(issue(asked), withCode('bad_request'))
    const { secret } = await issue(60)
    world.clock.move(60_000)
    assert.ok(await world.tokens.ofToken(secret))
    world.clock.move(1)
    assert.equal(await world.tokens.ofToken(secret), null)
    const { world: free, alice: other } = await worldWith()
    assert.equal((await free.tokens.issue(other, { ...usual, expiresInSeconds: 0 }, hubActor)).token.expiresAt, null)
    assert.ok((await free.tokens.issue(other, { ...usual, expiresInSeconds: 1e15 }, hubActor)).token.expiresAt)
  })
})

suite('what a token may do', () => {
  test('it weakens with its owner at once, and an explicit one never grows', async () => {
    const { world, alice } = await worldWith()
    const { db } = world.database
    const role = await upsertRole(db, { name: 'reader', description: '', scopes: ['list:users'], builtin: false })
    const staff = await createGroup(db, 'staff')
    assert.ok(staff)
    await addMember(db, staff.id, alice.id)
    await assignRole(db, role.id, { groupId: staff.id })
    const explicit = (await world.tokens.issue(alice, { ...usual, scopes: ['list:users'] }, hubActor)).secret
    const inherit = (await world.tokens.issue(alice, usual, hubActor)).secret
    assert.ok((await scopesOf(world, explicit))?.includes('list:users'))
    assert.ok((await scopesOf(world, inherit))?.includes('list:users'))
    await unassignRole(db, role.id, { groupId: staff.id })
    assert.ok(!(await scopesOf(world, explicit))?.includes('list:users'))
    await assignRole(db, role.id, { userId: alice.id })
    await upsertRole(db, { name: 'reader', description: '', scopes: ['list:users', 'read:hub'], builtin: false })
    assert.ok((await scopesOf(world, inherit))?.includes('read:hub'))
    assert.ok(!(await scopesOf(world, explicit))?.includes('read:hub'))
  })

  test('a filter by group covers the members of the group', async () => {
    const { world, alice, bob } = await worldWith()
    const { db } = world.database
    const staff = await createGroup(db, 'staff')
    const role = await upsertRole(db, { name: 'teacher', description: '', scopes: ['users:activity!group=staff'], builtin: false })
    assert.ok(staff)
    await addMember(db, staff.id, bob.id)
    await assignRole(db, role.id, { userId: alice.id })
    const { secret } = await world.tokens.issue(alice, { ...usual, scopes: ['users:activity!user=bob'] }, hubActor)
    assert.ok((await scopesOf(world, secret))?.includes('users:activity!user=bob'))
  })

  test('one obtained by OAuth may use the server of its client, capped by its owner', async () => {
    const { world, alice, bob } = await worldWith()
    const { db } = world.database
    const server = await upsertServer(db, { userId: alice.id, name: 'lab', now: 0 })
    const client = {
      id: 'jupyterhub-user-alice-lab',
      secretHash: 'x',
      redirectUri: '/',
      allowedScopes: [],
      serverId: server.id,
      serviceId: null,
    }
    await upsertClient(db, { ...client, description: 'Server at /user/alice/lab/' })
    const token = { clientId: client.id, scopes: [], note: '', now: world.clock.now() }
    await createToken(db, { ...token, hash: sha256Hex('alices'), userId: alice.id, sessionId: 's' })
    await createToken(db, { ...token, hash: sha256Hex('bobs'), userId: bob.id })
    assert.ok((await scopesOf(world, 'alices'))?.includes('access:servers!server=alice/lab'))
    assert.ok(!(await scopesOf(world, 'bobs'))?.some((scope) => scope.startsWith('access:')))
    const [mine] = await world.tokens.list(alice.id)
    assert.ok(mine)
    const facts = await world.tokens.factsOf(mine, 'alice')
    assert.deepEqual(
      [facts.oauthClient, facts.sessionId, facts.owner],
      ['Server at /user/alice/lab/', 's', { kind: 'user', name: 'alice' }],
    )
  })

  test('the account being blocked, it is worth nothing', async () => {
    const { world, alice } = await worldWith()
    const { secret } = await world.tokens.issue(alice, usual, hubActor)
    await world.accounts.create(['root1'], true, hubActor)
    await world.accounts.block(alice.id, hubActor)
    assert.equal(await world.tokens.ofToken(secret), null)
  })
})

suite('tokens and activity', () => {
  test('use is noted every 30 seconds, for the token and its user', async () => {
    const { world, alice } = await worldWith()
    const { secret, token } = await world.tokens.issue(alice, usual, hubActor)
    const { db } = world.database
    const seen = async (): Promise<unknown> => [
      (await findTokenById(db, token.id))?.lastActivityAt,
      (await findUserById(db, alice.id))?.lastActivityAt,
    ]
    await world.tokens.ofToken(secret)
    assert.deepEqual(await seen(), ['2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z'])
    world.clock.move(29_000)
    await world.tokens.ofToken(secret)
    assert.deepEqual(await seen(), ['2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z'])
    world.clock.move(2000)
    await world.tokens.ofToken(secret)
    assert.deepEqual(await seen(), ['2026-01-02T00:00:31.000Z', '2026-01-02T00:00:31.000Z'])
  })

  test('what a server does with its own token is no activity of its user', async () => {
    const { world, alice } = await worldWith()
    const { db } = world.database
    const server = await upsertServer(db, { userId: alice.id, name: '', now: 0 })
    await createToken(db, {
      hash: sha256Hex('own'),
      userId: alice.id,
      serverId: server.id,
      scopes: ['users:activity!user'],
      note: '',
      now: 0,
    })
    const principal = await world.tokens.ofToken('own')
    assert.equal(principal?.tokenIsServer, true)
    assert.equal((await findUserById(db, alice.id))?.lastActivityAt, null)
  })

  test('a cookie is the person with everything they may do', async () => {
    const { world, alice } = await worldWith()
    const { cookieValue, loginId, sessionId } = await world.sessions.open({ userId: alice.id, address: '::1', userAgent: '' })
    const principal = await world.tokens.ofSession(cookieValue)
    assert.deepEqual([principal?.via, principal?.loginId, principal?.sessionId, principal?.tokenId], ['cookie', loginId, sessionId, null])
    assert.ok((await findUserById(world.database.db, alice.id))?.lastActivityAt)
    assert.equal(await world.tokens.ofSession('nothing'), null)
  })
})

suite('ending tokens', () => {
  test('one that was made here ends alone, one obtained by OAuth with all of that client', async () => {
    const { world, alice } = await worldWith()
    const { db } = world.database
    const { token: first } = await world.tokens.issue(alice, usual, hubActor)
    await world.tokens.issue(alice, usual, hubActor)
    const oauth = { userId: alice.id, clientId: 'service-x', scopes: [], note: '', now: 0 }
    const one = await createToken(db, { ...oauth, hash: 'a' })
    await createToken(db, { ...oauth, hash: 'b' })
    await world.tokens.revoke(alice, first.id, hubActor)
    assert.equal((await world.tokens.list(alice.id)).length, 3)
    await world.tokens.revoke(alice, one?.id ?? 0, hubActor)
    assert.equal((await world.tokens.list(alice.id)).length, 1)
  })

  test('nobody reads or ends the token of another, nor one that is over', async () => {
    const { world, alice, bob } = await worldWith()
    const { token } = await world.tokens.issue(alice, { ...usual, expiresInSeconds: 60 }, hubActor)
    await assert.rejects(world.tokens.find(bob.id, token.id), withCode('token_not_found'))
    await assert.rejects(world.tokens.revoke(bob, token.id, hubActor), withCode('token_not_found'))
    await world.tokens.find(alice.id, token.id)
    world.clock.move(61_000)
    await assert.rejects(world.tokens.find(alice.id, token.id), withCode('token_not_found'))
    assert.deepEqual(await world.tokens.list(alice.id), [])
  })
})
