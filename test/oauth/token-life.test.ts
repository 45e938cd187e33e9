import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { deleteClientOfServer } from '../../src/db/oauth.ts'
import { findServer } from '../../src/db/servers.ts'
import { deleteTokensOfClient } from '../../src/db/tokens.ts'
import { updateUser } from '../../src/db/users.ts'
import { authorizeUrl, browse, callback, errorOf, exchange, newWorld, ownToken, whoIs } from './dance.ts'

describe('the end of tokens', () => {
  it('comes with the logout of the browser, for tokens of this login only', async () => {
    const { world, alice, server, login } = await newWorld()
    const other = await world.signIn(alice)
    const [mine, theirs] = [await ownToken(world, server, login), await ownToken(world, server, other)]
    await world.sessions.end(login.loginId)
    assert.deepEqual(
      [(await whoIs(world, mine)).status, (await whoIs(world, theirs)).status, (await whoIs(world, server.secret)).status],
      [403, 200, 200],
    )
  })

  it('comes for codes of the login as well', async () => {
    const { world, server, login } = await newWorld()
    const { location } = await browse(authorizeUrl(world, server), login)
    await world.sessions.end(login.loginId)
    assert.equal(await errorOf(exchange(world, server, callback(world, server, location), oauth.nopkce)), 'invalid_grant')
  })

  it('comes for codes of an account that was blocked', async () => {
    const { world, alice, server, login } = await newWorld()
    const { location } = await browse(authorizeUrl(world, server), login)
    await updateUser(world.database.db, alice.id, { status: 'blocked' })
    assert.equal(await errorOf(exchange(world, server, callback(world, server, location), oauth.nopkce)), 'invalid_grant')
  })

  it('comes when the server stops, and a new start is a new client secret', async () => {
    const { world, alice, server, login } = await newWorld()
    const token = await ownToken(world, server, login)
    const { location } = await browse(authorizeUrl(world, server), login)
    const row = await findServer(world.database.db, alice.id, '')
    await deleteTokensOfClient(world.database.db, server.clientId)
    await deleteClientOfServer(world.database.db, row?.id ?? 0)
    assert.equal((await whoIs(world, token)).status, 403)
    const again = await world.startServer(alice)
    assert.equal(again.clientId, server.clientId)
    assert.equal((await whoIs(world, token)).status, 403)
    assert.equal(await errorOf(exchange(world, again, callback(world, again, location), oauth.nopkce)), 'invalid_grant')
    assert.equal(await errorOf(exchange(world, server, callback(world, server, location), oauth.nopkce)), 'challenge')
    await ownToken(world, again, login)
  })

  it('comes with time', async () => {
    const { world, server, login } = await newWorld()
    world.clock.forward(-14 * 86_400_000 - 1000)
    assert.equal((await whoIs(world, await ownToken(world, server, login))).status, 403)
  })
})
