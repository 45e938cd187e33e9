import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { peopleWorld } from '../../test/support/people-world.ts'
import { findUserById, updateUser } from '../db/users.ts'
import { createVault } from '../lib/secrets.ts'
import { createAuthStates } from './auth-state.ts'

test('what is kept of a provider outlives a new key as long as the old one is named, and is sealed with the new one when written', async () => {
  const world = await peopleWorld()
  const { database } = world
  const alice = await world.person('alice', 'correct horse battery')
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const states = (...keys: Buffer[]) => createAuthStates({ database, authenticators: [], vault: createVault(keys) })
  await states(old).write(alice.id, { access_token: 'secret' })
  assert.deepEqual(await states(fresh, old).read(alice.id), { access_token: 'secret' })
  assert.equal(await states(fresh).read(alice.id), null)
  await states(fresh, old).write(alice.id, { access_token: 'newer' })
  assert.deepEqual(await states(fresh).read(alice.id), { access_token: 'newer' })
})

test('an envelope that was moved to another account does not open', async () => {
  const world = await peopleWorld()
  const { database } = world
  const [alice, bob] = [await world.person('alice', 'correct horse battery'), await world.person('bob', 'correct horse battery')]
  const states = createAuthStates({ database, authenticators: [], vault: createVault(randomBytes(32)) })
  await states.write(alice.id, { access_token: 'of alice' })
  const envelope = (await findUserById(database.db, alice.id))?.authState ?? null
  assert.ok(envelope !== null && !envelope.includes('of alice'))
  await updateUser(database.db, bob.id, { authState: envelope })
  assert.equal(await states.read(bob.id), null)
  assert.deepEqual(await states.read(alice.id), { access_token: 'of alice' })
})
