import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { upsertServer } from '../../src/db/servers.ts'
import { deleteClientOfServer, upsertClient } from '../../src/db/oauth.ts'
import { assignRole, upsertRole } from '../../src/db/roles.ts'
import { createToken, findTokenByHash } from '../../src/db/tokens.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { sha256Hex } from '../../src/lib/secrets.ts'
import { createPageWorld } from '../pages/page-world.ts'
import type { PageWorld } from '../pages/page-world.ts'

let world: PageWorld
before(async () => {
  world = await createPageWorld()
})
after(() => world.close())

const login = 'jupyterhub-hub-login'

const openLogin = async (userId: number): Promise<string> =>
  (await world.hub.sessions.open({ userId, address: '192.0.2.1', userAgent: 'test' })).cookieValue

const request = (path: string, cookie: string): Response | Promise<Response> =>
  world.app.request(`http://hub.test${path}`, { headers: { host: 'hub.test', cookie, 'sec-fetch-mode': 'navigate' } })

/** Who the hub takes the sender of these cookies for. */
async function nameFor(cookie: string): Promise<string | null> {
  const response = await request('/hub/api/user', cookie)
  const body: unknown = await response.json()
  return response.status === 200 && body instanceof Object && 'name' in body ? String(body.name) : null
}

test('H35: cookies of two logins are no login at all, whichever comes first', async () => {
  const [mallory, victim] = [await world.addPerson('mallory'), await world.addPerson('victim')]
  const [planted, own] = [await openLogin(mallory), await openLogin(victim)]
  for (const [first, second] of [
    [planted, own],
    [own, planted],
  ]) {
    assert.equal(await nameFor(`${login}=${first}; ${login}=${second}`), null)
    const page = await request('/hub/home', `${login}=${first}; ${login}=${second}`)
    assert.match(page.headers.get('location') ?? '', /^\/hub\/login\?next=/)
  }
  assert.equal(await nameFor(`${login}=nonsense; ${login}=${own}; ${login}=${own}`), 'victim')
  // So many that the true one would not be looked at any more.
  assert.equal(await nameFor([...Array.from({ length: 12 }, () => planted), own].map((value) => `${login}=${value}`).join('; ')), null)
})

test('a token of an OAuth client that is gone is not accepted and does not stay', async () => {
  const { db } = world.database
  const userId = await world.addPerson('stale')
  const server = await upsertServer(db, { userId, name: '', now: 0 })
  const client = {
    id: 'jupyterhub-user-stale',
    secretHash: sha256Hex('secret'),
    redirectUri: '/user/stale/oauth_callback',
    description: '',
  }
  await upsertClient(db, { ...client, allowedScopes: [], serverId: server.id, serviceId: null })
  const secret = systemIds.alphanumeric(30)
  await createToken(db, {
    hash: sha256Hex(secret),
    userId,
    clientId: client.id,
    sessionId: 'x',
    scopes: ['inherit'],
    note: '',
    now: Date.now(),
  })
  const ask = async (): Promise<number> =>
    (await world.app.request('http://hub.test/hub/api/user', { headers: { host: 'hub.test', authorization: `token ${secret}` } })).status
  assert.equal(await ask(), 200)
  await deleteClientOfServer(db, server.id)
  assert.equal(await ask(), 403)
  assert.equal(await findTokenByHash(db, sha256Hex(secret), Date.now()), null)
})

test('somebody who looks after people cannot end the sessions of an administrator', async () => {
  const { db } = world.database
  const [helper, root] = [await world.addPerson('helper'), await world.addPerson('root1', true)]
  const role = await upsertRole(db, { name: 'helpers', description: '', scopes: ['admin-ui', 'admin:users'], builtin: false })
  await assignRole(db, role.id, { userId: helper })
  const cookie = await openLogin(root)
  const visitor = world.visitor()
  await visitor.signIn('helper')
  const refused = await visitor.submit('/hub/admin/people/root1/end-sessions')
  assert.equal(refused.status, 403)
  assert.equal(await nameFor(`${login}=${cookie}`), 'root1')
})
