import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { z } from 'zod'
import { oauthClientId, objectSlug, serverPath } from '../../src/core/names.ts'
import { listServers } from '../../src/db/servers.ts'
import { listUsers } from '../../src/db/users.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { codeOf, tokenOf, userOf } from './callers.ts'
import type { Caller, Seen } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

/** Names that must never become an account, a row or a folder, by any door. Those of dots have a test of their own: a URL cannot carry them. */
const hostile = [
  '../root1',
  'a/b',
  'a\\b',
  '/',
  '//evil',
  '\u0000',
  'a\u0000b',
  'a\nb',
  'a\r\nSet-Cookie: x=y',
  'a\u007f',
  'a\u0085',
  '__proto__',
  '__defineGetter__',
  ' alice',
  'alice ',
  ' ',
  '🙂',
  'alice🙂',
  'al\u200bice',
  'al\u202eice',
  '\ufeffalice',
  'al\u2028ice',
  'mar\u212a',
  '\uff41lice',
  '-rf',
  '--uid=0',
  '$(id)',
  'a;reboot',
  '`id`',
  "' or 1=1 --",
  '<img src=x onerror=alert(1)>',
  'alice!user=bob',
  'x=y',
  '%',
  'a%2fb',
  'é'.repeat(128),
  'a'.repeat(256),
  'a'.repeat(300),
] as const

const names = z.array(z.object({ name: z.string() }))
const namesIn = (seen: Seen): string[] => names.parse(seen.body).map(({ name }) => name)

/** Sends a request target as it is written, over a socket, as the administrator. */
async function rawSender(world: HubWorld): Promise<(method: string, target: string) => Promise<number>> {
  const answer = getRequestListener(world.app.fetch)
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const admin = await userOf(world, 'root1')
  const { secret } = await world.hub.tokens.issue(admin, { note: '', expiresInSeconds: null, scopes: ['inherit'], roles: null }, hubActor)
  return async (method, path) => {
    const answered = Promise.withResolvers<IncomingMessage>()
    const sent = request({ port, host: '127.0.0.1', method, path, agent: false, headers: { authorization: `token ${secret}` } })
    sent.once('response', answered.resolve).once('error', answered.reject).end()
    const reply = await answered.promise
    reply.resume()
    return reply.statusCode ?? 0
  }
}

describe('hostile names', () => {
  const at: { world?: HubWorld; admin?: Caller; alice?: Caller } = {}
  const world = (): HubWorld => at.world ?? assert.fail()
  const admin: Caller = (...call) => (at.admin ?? assert.fail())(...call)
  const alice: Caller = (...call) => (at.alice ?? assert.fail())(...call)
  const rows = async (): Promise<readonly [string[], number]> => {
    const { items } = await listUsers(world().database.db)
    const servers = await listServers(world().database.db)
    return [items.map((user) => user.name).toSorted(), servers.length]
  }
  before(async () => {
    at.world = await createHubWorld()
    at.admin = await tokenOf(at.world, 'root1', ['inherit'], { admin: true })
    at.alice = await tokenOf(at.world, 'alice')
    for (const name of ['bob', 'mark', 'jos\u00e9']) await userOf(at.world, name)
  })
  after(() => at.world?.close())

  for (const name of hostile) {
    it(`${JSON.stringify(name).slice(0, 40)} makes no user and no server, by any door`, async () => {
      const earlier = await rows()
      const path = encodeURIComponent(name)
      const seen: readonly (readonly [Seen, readonly number[]])[] = [
        [await admin('POST', '/users', { usernames: [name] }), [400]],
        [await admin('POST', '/users', { usernames: ['fresh', name] }), [400]],
        [await admin('POST', `/users/${path}`), [400, 404]],
        [await admin('PATCH', '/users/bob', { name }), [400]],
        [await admin('GET', `/users/${path}`), [404]],
        [await admin('DELETE', `/users/${path}`), [404]],
        [await admin('POST', `/users/${path}/server`), [404]],
        [await admin('POST', `/users/${path}/tokens`), [403, 404]],
        [await alice('GET', `/users/${path}`), [404]],
        [await alice('POST', `/users/alice/servers/${path}`), [400, 404]],
        [await alice('PUT', `/users/alice/servers/${path}`), [400, 404]],
        [await alice('POST', '/users/alice/tokens', { scopes: [`read:users!user=${name}`] }), [400]],
        [await alice('POST', '/users/alice/tokens', { scopes: [name] }), [400]],
        [await alice('POST', '/users/alice/tokens', { roles: [name] }), [400]],
        [await alice('POST', '/users/alice/activity', { servers: { [`x${name}`]: { last_activity: '2026-01-01' } } }), [400]],
      ]
      for (const [{ status, text }, expected] of seen) {
        assert.ok(expected.includes(status), `${status} ${text}`)
        assert.ok(text.length < 4000, `a reply of ${text.length} characters`)
      }
      assert.deepEqual(await rows(), earlier)
    })
  }

  it('names of dots reach nobody, sent as they are', async () => {
    const earlier = await rows()
    for (const name of ['.', '..']) assert.equal((await admin('POST', '/users', { usernames: [name] })).status, 400)
    const send = await rawSender(world())
    for (const path of ['%2e%2e', '%2E', '..', '.', '%2e%2e%2fbob', '..%2fbob']) {
      assert.equal(await send('POST', `/hub/api/users/${path}`), 400, path)
      assert.equal(await send('GET', `/hub/api/users/${path}`), 404, path)
      assert.equal(await send('POST', `/hub/api/users/${path}/server`), 404, path)
      assert.equal(await send('PUT', `/hub/api/users/root1/servers/${path}`), 400, path)
    }
    for (const path of [
      '/hub/./api/users',
      '/hub%2fapi/users',
      '/HUB/api/users',
      '/hub/api//users',
      '/hub/api/users/',
      '/hub/api/../api/users',
    ]) {
      assert.notEqual(await send('GET', path), 200, path)
    }
    assert.deepEqual(await rows(), earlier)
  })

  it('twins by case and by normalisation are one account', async () => {
    const earlier = await rows()
    for (const twin of ['ALICE', 'Alice', 'jose\u0301', 'JOSE\u0301', 'JOS\u00c9']) {
      assert.equal((await admin('POST', '/users', { usernames: [twin] })).status, 409, twin)
      assert.equal((await admin('POST', `/users/${encodeURIComponent(twin)}`)).status, 409, twin)
    }
    assert.deepEqual(await rows(), earlier)
    assert.deepEqual((await admin('GET', '/users/JOSE%CC%81')).body, (await admin('GET', '/users/jos%C3%A9')).body)
  })

  it('malformed percent-encoding is a 400, and an encoded slash stays within its part', async () => {
    for (const path of ['/users/%', '/users/%zz', '/users/%ff%fe', '/users/%c0%ae'])
      assert.equal((await admin('GET', path)).status, 400, path)
    assert.equal((await admin('GET', '/users/alice%2Fserver')).status, 404)
    assert.equal((await alice('GET', '/users/alice%2F..%2Fbob')).status, 404)
  })

  it('names of object properties are ordinary names', async () => {
    for (const name of ['constructor', 'tostring', 'hasownproperty', 'valueof', 'prototype']) {
      assert.equal((await admin('POST', `/users/${name}`)).status, 201)
      const owner = await tokenOf(world(), name)
      assert.equal((await owner('PUT', `/users/${name}/servers/constructor`)).status, 201)
      const { body } = await owner('GET', `/users/${name}?include_stopped_servers`)
      const { servers } = z.object({ servers: z.record(z.string(), z.object({ name: z.string() })) }).parse(body)
      assert.deepEqual(Object.keys(servers).toSorted(), ['', 'constructor'])
      assert.equal((await owner('GET', '/users/alice')).status, 404)
      assert.ok(namesIn(await admin('GET', '/users')).includes(name))
      assert.equal((await admin('DELETE', `/users/${name}`)).status, 204)
    }
  })

  it('keys that are no fields change nothing', async () => {
    const bodies = [
      '{"groups":["g"]}',
      '{"roles":["admin"]}',
      '{"id":1}',
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
    ]
    for (const body of bodies) assert.equal((await admin('PATCH', '/users/alice', body)).status, 400, body)
    const { admin: flag } = z.object({ admin: z.boolean() }).parse((await admin('GET', '/users/alice')).body)
    assert.equal(flag, false)
    assert.equal('admin' in {}, false)
  })

  it('users and servers that separators could confuse keep their own client, path, folder and rights', async () => {
    const users = ['a', 'a-b', 'a--b', 'a.b', 'a_b', 'alice-bob']
    const servers = ['', 'b', 'b-c', 'c', 'bob']
    for (const name of users) {
      const owner = await tokenOf(world(), name)
      for (const server of servers.slice(1)) assert.equal((await owner('PUT', `/users/${name}/servers/${server}`)).status, 201)
      for (const other of users.filter((user) => user !== name)) assert.equal((await owner('GET', `/users/${other}/servers/b`)).status, 404)
    }
    const pairs = users.flatMap((user) => servers.map((server) => [user, server] as const))
    for (const identify of [oauthClientId, objectSlug, (user: string, server: string) => serverPath('/', user, server)]) {
      assert.equal(new Set(pairs.map(([user, server]) => identify(user, server))).size, pairs.length)
    }
  })
})

describe('tokens that spell more than they may', () => {
  const at: { world?: HubWorld } = {}
  const world = (): HubWorld => at.world ?? assert.fail()
  before(async () => {
    at.world = await createHubWorld()
    for (const name of ['alice', 'bob']) await userOf(at.world, name)
  })
  after(() => at.world?.close())

  const spellings = [
    'read:users!user=alice',
    'read:users!user=alice/x',
    'read:users!user=alice!user=bob',
    'read:users!user=*',
    'read:users!server=bob/',
    'read:users!user=',
    'read:users!',
    '*',
    'read:users!user=bob',
  ]
  for (const scope of spellings) {
    it(`${scope} of alice opens nothing of bob`, async () => {
      const caller = await tokenOf(world(), 'alice', [scope])
      const calls = [
        ['GET', '/users/bob'],
        ['PATCH', '/users/bob', { name: 'x' }],
        ['DELETE', '/users/bob'],
        ['POST', '/users/bob/activity', { last_activity: '2026-01-01' }],
        ['GET', '/users/bob/server'],
        ['POST', '/users/bob/server'],
        ['DELETE', '/users/bob/server'],
        ['GET', '/users/bob/server/progress'],
        ['GET', '/users/bob/tokens'],
        ['POST', '/users/bob/tokens'],
        ['GET', '/users'],
        ['GET', '/info'],
      ] as const
      for (const [method, path, body] of calls) {
        const { status, text } = await caller(method, path, body)
        assert.ok(status === 403 || status === 404, `${method} ${path}: ${status}`)
        assert.doesNotMatch(text, /last_activity/)
      }
    })
  }

  it("a server's own token reports activity and reads its owner's name; nothing else", async () => {
    const caller = await tokenOf(world(), 'alice', ['users:activity!user', 'access:servers!server=alice/'])
    assert.equal((await caller('POST', '/users/alice/activity', { last_activity: '2026-01-01T00:00:00Z' })).status, 200)
    for (const last_activity of ['9999-01-01', '-1', 'soon', '1e400', '', null, 0]) {
      assert.equal((await caller('POST', '/users/alice/activity', { last_activity })).status, 400, `${last_activity}`)
    }
    assert.equal((await caller('POST', '/users/bob/activity', { last_activity: '2026-01-01' })).status, 404)
    assert.equal((await caller('GET', '/users/bob')).status, 404)
    assert.equal((await caller('POST', '/users/alice/server')).status, 403)
    assert.equal((await caller('DELETE', '/users/alice/server')).status, 403)
    assert.equal((await caller('POST', '/users/alice/tokens')).status, 403)
    assert.equal(codeOf(await caller('GET', '/users')), 'scope_missing')
  })

  it('is not issued: what exceeds the owner is refused at once', async () => {
    const alice = await tokenOf(world(), 'alice')
    for (const scope of ['admin:users', 'read:users', 'read:users!user=bob', 'servers!group=g', 'access:servers', 'admin-ui']) {
      assert.equal(codeOf(await alice('POST', '/users/alice/tokens', { scopes: [scope] })), 'scope_exceeds_owner', scope)
    }
    for (const scope of ['', 'all', 'users!group', 'read:users!server=alice', 'custom:x:y', 'self!user=bob', 'inherit!user=bob']) {
      assert.equal(codeOf(await alice('POST', '/users/alice/tokens', { scopes: [scope] })), 'scope_unknown', scope)
    }
  })
})
