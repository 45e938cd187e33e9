import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorizeUrl, browse } from '../oauth/dance.ts'
import { createOAuthWorld } from '../oauth/oauth-world.ts'

test('H40: agreeing without the right XSRF token is refused with a page for people, and no code', async () => {
  const world = await createOAuthWorld()
  const [owner, guest] = [await world.addUser('owner'), await world.addUser('guest')]
  await world.grant(guest, 'access:servers!user=owner')
  const server = await world.startServer(owner)
  const login = await world.signIn(guest)
  const other = await world.signIn(owner)
  for (const xsrf of ['', 'nonsense', other.xsrf]) {
    const form = new URLSearchParams([
      ['_xsrf', xsrf],
      ['scopes', 'access:servers!server=owner/'],
    ])
    const { status, location, headers, text } = await browse(authorizeUrl(world, server), login, form)
    assert.deepEqual([status, location], [403, null])
    assert.match(headers.get('content-type') ?? '', /^text\/html/, text)
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(headers.get('x-frame-options'), 'DENY')
  }
})
