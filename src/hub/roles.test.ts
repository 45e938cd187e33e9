import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, needsDialect } from '../../test/support/databases.ts'
import { peopleWorld } from '../../test/support/people-world.ts'
import type { PeopleWorld } from '../../test/support/people-world.ts'
import { formatScopes } from '../core/scope-set.ts'
import { findClient } from '../db/oauth.ts'
import { findGroup } from '../db/groups.ts'
import { directRolesOfUser, findRole, listRoles, rolesOfGroup } from '../db/roles.ts'
import { findServerById, upsertServer, writeIntent } from '../db/servers.ts'
import { listServices } from '../db/services.ts'
import { findUser } from '../db/users.ts'
import { hubActor } from './actor.ts'
import { loadServices } from './load-services.ts'
import type { ServiceEntry } from './load-services.ts'
import type { RoleOptions } from './role-options.ts'
import { loadRoles } from './roles.ts'

const role = (given: Partial<RoleOptions> & { readonly name: string }): RoleOptions => ({
  description: '',
  scopes: [],
  users: [],
  groups: [],
  services: [],
  ...given,
})

type GivenService = {
  readonly name: string
  readonly apiToken?: string
  readonly url?: string
  readonly admin?: boolean
  readonly oauthClientId?: string
}

const service = (given: GivenService): ServiceEntry => ({
  apiToken: undefined,
  url: undefined,
  admin: false,
  command: [],
  display: true,
  info: { contact: 'ada' },
  oauthClientId: undefined,
  oauthRedirectUri: undefined,
  oauthClientAllowedScopes: [],
  oauthNoConfirm: false,
  ...given,
})

const load = (world: PeopleWorld, roles: RoleOptions[], adminUsers: string[] = []): Promise<void> => loadRoles(world, roles, { adminUsers })
const services = (world: PeopleWorld, given: ServiceEntry[]): Promise<void> =>
  loadServices({ database: world.database, clock: world.clock, baseUrl: '/base/' }, given)

async function rolesOf(world: PeopleWorld, name: string): Promise<string[]> {
  const user = await findUser(world.database.db, name)
  return user === null ? [] : (await directRolesOfUser(world.database.db, user.id)).map((held) => held.name)
}

for (const dialect of dialects) {
  suite(`roles and services on ${dialect}`, needsDialect(dialect), () => {
    test('the built-in roles are there, and come back when an override goes', async () => {
      const world = await peopleWorld(dialect)
      await load(world, [role({ name: 'user', scopes: ['self', 'read:hub'] })])
      assert.deepEqual((await findRole(world.database.db, 'user'))?.scopes, ['self', 'read:hub'])
      await load(world, [])
      assert.deepEqual((await findRole(world.database.db, 'user'))?.scopes, ['self'])
      assert.deepEqual(
        (await listRoles(world.database.db)).map((kept) => kept.name),
        ['admin', 'server', 'token', 'user'],
      )
    })

    test('a configured role has exactly the members given, people and groups being made', async () => {
      const world = await peopleWorld(dialect)
      const reader = { name: 'reader', scopes: ['list:users'] }
      await load(world, [role({ ...reader, users: ['Ada', 'bob'], groups: ['staff'] })])
      assert.deepEqual(await rolesOf(world, 'ada'), ['reader', 'user'])
      const staff = await findGroup(world.database.db, 'staff')
      assert.deepEqual((await rolesOfGroup(world.database.db, staff?.id ?? 0))[0]?.name, 'reader')
      await load(world, [role({ ...reader, users: ['bob'] })])
      assert.deepEqual([await rolesOf(world, 'ada'), await rolesOf(world, 'bob')], [['user'], ['reader', 'user']])
      assert.deepEqual(await rolesOfGroup(world.database.db, staff?.id ?? 0), [])
      await load(world, [])
      assert.deepEqual(await rolesOf(world, 'bob'), ['user'])
    })

    test('administrators by list keep their flag when the list goes; by role the list is the last word', async () => {
      const world = await peopleWorld(dialect)
      await world.accounts.create(['old'], true, hubActor)
      await load(world, [], ['Ada'])
      await load(world, [])
      assert.deepEqual(await rolesOf(world, 'ada'), ['admin', 'user'])
      assert.equal((await findUser(world.database.db, 'ada'))?.admin, true)
      await load(world, [role({ name: 'admin', users: ['eve'] })])
      assert.deepEqual(
        [await rolesOf(world, 'ada'), await rolesOf(world, 'old'), await rolesOf(world, 'eve')],
        [['user'], ['user'], ['admin', 'user']],
      )
      assert.equal((await findUser(world.database.db, 'ada'))?.admin, false)
    })

    test('an account that the configuration blocks is shut out at the start, with sessions, tokens and servers', async () => {
      const world = await peopleWorld(dialect)
      const { db } = world.database
      await world.accounts.create(['mallory', 'root1'], true, hubActor)
      const mallory = await findUser(db, 'mallory')
      assert.ok(mallory)
      const { cookieValue } = await world.sessions.open({ userId: mallory.id, address: '', userAgent: '' })
      const { secret } = await world.tokens.issue(mallory, { note: '', expiresInSeconds: null, scopes: [], roles: null }, hubActor)
      const server = await upsertServer(db, { userId: mallory.id, name: '', now: 0 })
      const since = '2026-01-01T00:00:00.000Z'
      await writeIntent(db, server.id, { desired: 'running', state: { kind: 'running', url: 'http://127.0.0.1:1', since } })
      await loadRoles(world, [], { adminUsers: [], blockedUsers: [' Mallory', 'nobody', 'a/b'] })
      assert.deepEqual([await rolesOf(world, 'mallory'), await rolesOf(world, 'root1')], [['user'], ['admin', 'user']])
      assert.equal(await world.tokens.ofSession(cookieValue), null)
      assert.equal(await world.tokens.ofToken(secret), null)
      assert.equal((await findServerById(db, server.id))?.desired, 'stopped')
    })

    test('what is wrong with the roles is said in one sentence each, and nothing changes', async () => {
      const world = await peopleWorld(dialect)
      const wrong = [
        role({ name: 'admin', scopes: ['self'] }),
        role({ name: 'x' }),
        role({ name: 'twice' }),
        role({ name: 'twice' }),
        role({ name: 'unknown', scopes: ['no:such'], users: ['a/b'] }),
      ]
      await assert.rejects(load(world, wrong), (error: Error) => error.message.split('\n').length === 6)
      await assert.rejects(load(world, [role({ name: 'culler', services: ['nobody'] })]), /service nobody/)
      assert.deepEqual(await listRoles(world.database.db), [])
    })

    test('a service has its token, its roles and its client, and loses them with its entry', async () => {
      const world = await peopleWorld(dialect)
      const { db } = world.database
      const culler = service({ name: 'culler', apiToken: 'configured-token', url: 'http://127.0.0.1:9000' })
      await services(world, [culler])
      await services(world, [culler])
      await load(world, [role({ name: 'culling', scopes: ['list:users'], services: ['culler'] })])
      const principal = await world.tokens.ofToken('configured-token')
      assert.deepEqual([principal?.kind, principal?.name, principal?.admin], ['service', 'culler', false])
      assert.ok(principal && formatScopes(principal.scopes).includes('list:users'))
      assert.equal((await findClient(db, 'service-culler'))?.redirectUri, '/base/services/culler/oauth_callback')
      await services(world, [{ ...culler, apiToken: 'another-token', oauthClientId: 'my-client' }])
      assert.equal(await world.tokens.ofToken('configured-token'), null)
      assert.equal(await findClient(db, 'service-culler'), null)
      assert.ok(await findClient(db, 'my-client'))
      await services(world, [])
      assert.equal(await world.tokens.ofToken('another-token'), null)
      assert.deepEqual(await listServices(db), [])
    })

    test('a service that is an administrator has the role', async () => {
      const world = await peopleWorld(dialect)
      await load(world, [])
      await services(world, [service({ name: 'announce', apiToken: 'its-own-token', admin: true })])
      const principal = await world.tokens.ofToken('its-own-token')
      assert.ok(principal?.admin && formatScopes(principal.scopes).includes('admin:users'))
    })

    test('two services cannot share a token', async () => {
      const world = await peopleWorld(dialect)
      const shared = ['one', 'two'].map((name) => service({ name, apiToken: 'the-same-token' }))
      await assert.rejects(services(world, shared), /service two is in use/)
      assert.deepEqual(await listServices(world.database.db), [])
    })
  })
}
