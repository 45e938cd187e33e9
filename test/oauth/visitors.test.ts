import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { unassignRole } from '../../src/db/roles.ts'
import type { User } from '../../src/db/users.ts'
import { agree, authorizeUrl, browse, callback, exchange, jsonObject, newWorld, post, whoIs } from './dance.ts'
import type { OAuthWorld } from './oauth-world.ts'

describe("somebody else's server", () => {
  async function visit(grantBob: (world: OAuthWorld, bob: User) => Promise<unknown>) {
    const found = await newWorld()
    const bob = await found.world.addUser('bob')
    await grantBob(found.world, bob)
    return { ...found, bob, bobLogin: await found.world.signIn(bob) }
  }

  it('is closed to those without access, for GET and for POST', async () => {
    const { world, server, bobLogin } = await visit(async () => {})
    const url = authorizeUrl(world, server)
    for (const reply of [await browse(url, bobLogin), await agree(url, bobLogin, ['access:servers!server=alice/'])]) {
      assert.deepEqual([reply.status, reply.location], [403, null])
      assert.match(reply.headers.get('content-type') ?? '', /text\/html/)
    }
  })

  const grants: readonly (readonly [string, string])[] = [
    ['everything', 'access:servers'],
    ['the user', 'access:servers!user=alice'],
    ['the server', 'access:servers!server=alice/'],
  ]
  for (const [what, scope] of grants) {
    it(`asks first and then opens to those with access to ${what}`, async () => {
      const { world, server, bobLogin } = await visit((w, bob) => w.grant(bob, scope))
      const url = authorizeUrl(world, server)
      const question = await browse(url, bobLogin)
      assert.equal(question.status, 200)
      assert.match(question.text, /"onlyIdentify":true/)
      assert.match(question.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      const { location } = await agree(url, bobLogin, ['access:servers!server=alice/'])
      const { access_token: token } = await exchange(world, server, callback(world, server, location), oauth.nopkce)
      const { body } = await whoIs(world, token)
      assert.equal(body['name'], 'bob')
      assert.deepEqual(body['scopes'], ['access:servers!server=alice/', 'read:users:groups!user=bob', 'read:users:name!user=bob'])
    })
  }

  it('opens by a group that its owner is in', async () => {
    const { world } = await newWorld()
    const dora = await world.addUser('dora', ['class'])
    const server = await world.startServer(dora)
    const teacher = await world.addUser('teacher')
    await world.grant(teacher, 'access:servers!group=class')
    const login = await world.signIn(teacher)
    const { location } = await agree(authorizeUrl(world, server), login, [])
    const { access_token: token } = await exchange(world, server, callback(world, server, location), oauth.nopkce)
    assert.ok((await whoIs(world, token)).body['scopes']?.toString().includes('access:servers!server=dora/'))
  })

  it('closes as soon as the access is taken away', async () => {
    const roles: number[] = []
    const { world, server, bob, bobLogin } = await visit(async (w, person) =>
      roles.push(await w.grant(person, 'access:servers!user=alice')),
    )
    const { location } = await agree(authorizeUrl(world, server), bobLogin, [])
    const { access_token: token } = await exchange(world, server, callback(world, server, location), oauth.nopkce)
    for (const role of roles) await unassignRole(world.database.db, role, { userId: bob.id })
    assert.deepEqual((await whoIs(world, token)).body['scopes'], ['read:users:groups!user=bob', 'read:users:name!user=bob'])
  })

  it('needs the XSRF token to agree', async () => {
    const { world, server, bobLogin } = await visit((w, bob) => w.grant(bob, 'access:servers'))
    const url = authorizeUrl(world, server)
    assert.equal((await browse(url, bobLogin, new URLSearchParams({ scopes: 'x' }))).status, 403)
    assert.equal((await browse(url, bobLogin, new URLSearchParams({ _xsrf: 'wrong' }))).status, 403)
    assert.equal((await browse(url, null, new URLSearchParams({ _xsrf: 'wrong' }))).status, 403)
  })

  it('is asked for once: a token that covers it all makes the question needless, until logout', async () => {
    const { world, server, bobLogin, bob } = await visit((w, person) => w.grant(person, 'access:servers'))
    const url = authorizeUrl(world, server)
    const { location } = await agree(url, bobLogin, [])
    await exchange(world, server, callback(world, server, location), oauth.nopkce)
    assert.equal((await browse(url, bobLogin)).status, 302)
    await world.sessions.end(bobLogin.loginId)
    assert.equal((await browse(url, await world.signIn(bob))).status, 200)
  })
})

describe('scopes that a client asks for', () => {
  it('are narrowed to what the person has, shown, and given as agreed', async () => {
    const { world, alice } = await newWorld()
    const lab = await world.startServer(alice, 'lab', ['read:users!user', 'servers!user', 'proxy'])
    const bob = await world.addUser('bob')
    await world.grant(bob, 'access:servers')
    const login = await world.signIn(bob)
    const url = authorizeUrl(world, lab, { scope: 'read:users!user proxy' })
    const question = await browse(url, login)
    assert.match(question.text, /"onlyIdentify":false/)
    assert.doesNotMatch(question.text, /proxy|servers!user/)
    const { location } = await agree(url, login, ['read:users!user', 'proxy', 'access:servers!server=alice/lab'])
    const result = await exchange(world, lab, callback(world, lab, location), oauth.nopkce)
    assert.deepEqual(result.scope?.split(' ').toSorted(), [
      'access:servers!server=alice/lab',
      'read:users!user',
      'read:users:groups!user',
      'read:users:name!user',
    ])
    assert.equal((await browse(authorizeUrl(world, lab, { scope: 'servers!user' }), login)).status, 200)
  })

  it('cannot be raised by the form', async () => {
    const { world, alice } = await newWorld()
    const lab = await world.startServer(alice, 'lab', ['servers!user'])
    const bob = await world.addUser('bob')
    await world.grant(bob, 'access:servers')
    const login = await world.signIn(bob)
    const url = authorizeUrl(world, lab, { scope: 'identify' })
    const beyond = await agree(url, login, ['tokens!user'])
    assert.equal(beyond.location?.searchParams.get('error'), 'invalid_scope')
    const { location } = await agree(url, login, ['servers!user'])
    const result = await exchange(world, lab, callback(world, lab, location), oauth.nopkce)
    assert.ok(!result.scope?.includes('servers!user '))
  })
})

describe('a service', () => {
  const foreign = 'https://service.example/oauth_callback?from=hub'

  it('is closed to those without access to it', async () => {
    const { world, login } = await newWorld()
    const service = await world.addService('board', '/services/board/oauth_callback')
    assert.equal((await browse(authorizeUrl(world, service), login)).status, 403)
  })

  it('asks, lets the form go where the answer goes, and gets a token that opens it', async () => {
    const { world, alice, login } = await newWorld()
    await world.grant(alice, 'access:services!service=board')
    const service = await world.addService('board', foreign)
    const url = authorizeUrl(world, service)
    const question = await browse(url, login)
    assert.equal(question.status, 200)
    assert.match(question.headers.get('content-security-policy') ?? '', /form-action 'self' https:\/\/service\.example;/)
    assert.match(question.text, /"destination":"service\.example"/)
    const { location } = await agree(url, login, [])
    assert.equal(location?.origin, 'https://service.example')
    assert.equal(location.searchParams.get('from'), 'hub')
    const answer = new URLSearchParams({
      code: location.searchParams.get('code') ?? '',
      client_id: service.clientId,
      client_secret: service.secret,
    })
    answer.set('grant_type', 'authorization_code')
    answer.set('redirect_uri', foreign)
    const response = await post(world, Object.fromEntries(answer))
    const { access_token: token } = jsonObject.parse(await response.json())
    const { body } = await whoIs(world, String(token))
    assert.deepEqual(body['scopes'], ['access:services!service=board', 'read:users:groups!user=alice', 'read:users:name!user=alice'])
  })

  it('that the operator trusts does not ask', async () => {
    const { world, alice, login } = await newWorld()
    await world.grant(alice, 'access:services')
    const service = await world.addService('trusted', '/services/trusted/oauth_callback')
    assert.ok((await browse(authorizeUrl(world, service), login)).location?.searchParams.has('code'))
  })
})
