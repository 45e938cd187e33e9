import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, freshDatabase, needsDialect } from '../../test/support/databases.ts'
import type { Db } from './database.ts'
import {
  addMember,
  createGroup,
  deleteGroup,
  findGroup,
  groupsByUserName,
  membersOfGroup,
  removeMember,
  setGroupProperties,
} from './groups.ts'
import {
  assignRole,
  clearRole,
  deleteRolesExcept,
  directRolesOfUser,
  rolesOfService,
  rolesOfUser,
  unassignRole,
  upsertRole,
  usersOfRole,
} from './roles.ts'
import type { Role } from './roles.ts'
import { deleteServicesExcept, findService, upsertService } from './services.ts'
import { createUser, groupsOfUser } from './users.ts'

const addRole = (db: Db, name: string, scopes: string[] = []): Promise<Role> =>
  upsertRole(db, { name, description: '', scopes, builtin: false })

async function people(db: Db): Promise<{ alice: number; bob: number; staff: number }> {
  const alice = await createUser(db, { name: 'alice', now: 0 })
  const bob = await createUser(db, { name: 'bob', now: 0 })
  const staff = await createGroup(db, 'staff', { floor: 1 })
  assert.ok(alice && bob && staff)
  await addMember(db, staff.id, bob.id)
  return { alice: alice.id, bob: bob.id, staff: staff.id }
}

const names = (roles: readonly Role[]): string[] => roles.map((role) => role.name)

for (const dialect of dialects) {
  suite(`groups, roles, services on ${dialect}`, needsDialect(dialect), () => {
    test('a user holds the roles of their groups beside their own, each once', async () => {
      const { db } = await freshDatabase(dialect)
      const { alice, bob, staff } = await people(db)
      const [reader, writer] = [await addRole(db, 'reader', ['list:users']), await addRole(db, 'writer')]
      await assignRole(db, reader.id, { groupId: staff })
      await assignRole(db, reader.id, { userId: bob })
      await assignRole(db, reader.id, { userId: bob })
      await assignRole(db, writer.id, { userId: alice })
      assert.deepEqual(names(await rolesOfUser(db, bob)), ['reader'])
      assert.deepEqual(names(await rolesOfUser(db, alice)), ['writer'])
      await unassignRole(db, reader.id, { userId: bob })
      assert.deepEqual(names(await directRolesOfUser(db, bob)), [])
      assert.deepEqual((await rolesOfUser(db, bob))[0]?.scopes, ['list:users'])
      await deleteGroup(db, staff)
      assert.deepEqual(names(await rolesOfUser(db, bob)), [])
    })

    test('a role keeps its holders when it changes, and leaves with those not named', async () => {
      const { db } = await freshDatabase(dialect)
      const { alice, bob } = await people(db)
      const role = await addRole(db, 'reader')
      const service = await upsertService(db, { name: 'culler', admin: false, url: null, info: {}, display: true })
      await assignRole(db, role.id, { userId: alice })
      await assignRole(db, role.id, { userId: bob })
      await assignRole(db, role.id, { serviceId: service.id })
      const changed = await addRole(db, 'reader', ['read:hub'])
      assert.deepEqual([changed.id, await usersOfRole(db, role.id)], [role.id, [alice, bob]])
      await clearRole(db, role.id, 'users')
      assert.deepEqual([await usersOfRole(db, role.id), names(await rolesOfService(db, service.id))], [[], ['reader']])
      assert.equal(await deleteRolesExcept(db, []), 1)
    })

    test('a service keeps its id when it changes', async () => {
      const { db } = await freshDatabase(dialect)
      const first = await upsertService(db, { name: 'culler', admin: false, url: null, info: {}, display: true })
      const second = await upsertService(db, { name: 'culler', admin: true, url: 'http://x', info: { a: [1] }, display: false })
      assert.deepEqual(second, { id: first.id, name: 'culler', admin: true, url: 'http://x', info: { a: [1] }, display: false })
      await deleteServicesExcept(db, [])
      assert.equal(await findService(db, 'culler'), null)
    })

    test('groups know their members, and members their groups', async () => {
      const { db } = await freshDatabase(dialect)
      const { alice, bob, staff } = await people(db)
      await addMember(db, staff, alice)
      assert.deepEqual(await membersOfGroup(db, staff), ['alice', 'bob'])
      await removeMember(db, staff, alice)
      assert.deepEqual([...(await groupsByUserName(db, ['alice', 'bob', 'nobody']))], [['bob', ['staff']]])
      assert.deepEqual(await groupsOfUser(db, bob), ['staff'])
      await setGroupProperties(db, staff, { floor: 2 })
      assert.deepEqual(await findGroup(db, 'staff'), { id: staff, name: 'staff', properties: { floor: 2 }, managedBy: null })
      assert.equal(await createGroup(db, 'staff'), null)
    })
  })
}
