import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignRole, upsertRole } from '../../src/db/roles.ts'
import { findUser } from '../../src/db/users.ts'
import type { Actor } from '../../src/hub/actor.ts'
import { peopleWorld, withCode } from '../support/people-world.ts'

const secret = 'moon-rake-79-lamp'

/** Somebody who may look after people without being an administrator. */
const helper: Actor = { label: 'user helper', admin: false, userId: null }

test('nobody but an administrator makes, renames, lets in or gives a password to a name that the configuration makes an administrator', async () => {
  const { accounts, person, allow, database } = await peopleWorld()
  const bob = await person('bob', secret)
  const early = await person('early', secret)
  allow({ adminUsers: ['boss', 'early'] })
  await assert.rejects(accounts.create(['carol', 'boss'], false, helper), withCode('admin_only'))
  await assert.rejects(accounts.invite('Boss', helper), withCode('admin_only'))
  await assert.rejects(accounts.edit(bob.id, { name: 'boss' }, helper), withCode('admin_only'))
  for (const name of ['carol', 'boss']) assert.equal(await findUser(database.db, name), null)
  for (const deed of [
    accounts.invite('early', helper),
    accounts.setPassword(early.id, 'lamp-79-rake-moon', helper),
    accounts.approve(early.id, helper),
    accounts.block(early.id, helper),
    accounts.edit(early.id, { name: 'late' }, helper),
    accounts.remove(early.id, helper),
  ])
    await assert.rejects(deed, withCode('admin_only'))
})

test('an administrator still does all that', async () => {
  const { accounts, person, allow, actor } = await peopleWorld()
  const root = actor(await person('root1', secret, { admin: true }))
  const bob = await person('bob', secret)
  allow({ adminUsers: ['boss', 'bob'] })
  await accounts.create(['boss'], false, root)
  await accounts.setPassword(bob.id, 'lamp-79-rake-moon', root)
  assert.ok((await accounts.invite('boss', root)).token.length > 40)
})

test('a password or a link is no way into an account that may do more than who sets it', async () => {
  const { accounts, person, actor, database } = await peopleWorld()
  const { db } = database
  const [aide, ops, pupil] = [await person('aide', secret), await person('ops', secret), await person('pupil', secret)]
  const give = async (userId: number, name: string, scopes: readonly string[]): Promise<void> =>
    assignRole(db, (await upsertRole(db, { name, description: '', scopes, builtin: false })).id, { userId })
  await give(aide.id, 'aides', ['admin-ui', 'admin:users', 'list:groups'])
  await give(ops.id, 'operators', ['admin:servers'])
  await give(pupil.id, 'listers', ['list:groups', 'read:users!user'])
  const by = actor(aide)
  await assert.rejects(accounts.invite('ops', by), withCode('admin_only'))
  await assert.rejects(accounts.setPassword(ops.id, 'lamp-79-rake-moon', by), withCode('admin_only'))
  await accounts.setPassword(pupil.id, 'lamp-79-rake-moon', by)
  assert.ok((await accounts.invite('pupil', by)).token.length > 40)
  assert.ok((await accounts.invite('fresh', by)).token.length > 40)
})

test('a link from before somebody became an administrator does not lead to their account any more', async () => {
  const { accounts, person, actor, signIn } = await peopleWorld()
  const root = actor(await person('root1', secret, { admin: true }))
  const bob = await person('bob', secret)
  const { token } = await accounts.invite('bob', helper)
  await accounts.setAdmin(bob.id, true, root)
  assert.equal(await accounts.readInvitation(token), null)
  await assert.rejects(accounts.acceptInvitation({ token, userName: null, password: 'lamp-79-rake-moon' }), withCode('invitation_invalid'))
  assert.equal((await signIn('bob', secret)).kind, 'in')
})
