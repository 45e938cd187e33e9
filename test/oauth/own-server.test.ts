import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeUrl, browse, callback, exchange, newWorld, ownToken, pkce, post, whoIs, withChallenge } from './dance.ts'

describe("signing in to one's own server", () => {
  it('sends somebody who is not signed in to the login, and back here afterwards', async () => {
    const { world, server } = await newWorld()
    const url = authorizeUrl(world, server)
    const { status, location } = await browse(url, null)
    assert.equal(status, 302)
    assert.equal(location?.pathname, '/hub/login')
    assert.equal(location.searchParams.get('next'), url.slice(world.origin.length))
  })

  it('gives a code without a question, and a token for code and PKCE verifier', async () => {
    const { world, server, login } = await newWorld()
    const proof = await pkce()
    const { status, location } = await browse(authorizeUrl(world, server, withChallenge(proof)), login)
    assert.equal(status, 302)
    const result = await exchange(world, server, callback(world, server, location), proof.verifier)
    assert.match(result.access_token, /^[A-Za-z0-9]{30}$/)
    assert.equal(result.token_type, 'bearer')
    assert.equal(result.expires_in, 1_209_600)
    assert.ok(result.scope?.includes('access:servers!server=alice/'))
  })

  it('works without PKCE, and without redirect_uri', async () => {
    const { world, server, login } = await newWorld()
    await ownToken(world, server, login)
    const query = new URLSearchParams({ client_id: server.clientId, response_type: 'code' })
    const { location } = await browse(`${world.origin}/hub/api/oauth2/authorize?${query.toString()}`, login)
    assert.equal(location?.searchParams.has('state'), false)
    const code = location?.searchParams.get('code') ?? ''
    const response = await post(world, { grant_type: 'authorization_code', code, client_id: server.clientId, client_secret: server.secret })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('pragma'), 'no-cache')
    assert.equal(response.headers.get('content-type'), 'application/json')
  })

  it('gives a token that names its owner, its login and its exact scopes', async () => {
    const { world, server, login } = await newWorld()
    const { status, body } = await whoIs(world, await ownToken(world, server, login))
    assert.equal(status, 200)
    assert.deepEqual(body['scopes'], ['access:servers!server=alice/', 'read:users:groups!user=alice', 'read:users:name!user=alice'])
    assert.equal(body['session_id'], login.sessionId)
    assert.match(String(body['token_id']), /^a\d+$/)
    assert.deepEqual(Object.keys(body).toSorted(), ['admin', 'groups', 'kind', 'name', 'scopes', 'session_id', 'token_id', 'user_info'])
  })

  it("gives the server's own token activity and access, nothing else", async () => {
    const { world, server } = await newWorld()
    const { body } = await whoIs(world, server.secret)
    assert.deepEqual(body['scopes'], [
      'access:servers!server=alice/',
      'read:users:activity!user=alice',
      'read:users:groups!user=alice',
      'read:users:name!user=alice',
      'users:activity!user=alice',
    ])
  })

  it('takes no API token in place of the login', async () => {
    const { world, server } = await newWorld()
    const response = await fetch(authorizeUrl(world, server), { redirect: 'manual', headers: { authorization: `token ${server.secret}` } })
    assert.equal(new URL(response.headers.get('location') ?? '', world.origin).pathname, '/hub/login')
  })
})
