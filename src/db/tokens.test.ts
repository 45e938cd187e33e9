import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, freshDatabase, needsDialect } from '../../test/support/databases.ts'
import { appendAudit, listAudit } from './audit.ts'
import type { Db } from './database.ts'
import { consumeCode, createCode, deleteClientOfServer, findClient, findCode, upsertClient } from './oauth.ts'
import { consumeRate, peekRate, purgeRates, resetRate } from './rate-limits.ts'
import { upsertServer } from './servers.ts'
import { createSession, findSession, purgeSessions } from './sessions.ts'
import { setSettingIfAbsent } from './settings.ts'
import {
  createToken,
  deleteServerTokens,
  deleteSessionTokens,
  deleteTokensOfClient,
  findTokenByHash,
  purgeExpired,
  tokensOfUser,
  touchToken,
} from './tokens.ts'
import { createUser } from './users.ts'

const now = Date.UTC(2026, 0, 2)
const iso = (at: number): string => new Date(at).toISOString()

async function addUser(db: Db, name = 'alice'): Promise<number> {
  const user = await createUser(db, { name, now })
  assert.ok(user)
  return user.id
}

for (const dialect of dialects) {
  suite(`tokens, codes, counters on ${dialect}`, needsDialect(dialect), () => {
    test('a token is found by its hash until its time is over', async () => {
      const { db } = await freshDatabase(dialect)
      const userId = await addUser(db)
      const token = await createToken(db, { hash: 'h', userId, scopes: ['self', 'list:users'], note: 'n', now, expiresAt: iso(now + 1000) })
      assert.deepEqual(token?.scopes, ['self', 'list:users'])
      assert.deepEqual(await findTokenByHash(db, 'h', now + 1000), token)
      assert.equal(await findTokenByHash(db, 'h', now + 1001), null)
      assert.equal(await createToken(db, { hash: 'h', userId, scopes: [], note: '', now }), null)
      assert.equal(await purgeExpired(db, now + 1001), 1)
    })

    test('tokens end with their server, their session or their client, and no others', async () => {
      const { db } = await freshDatabase(dialect)
      const [userId, other] = [await addUser(db), await addUser(db, 'bob')]
      const server = await upsertServer(db, { userId, name: '', now })
      const base = { scopes: [], note: '', now }
      await createToken(db, { ...base, hash: 'plain', userId })
      await createToken(db, { ...base, hash: 'server', userId, serverId: server.id })
      await createToken(db, { ...base, hash: 'here', userId, clientId: 'c', sessionId: 's1' })
      await createToken(db, { ...base, hash: 'there', userId, clientId: 'c', sessionId: 's2' })
      await createToken(db, { ...base, hash: 'others', userId: other, clientId: 'c', sessionId: 's1' })
      assert.equal(await deleteServerTokens(db, server.id), 1)
      assert.equal(await deleteSessionTokens(db, userId, 's1'), 1)
      assert.equal(await deleteTokensOfClient(db, 'c', userId), 1)
      assert.equal((await tokensOfUser(db, userId)).length, 1)
      assert.equal((await tokensOfUser(db, other)).length, 1)
      assert.equal(await deleteTokensOfClient(db, 'c'), 1)
    })

    test('tokens are listed with the one unused for longest first', async () => {
      const { db } = await freshDatabase(dialect)
      const userId = await addUser(db)
      const ids: number[] = []
      for (const hash of ['a', 'b', 'c']) ids.push((await createToken(db, { hash, userId, scopes: [], note: hash, now }))?.id ?? 0)
      await touchToken(db, ids[0] ?? 0, now + 5000, 0)
      assert.equal(await touchToken(db, ids[0] ?? 0, now + 6000, 30_000), false)
      assert.deepEqual(
        (await tokensOfUser(db, userId)).map((token) => token.note),
        ['b', 'c', 'a'],
      )
    })

    test('a code is redeemed by one of many, and a client goes with its server', async () => {
      const { db } = await freshDatabase(dialect)
      const userId = await addUser(db)
      const server = await upsertServer(db, { userId, name: '', now })
      const client = {
        id: 'c',
        secretHash: 'x',
        redirectUri: '/cb',
        description: 'd',
        allowedScopes: ['a'],
        serverId: server.id,
        serviceId: null,
      }
      await upsertClient(db, client)
      await upsertClient(db, { ...client, redirectUri: '/cb2' })
      assert.deepEqual(await findClient(db, 'c'), { ...client, redirectUri: '/cb2' })
      const code = {
        clientId: 'c',
        userId,
        sessionId: 's',
        redirectUri: null,
        scopes: [],
        challenge: null,
        challengeMethod: null,
        expiresAt: iso(now),
      }
      await createCode(db, { ...code, codeHash: 'k' })
      const redeemed = await Promise.all([1, 2, 3, 4].map(() => consumeCode(db, 'k')))
      assert.equal(redeemed.filter((found) => found !== null).length, 1)
      await createCode(db, { ...code, codeHash: 'k2' })
      await deleteClientOfServer(db, server.id)
      assert.equal(await findCode(db, 'k2'), null)
    })

    test('a session is found while neither its age nor its rest is over', async () => {
      const { db } = await freshDatabase(dialect)
      const userId = await addUser(db)
      const session = { userId, sessionId: 's', now, expiresAt: iso(now + 1000), address: '::1', userAgent: 'x' }
      await createSession(db, { ...session, hash: 'h' })
      assert.ok(await findSession(db, 'h', now + 1000, now))
      assert.equal(await findSession(db, 'h', now + 1001, now), null)
      assert.equal(await findSession(db, 'h', now, now + 1), null)
      assert.deepEqual(await purgeSessions(db, now + 1001, 0), [{ userId, sessionId: 's' }])
    })

    test('a counter lets so many through in a window, however they come', async () => {
      const { db } = await freshDatabase(dialect)
      const ask = { bucket: 'b', limit: 3, windowMs: 1000, now }
      const verdicts = await Promise.all([1, 2, 3, 4, 5].map(() => consumeRate(db, ask)))
      assert.equal(verdicts.filter((verdict) => verdict.allowed).length, 3)
      assert.deepEqual(await peekRate(db, { ...ask, now: now + 400 }), { allowed: false, retryAfterMs: 600 })
      assert.equal((await consumeRate(db, { ...ask, now: now + 1000 })).allowed, true)
      assert.equal((await peekRate(db, { ...ask, now: now + 1000 })).allowed, true)
      await resetRate(db, 'b')
      assert.equal(await purgeRates(db, now + 99_999), 0)
    })

    test('of two hubs that choose a value at once both get the same', async () => {
      const { db } = await freshDatabase(dialect)
      const values = await Promise.all(['1', '2', '3'].map((value) => setSettingIfAbsent(db, 'port', value)))
      assert.equal(new Set(values).size, 1)
    })

    test('the audit log is read from the newest backwards', async () => {
      const { db } = await freshDatabase(dialect)
      for (const target of ['a', 'b', 'a']) await appendAudit(db, { actor: 'hub', action: 'user.create', target, detail: { n: 1 }, now })
      const [newest] = await listAudit(db, { limit: 1 })
      assert.ok(newest)
      assert.equal((await listAudit(db, { limit: 9, beforeId: newest.id })).length, 2)
      assert.equal((await listAudit(db, { limit: 9, target: 'a' })).length, 2)
    })
  })
}
