import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { groupModel, serviceModel, tokenModel, userModel } from './models.ts'
import type { UserFacts } from './models.ts'
import { builtinRoles } from './roles.ts'
import { ownerScopes } from './scopes.ts'
import { serverModel } from './server-model.ts'
import type { ServerFacts } from './server-model.ts'

const addresses = { baseUrl: '/', publicOrigin: null }
const running: ServerFacts = {
  name: '',
  displayName: '',
  state: { kind: 'running', url: 'http://127.0.0.1:9', since: '2026-01-02T03:04:05.678Z' },
  desired: 'running',
  generation: 1,
  handle: { pid: 123 },
  userOptions: { image: 'x' },
  startedAt: '2026-01-02T03:04:05.678Z',
  lastActivityAt: '2026-01-02T03:04:05.000Z',
}
const stopped: ServerFacts = {
  ...running,
  name: 'lab',
  displayName: 'My lab',
  state: { kind: 'stopped' },
  desired: 'stopped',
  handle: null,
}
const alice: UserFacts = {
  name: 'alice',
  admin: false,
  roles: ['user'],
  groups: ['g'],
  createdAt: '2026-01-01T00:00:00.000Z',
  lastActivityAt: null,
  servers: [running, stopped],
}
const scopes = (...texts: string[]) => ownerScopes({ kind: 'user', name: 'reader', groups: [] }, [texts])
const keysIn = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : [])
const keysOf = (...texts: string[]): string[] => Object.keys(userModel(alice, scopes(...texts), addresses) ?? {}).toSorted()

describe('the user model', () => {
  const named = ['admin', 'kind', 'name', 'user_info']
  const whole = [...named, 'created', 'groups', 'last_activity', 'pending', 'roles', 'server'].toSorted()
  const table: readonly (readonly [scopes: string[], keys: string[]])[] = [
    [[], []],
    [['proxy'], []],
    [['read:users!user=bob'], []],
    [['list:users'], named],
    [['read:users:name!user=alice'], named],
    [['read:users:groups!group=g'], ['groups', 'kind', 'name']],
    [['read:users:activity'], ['kind', 'last_activity', 'name']],
    [['read:users'], whole],
    [['read:roles:users'], ['admin', 'kind', 'name', 'roles']],
    [['admin:auth_state'], ['auth_state', 'kind', 'name']],
    [['read:servers'], [...named, 'servers'].toSorted()],
    [['read:servers!server=alice/'], []],
    [['read:servers!server=alice/', 'read:users:name'], [...named, 'servers'].toSorted()],
    [['read:servers!server=bob/', 'read:users:name'], named],
  ]
  for (const [held, keys] of table)
    it(`shows ${keys.join(' ') || 'nothing'} for ${held.join(' ') || 'no scope'}`, () => assert.deepEqual(keysOf(...held), keys))

  it('has the values of the specification', () => {
    const model = userModel(alice, scopes('read:users'), addresses)
    assert.deepEqual(model, {
      kind: 'user',
      name: 'alice',
      admin: false,
      user_info: null,
      roles: ['user'],
      groups: ['g'],
      server: '/user/alice/',
      pending: null,
      created: '2026-01-01T00:00:00Z',
      last_activity: null,
    })
  })

  it('lists active servers, and all of them when asked, the default one always', () => {
    const names = (user: UserFacts, includeStoppedServers: boolean): string[] =>
      keysIn(userModel(user, scopes('read:servers'), { ...addresses, includeStoppedServers })?.['servers'])
    assert.deepEqual(names(alice, false), [''])
    assert.deepEqual(names(alice, true), ['', 'lab'])
    assert.deepEqual(names({ ...alice, servers: [] }, false), [])
    assert.deepEqual(names({ ...alice, servers: [] }, true), [''])
  })

  it('keeps servers with names of object properties apart', () => {
    const odd = {
      ...alice,
      servers: [
        { ...running, name: '__proto__' },
        { ...running, name: 'constructor' },
      ],
    }
    const servers = userModel(odd, scopes('read:servers'), addresses)?.['servers']
    assert.deepEqual(keysIn(servers), ['__proto__', 'constructor'])
  })

  it('shows the real authentication state only where it is given', () => {
    const see = (authState?: { token: string }) =>
      userModel(alice, scopes('admin:auth_state'), authState === undefined ? addresses : { ...addresses, authState })?.['auth_state']
    assert.equal(see(), null)
    assert.deepEqual(see({ token: 'x' }), { token: 'x' })
  })
})

describe('the server model', () => {
  const see = (server: ServerFacts, ...held: string[]) => serverModel(server, alice, scopes(...held), addresses)

  it('has exactly the fields of the specification', () => {
    assert.deepEqual(see(running, 'read:servers'), {
      name: '',
      display_name: '',
      full_name: 'alice/',
      last_activity: '2026-01-02T03:04:05Z',
      started: '2026-01-02T03:04:05.678000Z',
      pending: null,
      ready: true,
      stopped: false,
      url: '/user/alice/',
      user_options: { image: 'x' },
      progress_url: '/hub/api/users/alice/server/progress',
      full_url: null,
      full_progress_url: null,
    })
  })
  it('shows the state of the spawner with its own scope only', () => {
    assert.deepEqual(see(running, 'read:servers', 'admin:server_state')?.['state'], { pid: 123 })
    assert.deepEqual(see(stopped, 'admin:servers')?.['state'], {})
    assert.equal(see({ ...stopped, generation: 0, userOptions: {} }, 'admin:servers')?.['state'], null)
    assert.equal('state' in (see(running, 'read:servers', 'admin:server_state!server=alice/lab') ?? {}), false)
  })
  it('is hidden from those who may not read it', () => {
    assert.equal(see(running, 'read:servers!server=alice/lab'), null)
    assert.equal(see(running, 'read:users'), null)
    assert.notEqual(see(running, 'read:servers!group=g'), null)
  })
  it('is absolute with a public address', () => {
    const model = serverModel(stopped, alice, scopes('read:servers'), { baseUrl: '/pre/', publicOrigin: 'https://hub.example' })
    assert.equal(model?.['full_url'], 'https://hub.example/pre/user/alice/lab/')
    assert.equal(model['full_progress_url'], 'https://hub.example/pre/hub/api/users/alice/servers/lab/progress')
    assert.equal(model['url'], '/pre/user/alice/lab/')
    assert.equal(model['started'], null)
  })
  it('explains a failure', () => {
    const failed: ServerFacts = {
      ...stopped,
      state: { kind: 'failed', at: '2026-01-02T03:04:05.000Z', failure: { code: 'server_exited_early', detail: { exitCode: 3 } } },
    }
    const shown = JSON.stringify(see(failed, 'read:servers')?.['failure'])
    assert.match(shown, /"code":"server_exited_early"/)
    assert.match(shown, /exit code 3/)
  })

  const since = '2026-01-02T03:04:05.000Z'
  const states: readonly (readonly [Pick<ServerFacts, 'state' | 'desired'>, flags: object])[] = [
    [
      { state: { kind: 'stopped' }, desired: 'stopped' },
      { pending: null, ready: false, stopped: true },
    ],
    [
      { state: { kind: 'starting', phase: 'queued', since }, desired: 'running' },
      { pending: 'spawn', ready: false, stopped: false },
    ],
    [
      { state: { kind: 'starting', phase: 'booting', since }, desired: 'stopped' },
      { pending: 'stop', ready: false, stopped: false },
    ],
    [
      { state: { kind: 'running', url: 'http://x', since }, desired: 'running' },
      { pending: null, ready: true, stopped: false },
    ],
    [
      { state: { kind: 'running', url: 'http://x', since }, desired: 'stopped' },
      { pending: 'stop', ready: false, stopped: false },
    ],
    [
      { state: { kind: 'stopping', since, failure: null }, desired: 'stopped' },
      { pending: 'stop', ready: false, stopped: false },
    ],
    [
      { state: { kind: 'failed', failure: { code: 'server_died', detail: {} }, at: since }, desired: 'stopped' },
      { pending: null, ready: false, stopped: true },
    ],
  ]
  for (const [state, flags] of states) {
    it(`of ${state.state.kind}, wanted ${state.desired}, says ${JSON.stringify(flags)}`, () => {
      assert.partialDeepStrictEqual(see({ ...running, ...state }, 'read:servers'), flags)
    })
  }
})

describe('the other models', () => {
  const admin = ownerScopes({ kind: 'user', name: 'root1', groups: [] }, [builtinRoles.admin.scopes])
  const group = { name: 'g', users: ['alice'], properties: {}, roles: [] }
  const service = { name: 's', admin: false, roles: [], url: 'http://127.0.0.1:1', command: [], pid: 0, info: {}, display: true }

  it('of a group show what the scopes say', () => {
    assert.deepEqual(groupModel(group, admin), { kind: 'group', name: 'g', users: ['alice'], properties: {}, roles: [] })
    assert.deepEqual(groupModel(group, scopes('read:groups:name!group=g')), { kind: 'group', name: 'g' })
    assert.equal(groupModel(group, scopes('read:groups!group=h')), null)
  })
  it('of a service show what the scopes say', () => {
    assert.deepEqual(serviceModel(service, scopes('list:services'), '/'), { kind: 'service', name: 's', admin: false })
    assert.equal(serviceModel(service, admin, '/pre/')?.['prefix'], '/pre/services/s/')
    assert.equal(serviceModel({ ...service, url: null }, admin, '/')?.['prefix'], '')
    assert.equal(serviceModel(service, scopes('read:services!service=t'), '/'), null)
  })
  it('of a token name the owner under their kind', () => {
    const facts = {
      id: 7,
      scopes: ['proxy'],
      note: '',
      createdAt: '2026-01-01T00:00:00.000Z',
      lastActivityAt: null,
      expiresAt: null,
      sessionId: null,
      oauthClient: 'JupyterHub',
    }
    const model = tokenModel({ ...facts, owner: { kind: 'service', name: 's' } })
    assert.equal(model['service'], 's')
    assert.equal('user' in model, false)
    assert.deepEqual([model['id'], model['kind'], model['roles']], ['a7', 'api_token', []])
  })
})
