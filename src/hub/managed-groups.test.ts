import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { peopleWorld } from '../../test/support/people-world.ts'
import type { PeopleWorld } from '../../test/support/people-world.ts'
import { addMember, createGroup, findGroup, membersOfGroup } from '../db/groups.ts'
import { findUser, groupsOfUser } from '../db/users.ts'
import { hubActor } from './actor.ts'
import { createGroups } from './groups.ts'
import { loadRoles } from './roles.ts'
import { ownerScopes } from '../core/scopes.ts'

const world = async (): Promise<PeopleWorld> => {
  const made = await peopleWorld('sqlite', { authenticators: [], elsewhere: ['gitlab', 'google'] })
  made.allow({ allowAll: true })
  return made
}

async function come(
  { login, database: { db } }: PeopleWorld,
  groups: readonly string[] | null,
  authenticator = 'gitlab',
): Promise<readonly string[]> {
  const outcome = await login.admit({ authenticator, subject: `${authenticator} 1`, userName: 'alice', admin: null, groups }, '192.0.2.1')
  assert.equal(outcome.kind, 'in')
  return outcome.kind === 'in' ? groupsOfUser(db, outcome.userId) : []
}

const role = (name: string, more: { groups?: string[]; scopes?: string[] }) => ({
  name,
  description: '',
  scopes: more.scopes ?? ['list:users'],
  users: [],
  groups: more.groups ?? [],
  services: [],
})

suite('groups that an authenticator keeps', () => {
  test('follow what it says, also when it takes somebody out, and stay when it says nothing', async () => {
    const made = await world()
    assert.deepEqual(await come(made, ['b', 'a', 'a']), ['a', 'b'])
    assert.deepEqual(await come(made, ['b', 'c']), ['b', 'c'])
    assert.deepEqual(await come(made, null), ['b', 'c'])
    assert.deepEqual(await come(made, []), [])
  })

  test('never are those that people made, or another authenticator keeps', async () => {
    const made = await world()
    const { db } = made.database
    await createGroup(db, 'by-hand')
    await createGroup(db, 'of-google', {}, 'google')
    assert.deepEqual(await come(made, ['by-hand', 'of-google', 'mine']), ['mine'])
    const byHand = await findGroup(db, 'by-hand')
    const alice = await findUser(db, 'alice')
    assert.ok(byHand !== null && alice !== null)
    await addMember(db, byHand.id, alice.id)
    assert.deepEqual(await come(made, []), ['by-hand'], 'what people did stays')
  })

  test('never are those with roles or in a scope, unless the operator says so', async () => {
    const made = await world()
    await loadRoles(made, [role('helper', { groups: ['staff'] }), role('reader', { scopes: ['read:users!group=class'] })], {
      adminUsers: [],
    })
    assert.deepEqual(await come(made, ['staff', 'class', 'plain']), ['plain'])
    made.allow({ allowAll: true, managedGroups: ['staff', 'class'] })
    assert.deepEqual(await come(made, ['staff', 'class', 'plain']), ['class', 'plain', 'staff'])
  })

  test('go back to the operator who gives one a role, with nobody in it', async () => {
    const made = await world()
    const { db } = made.database
    assert.deepEqual(await come(made, ['staff', 'plain']), ['plain', 'staff'])
    await loadRoles(made, [role('helper', { groups: ['staff'] })], { adminUsers: [] })
    const staff = await findGroup(db, 'staff')
    assert.ok(staff !== null)
    assert.deepEqual([staff.managedBy, await membersOfGroup(db, staff.id)], [null, []])
    assert.deepEqual(await come(made, ['staff', 'plain']), ['plain'])
  })

  test('have names that a group may have, and are not without end', async () => {
    const made = await world()
    const many = Array.from({ length: 10_000 }, (_, index) => `g${index}`)
    assert.deepEqual(await come(made, ['../x', 'a/b', '', ' ', '\u202ex', 'x'.repeat(300), 'fine']), ['fine'])
    assert.equal((await come(made, many)).length, 500)
  })

  test('are not changed by hand', async () => {
    const made = await world()
    await come(made, ['team'])
    const editor = { actor: hubActor, scopes: ownerScopes({ kind: 'service', name: 'x' }, [['admin:groups']]) }
    const groups = createGroups(made)
    await assert.rejects(groups.addMembers('team', ['alice'], editor), /come from gitlab/)
    await assert.rejects(groups.removeMembers('team', ['alice'], hubActor), /come from gitlab/)
  })
})
