import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { authorizeUrl, browse, callback, errorOf, exchange, jsonObject, newWorld, pkce, post, whoIs, withChallenge } from './dance.ts'

describe('what an authorize request cannot do', () => {
  it('redirect to anywhere but the registered address', async () => {
    const { world, server, login } = await newWorld()
    const tails = ['/../x', '?x', '#', '/', '%2f..', '\\@evil', ' ']
    const foreign = [
      '//evil',
      'http://evil/',
      `${world.origin}${server.redirectUri}`,
      '/user/ALICE/oauth_callback',
      '',
      ...tails.map((tail) => server.redirectUri + tail),
    ]
    for (const uri of foreign) {
      const { status, location, headers } = await browse(authorizeUrl(world, server, { redirect_uri: uri }), login)
      assert.deepEqual([uri, status, location], [uri, 400, null])
      assert.match(headers.get('content-type') ?? '', /text\/html/)
    }
  })

  it('come from a client that is unknown or has no secret', async () => {
    const { world, server, login } = await newWorld()
    for (const clientId of ['', 'nothing', 'jupyterhub', '__proto__'])
      assert.equal((await browse(authorizeUrl(world, server, { client_id: clientId }), login)).status, 400)
  })

  it('ask for another grant, another method or unknown scopes: the client is told', async () => {
    const { world, server, login } = await newWorld()
    const table: readonly (readonly [Record<string, string>, string])[] = [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_type: '' }, 'invalid_request'],
      [{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S512' }, 'invalid_request'],
      [{ scope: 'nothing' }, 'invalid_scope'],
      [{ scope: 'access:servers' }, 'invalid_scope'],
      [{ scope: 'inherit' }, 'invalid_scope'],
      [{ scope: 'admin' }, 'invalid_scope'],
      [{ scope: 'access:servers!server=bob/' }, 'invalid_scope'],
    ]
    for (const [more, error] of table) {
      const { status, location } = await browse(authorizeUrl(world, server, more), login)
      assert.deepEqual([status, location?.searchParams.get('error'), location?.searchParams.get('state')], [302, error, 'st a/te'])
      assert.equal(location?.searchParams.has('code'), false)
    }
  })

  it('leave PKCE out where it is required', async () => {
    const { world, server, login } = await newWorld({ requirePkce: true })
    assert.equal((await browse(authorizeUrl(world, server), login)).location?.searchParams.get('error'), 'invalid_request')
    const proof = await pkce()
    assert.ok((await browse(authorizeUrl(world, server, withChallenge(proof)), login)).location?.searchParams.has('code'))
  })
})

describe('what a token request cannot do', () => {
  it('guess the verifier, leave it out, or send the challenge instead', async () => {
    const { world, server, login } = await newWorld()
    const proof = await pkce()
    const { location } = await browse(authorizeUrl(world, server, withChallenge(proof)), login)
    const answer = callback(world, server, location)
    assert.equal(await errorOf(exchange(world, server, answer, oauth.generateRandomCodeVerifier())), 'invalid_grant')
    assert.equal(await errorOf(exchange(world, server, answer, proof.challenge)), 'invalid_grant')
    assert.equal(await errorOf(exchange(world, server, answer, oauth.nopkce)), 'invalid_request')
    assert.equal(await errorOf(exchange(world, server, answer, proof.verifier, '/evil')), 'invalid_request')
    assert.equal(await errorOf(exchange(world, server, answer, proof.verifier)), 'none')
  })

  it('use a code twice: the second time takes the token of the first time back', async () => {
    const { world, server, login } = await newWorld()
    const { location } = await browse(authorizeUrl(world, server), login)
    const answer = callback(world, server, location)
    const { access_token: token } = await exchange(world, server, answer, oauth.nopkce)
    assert.equal((await whoIs(world, token)).status, 200)
    assert.equal(await errorOf(exchange(world, server, answer, oauth.nopkce)), 'invalid_grant')
    assert.equal((await whoIs(world, token)).status, 403)
  })

  it('win more than one token when it comes ten times at once', async () => {
    const { world, server, login } = await newWorld()
    const { location } = await browse(authorizeUrl(world, server), login)
    const answer = callback(world, server, location)
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => exchange(world, server, answer, oauth.nopkce)))
    assert.ok(results.filter((result) => result.status === 'fulfilled').length <= 1)
  })

  it('use the code of another client, and does not spoil it by trying', async () => {
    const { world, alice, server, login } = await newWorld()
    const lab = await world.startServer(alice, 'lab')
    const { location } = await browse(authorizeUrl(world, server), login)
    const answer = callback(world, server, location)
    assert.equal(await errorOf(exchange(world, lab, answer, oauth.nopkce, server.redirectUri)), 'invalid_grant')
    assert.equal(await errorOf(exchange(world, server, answer, oauth.nopkce)), 'none')
  })

  it('use a code after a minute', async () => {
    const { world, server, login } = await newWorld()
    const { location } = await browse(authorizeUrl(world, server), login)
    world.clock.forward(61_000)
    assert.equal(await errorOf(exchange(world, server, callback(world, server, location), oauth.nopkce)), 'invalid_grant')
  })

  it('prove a client by a wrong secret, or in the header', async () => {
    const { world, server, login } = await newWorld()
    const code = async (): Promise<string> => (await browse(authorizeUrl(world, server), login)).location?.searchParams.get('code') ?? ''
    const fields = { grant_type: 'authorization_code', redirect_uri: server.redirectUri }
    const basic = { authorization: `Basic ${Buffer.from(`${server.clientId}:${server.secret}`).toString('base64')}` }
    const tries = [
      await post(world, { ...fields, code: await code(), client_id: server.clientId, client_secret: 'wrong' }),
      await post(world, { ...fields, code: await code(), client_id: server.clientId }),
      await post(world, { ...fields, code: await code(), client_id: 'nothing', client_secret: server.secret }),
      await post(world, { ...fields, code: await code() }, basic),
    ]
    for (const response of tries) {
      assert.equal(response.status, 401)
      assert.match(response.headers.get('www-authenticate') ?? '', /invalid_client/)
      assert.match(await response.text(), /"error":"invalid_client"/)
    }
  })

  it('be another grant, be without code, come as JSON, or say anything twice', async () => {
    const { world, server } = await newWorld()
    const client = { client_id: server.clientId, client_secret: server.secret }
    const error = async (response: Response): Promise<[number, unknown]> => [
      response.status,
      jsonObject.parse(await response.json())['error'],
    ]
    assert.deepEqual(await error(await post(world, { ...client, code: 'x' })), [400, 'unsupported_grant_type'])
    assert.deepEqual(await error(await post(world, { ...client, code: 'x', grant_type: 'client_credentials' })), [
      400,
      'unsupported_grant_type',
    ])
    assert.deepEqual(await error(await post(world, { ...client, grant_type: 'authorization_code' })), [400, 'invalid_request'])
    assert.deepEqual(await error(await post(world, { ...client, grant_type: 'authorization_code', code: 'x' })), [400, 'invalid_grant'])
    const json = {
      method: 'POST',
      body: JSON.stringify({ grant_type: 'authorization_code' }),
      headers: { 'content-type': 'application/json' },
    }
    assert.deepEqual(await error(await fetch(`${world.origin}/hub/api/oauth2/token`, json)), [400, 'unsupported_grant_type'])
    const twice = { method: 'POST', body: new URLSearchParams('grant_type=authorization_code&code=x&code=y') }
    assert.deepEqual(await error(await fetch(`${world.origin}/hub/api/oauth2/token`, twice)), [400, 'invalid_request'])
  })

  it('come from a page of another origin, unless it has a token of its own', async () => {
    const { world, server } = await newWorld()
    const fields = { grant_type: 'authorization_code', code: 'x', client_id: server.clientId, client_secret: server.secret }
    assert.equal((await post(world, fields, { origin: 'http://evil' })).status, 403)
    assert.equal((await post(world, fields, { authorization: 'token bogus' })).status, 400)
    assert.equal((await post(world, fields, { origin: 'http://x', authorization: `token ${server.secret}` })).status, 400)
  })
})
