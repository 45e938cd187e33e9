import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, needsDialect, somebodyWaits } from '../../test/support/databases.ts'
import { createDriving } from '../../test/support/driving.ts'
import { peopleWorld, withCode } from '../../test/support/people-world.ts'
import type { Database, DialectName } from '../db/database.ts'
import { findServer } from '../db/servers.ts'
import { findUser } from '../db/users.ts'
import { hubActor } from './actor.ts'

/** A database whose next transaction, all of it written, waits before it is kept. */
function hesitant(database: Database) {
  const [written, kept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const transaction: Database['transaction'] = (work) =>
    database.transaction(async (tx) => {
      const result = await work(tx)
      written.resolve()
      await kept.promise
      return result
    })
  return { database: { ...database, transaction }, written: written.promise, keep: () => kept.resolve() }
}

/** A start of Alice's server by one hub that is all written, but not kept yet. `other`: use cases of another hub. */
async function heldStart(dialect: DialectName) {
  const people = await peopleWorld(dialect)
  const owner = await people.person('alice', 'correct horse battery')
  const { database } = people
  const { servers: other } = createDriving({ database })
  const { id } = await other.ensure(owner, '', null)
  const slow = hesitant(database)
  const { servers } = createDriving({ database: slow.database })
  const started = servers.start({ owner, serverName: '', userOptions: null, displayName: null, askedBy: 'alice' })
  await slow.written
  const finish = async (): Promise<void> => {
    await somebodyWaits(database)
    slow.keep()
    await started
  }
  return { ...people, owner, id, other, finish }
}

for (const dialect of dialects) {
  suite(`servers on ${dialect}`, needsDialect(dialect), () => {
    test('a removal beside a start removes nothing that is about to run: it stops it first', async () => {
      const { database, owner, id, other, finish } = await heldStart(dialect)
      const removed = other.stop(id, true)
      await finish()
      await removed
      const server = await findServer(database.db, owner.id, '')
      assert.deepEqual([server?.state.kind, server?.desired, server?.removeWhenStopped], ['starting', 'stopped', true])
    })

    test('an account is not removed beside the start of its server', async () => {
      const { database, owner, accounts, finish } = await heldStart(dialect)
      const removed = assert.rejects(accounts.remove(owner.id, hubActor), withCode('user_servers_active'))
      await finish()
      await removed
      assert.notEqual(await findUser(database.db, 'alice'), null)
    })
  })
}
