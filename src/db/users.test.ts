import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, freshDatabase, needsDialect } from '../../test/support/databases.ts'
import type { Db } from './database.ts'
import { addMember, createGroup } from './groups.ts'
import { hasAdminWhoCanSignIn, setCredential } from './credentials.ts'
import { findIdentity, linkIdentity } from './identities.ts'
import { consumeInvitation, createInvitation, findInvitation } from './invitations.ts'
import { upsertServer, writeIntent } from './servers.ts'
import { countUsers, createUser, deleteUser, findUser, findUserById, isNameTaken, listUsers, touchUser, updateUser } from './users.ts'
import type { User } from './users.ts'

const now = Date.UTC(2026, 0, 2)
const at = (seconds: number): number => now + seconds * 1000

async function add(db: Db, ...names: string[]): Promise<User[]> {
  const made: User[] = []
  for (const name of names) {
    const user = await createUser(db, { name, now })
    assert.ok(user)
    made.push(user)
  }
  return made
}

const namesOf = async (db: Db, query: Parameters<typeof listUsers>[1]): Promise<string[]> =>
  (await listUsers(db, query)).items.map((user) => user.name)

for (const dialect of dialects) {
  suite(`users on ${dialect}`, needsDialect(dialect), () => {
    test('a name belongs to one account, however it is written', async () => {
      const { db } = await freshDatabase(dialect)
      assert.ok(await createUser(db, { name: 'mark', now }))
      assert.equal(await createUser(db, { name: 'mark', now }), null)
      assert.equal(await createUser(db, { name: 'mar\u212a', now }), null)
      assert.equal(await createUser(db, { name: 'ｍａｒｋ', now }), null)
      assert.ok(await isNameTaken(db, 'MARK'))
      assert.equal(await findUser(db, 'Mark'), null)
      assert.equal(await countUsers(db), 1)
    })

    test('files stay with a renamed account, and whoever gets the old name gets files of their own', async () => {
      const { db } = await freshDatabase(dialect)
      const [first] = await add(db, 'alice')
      assert.ok(first)
      await updateUser(db, first.id, { name: 'alicia' })
      const [second] = await add(db, 'alice')
      assert.ok(second)
      await updateUser(db, second.id, { name: 'ally' })
      const [third] = await add(db, 'alice')
      const homes = [(await findUserById(db, first.id))?.homeName, second.homeName, third?.homeName]
      assert.deepEqual(homes, ['alice', 'alice/2', 'alice/3'])
    })

    test('names that mean something to JavaScript are ordinary', async () => {
      const { db } = await freshDatabase(dialect)
      await add(db, 'constructor', 'tostring', 'hasownproperty')
      assert.equal((await findUser(db, 'constructor'))?.name, 'constructor')
      assert.deepEqual(await namesOf(db, { names: ['tostring', 'constructor'], sort: 'name' }), ['constructor', 'tostring'])
    })

    test('the list is filtered, sorted by bytes and cut, and knows the whole number', async () => {
      const { db } = await freshDatabase(dialect)
      await add(db, 'b_b', 'a', 'bxb', 'z', 'ä')
      assert.deepEqual(await namesOf(db, { sort: 'name' }), ['a', 'b_b', 'bxb', 'z', 'ä'])
      assert.deepEqual(await namesOf(db, { sort: '-name', limit: 2 }), ['ä', 'z'])
      assert.deepEqual(await namesOf(db, { nameFilter: 'B_' }), ['b_b'])
      assert.deepEqual(await namesOf(db, { nameFilter: '%' }), [])
      assert.deepEqual(await namesOf(db, { names: [] }), [])
      const page = await listUsers(db, { offset: 3, limit: 10 })
      assert.deepEqual([page.items.length, page.total], [2, 5])
    })

    test('a list of names and groups is a union', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice, bob] = await add(db, 'alice', 'bob', 'carol')
      const staff = await createGroup(db, 'staff')
      assert.ok(alice && bob && staff)
      await addMember(db, staff.id, bob.id)
      await addMember(db, staff.id, bob.id)
      assert.deepEqual(await namesOf(db, { names: ['alice'], groupNames: ['staff'] }), ['alice', 'bob'])
      assert.deepEqual(await namesOf(db, { groupNames: ['staff', 'nobody'] }), ['bob'])
    })

    test('people without activity come first, or last when turned round', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice, bob] = await add(db, 'alice', 'bob', 'carol')
      assert.ok(alice && bob)
      await touchUser(db, alice.id, at(50), 0)
      await touchUser(db, bob.id, at(20), 0)
      assert.deepEqual(await namesOf(db, { sort: 'last_activity' }), ['carol', 'bob', 'alice'])
      assert.deepEqual(await namesOf(db, { sort: '-last_activity' }), ['alice', 'bob', 'carol'])
    })

    test('the state of a user is that of their servers', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice, bob] = await add(db, 'alice', 'bob', 'carol')
      assert.ok(alice && bob)
      const first = await upsertServer(db, { userId: alice.id, name: '', now })
      const second = await upsertServer(db, { userId: bob.id, name: '', now })
      const since = new Date(now).toISOString()
      await writeIntent(db, first.id, { desired: 'running', state: { kind: 'running', url: 'http://127.0.0.1:1', since } })
      await writeIntent(db, second.id, { desired: 'running', state: { kind: 'starting', phase: 'queued', since } })
      assert.deepEqual(await namesOf(db, { state: 'ready' }), ['alice'])
      assert.deepEqual(await namesOf(db, { state: 'active' }), ['alice', 'bob'])
      assert.deepEqual(await namesOf(db, { state: 'inactive' }), ['carol'])
    })

    test('activity moves forward only, and not more often than asked', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice] = await add(db, 'alice')
      assert.ok(alice)
      const seen = async (): Promise<string | null | undefined> => (await findUserById(db, alice.id))?.lastActivityAt
      await touchUser(db, alice.id, at(100), 30_000)
      await touchUser(db, alice.id, at(120), 30_000)
      assert.equal(await seen(), new Date(at(100)).toISOString())
      await touchUser(db, alice.id, at(50), 0)
      assert.equal(await seen(), new Date(at(100)).toISOString())
      await touchUser(db, alice.id, at(131), 30_000)
      assert.equal(await seen(), new Date(at(131)).toISOString())
    })

    test('a change touches what it names, and a removal takes everything along', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice] = await add(db, 'alice')
      assert.ok(alice)
      const changed = await updateUser(db, alice.id, { admin: true })
      assert.deepEqual(changed, { ...alice, admin: true })
      await setCredential(db, { userId: alice.id, passwordHash: 'x', now })
      await linkIdentity(db, { userId: alice.id, authenticator: 'github', subject: '1', login: 'a', now })
      await upsertServer(db, { userId: alice.id, name: '', now })
      assert.equal(await hasAdminWhoCanSignIn(db), true)
      assert.equal(await deleteUser(db, alice.id), true)
      assert.equal(await deleteUser(db, alice.id), false)
      assert.equal(await findIdentity(db, 'github', '1'), null)
      assert.equal(await hasAdminWhoCanSignIn(db), false)
    })

    test('an identity stays with its account, whatever it is called now', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice, bob] = await add(db, 'alice', 'bob')
      assert.ok(alice && bob)
      await linkIdentity(db, { userId: alice.id, authenticator: 'github', subject: '1', login: 'alice', now })
      await linkIdentity(db, { userId: bob.id, authenticator: 'github', subject: '1', login: 'al', now })
      const found = await findIdentity(db, 'github', '1')
      assert.deepEqual([found?.userId, found?.login], [alice.id, 'al'])
    })

    test('an invitation is used once, in time, and a newer one replaces it', async () => {
      const { db } = await freshDatabase(dialect)
      const [alice] = await add(db, 'alice')
      assert.ok(alice)
      const expiresAt = new Date(at(100)).toISOString()
      const invite = (hash: string): Promise<unknown> => createInvitation(db, { hash, userId: alice.id, createdBy: null, now, expiresAt })
      await invite('one')
      await invite('two')
      assert.equal(await findInvitation(db, 'one', now), null)
      assert.equal(await consumeInvitation(db, 'two', at(101)), null)
      const used = await Promise.all([consumeInvitation(db, 'two', now), consumeInvitation(db, 'two', now)])
      assert.equal(used.filter((invitation) => invitation !== null).length, 1)
      assert.equal(await findInvitation(db, 'two', now), null)
      await invite('three')
      assert.ok(await findInvitation(db, 'three', now))
    })
  })
}
