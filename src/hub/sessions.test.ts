import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peopleWorld, withCode } from '../../test/support/people-world.ts'
import type { PeopleWorld } from '../../test/support/people-world.ts'
import { createToken, tokensOfUser } from '../db/tokens.ts'
import { removeExpired } from './housekeeping.ts'
import type { OpenedSession } from './sessions.ts'

const dayMs = 86_400_000
const password = 'moon-rake-79-lamp'

const open = (world: PeopleWorld, userId: number, replaces: readonly string[] = []): Promise<OpenedSession> =>
  world.sessions.open({ userId, address: '192.0.2.1', userAgent: 'Firefox', replaces })

test('a session is found by its cookie and by nothing else', async () => {
  const world = await peopleWorld()
  const alice = await world.person('alice', password)
  const { cookieValue, sessionId, loginId } = await open(world, alice.id)
  const found = await world.sessions.find(cookieValue)
  assert.deepEqual([found?.user.name, found?.session.sessionId, found?.session.id], ['alice', sessionId, loginId])
  for (const guess of ['', sessionId, `${cookieValue}0`, cookieValue.toUpperCase(), `${loginId}`])
    assert.equal(await world.sessions.find(guess), null)
  const rows = await world.database.db.selectFrom('sessions').selectAll().execute()
  assert.ok(!JSON.stringify(rows).includes(cookieValue))
})

test('every login is a session of its own, and a new login in the same browser ends the old one', async () => {
  const world = await peopleWorld()
  const alice = await world.person('alice', password)
  const first = await open(world, alice.id)
  const elsewhere = await open(world, alice.id)
  const second = await open(world, alice.id, ['junk', first.cookieValue])
  assert.notEqual(second.sessionId, first.sessionId)
  assert.equal(await world.sessions.find(first.cookieValue), null)
  assert.ok(await world.sessions.find(elsewhere.cookieValue))
  assert.equal((await world.sessions.list(alice.id)).length, 2)
})

test('an ended session takes its OAuth tokens along, and no others', async () => {
  const world = await peopleWorld()
  const alice = await world.person('alice', password)
  const [here, there] = [await open(world, alice.id), await open(world, alice.id)]
  const token = { userId: alice.id, scopes: [], note: '', now: world.clock.now(), clientId: 'c' }
  await createToken(world.database.db, { ...token, hash: 'a', sessionId: here.sessionId })
  await createToken(world.database.db, { ...token, hash: 'b', sessionId: there.sessionId })
  await createToken(world.database.db, { ...token, hash: 'c', clientId: 'jupyterhub' })
  await world.sessions.end(here.loginId)
  assert.equal(await world.sessions.find(here.cookieValue), null)
  assert.deepEqual(
    (await tokensOfUser(world.database.db, alice.id)).map((left) => left.sessionId),
    [there.sessionId, null],
  )
  await world.sessions.end(here.loginId)
})

test('nobody ends the session of another', async () => {
  const world = await peopleWorld()
  const [alice, bob] = [await world.person('alice', password), await world.person('bob', password)]
  const session = await open(world, alice.id)
  await assert.rejects(world.sessions.end(session.loginId, bob), withCode('session_not_found'))
  await assert.rejects(world.sessions.end(999, bob), withCode('session_not_found'))
  assert.ok(await world.sessions.find(session.cookieValue))
  await world.sessions.end(session.loginId, alice)
  assert.equal(await world.sessions.find(session.cookieValue), null)
})

test('all sessions but one are ended', async () => {
  const world = await peopleWorld()
  const alice = await world.person('alice', password)
  const all = [await open(world, alice.id), await open(world, alice.id), await open(world, alice.id)]
  assert.equal(await world.sessions.endAll(alice.id, all[1]?.loginId), 2)
  assert.deepEqual(
    (await world.sessions.list(alice.id)).map((session) => session.id),
    [all[1]?.loginId],
  )
})

test('a session ends 14 days after the login, however much it is used', async () => {
  const world = await peopleWorld()
  const alice = await world.person('alice', password)
  const { cookieValue } = await open(world, alice.id)
  for (let day = 1; day <= 14; day += 1) {
    world.clock.move(dayMs)
    assert.ok(await world.sessions.find(cookieValue), `day ${day}`)
  }
  world.clock.move(1)
  assert.equal(await world.sessions.find(cookieValue), null)
  assert.deepEqual(await world.sessions.list(alice.id), [])
  await removeExpired(world)
  assert.equal((await world.database.db.selectFrom('sessions').selectAll().execute()).length, 0)
})

test('a clock that was set back brings no session to life again', async () => {
  const world = await peopleWorld()
  const alice = await world.person('alice', password)
  const { cookieValue } = await open(world, alice.id)
  world.clock.move(15 * dayMs)
  await removeExpired(world)
  world.clock.move(-14 * dayMs)
  assert.equal(await world.sessions.find(cookieValue), null)
})
