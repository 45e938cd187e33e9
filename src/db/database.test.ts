import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { dialects, freshDatabase, freshUrl, needsDialect } from '../../test/support/databases.ts'
import { openDatabase } from './database.ts'
import { migrate, migrationStatus } from './migrate.ts'
import { getSetting, setSetting, waitForTurn } from './settings.ts'
import { countUsers, createUser } from './users.ts'

for (const dialect of dialects) {
  suite(`database on ${dialect}`, needsDialect(dialect), () => {
    test('a transaction that throws leaves nothing behind', async () => {
      const database = await freshDatabase(dialect)
      const broken = database.transaction(async (tx) => {
        await createUser(tx, { name: 'alice', now: 0 })
        throw new Error('changed my mind')
      })
      await assert.rejects(broken, /changed my mind/)
      assert.equal(await countUsers(database.db), 0)
    })

    test('what a transaction writes is never seen outside before it is kept', async () => {
      const database = await freshDatabase(dialect)
      const outside: Promise<number>[] = []
      const broken = database.transaction(async (tx) => {
        await createUser(tx, { name: 'alice', now: 0 })
        outside.push(countUsers(database.db))
        assert.equal(await countUsers(tx), 1)
        throw new Error('changed my mind')
      })
      await assert.rejects(broken)
      assert.deepEqual(await Promise.all(outside), [0])
    })

    test('two hubs pass a turn one after the other', async () => {
      const url = await freshUrl(dialect)
      const hubs = await Promise.all([openDatabase({ url }), openDatabase({ url })])
      for (const hub of hubs) await migrate(hub)
      const add = (hub: (typeof hubs)[number]): Promise<void> =>
        hub.transaction(async (tx) => {
          await waitForTurn(tx, 'counter')
          const value = Number((await getSetting(tx, 'counter')) ?? 0)
          await setSetting(tx, 'counter', `${value + 1}`)
        })
      await Promise.all(Array.from({ length: 20 }, (_, index) => add(hubs[index % 2 === 0 ? 0 : 1])))
      assert.equal(await getSetting(hubs[0].db, 'counter'), '20')
      for (const hub of hubs) await hub.close()
    })

    test('a second hub waits for the migration lock and then finds nothing to do', async () => {
      const url = await freshUrl(dialect)
      const hubs = await Promise.all([1, 2, 3].map(() => openDatabase({ url })))
      const results = await Promise.all(hubs.map((hub) => migrate(hub)))
      const applied = results.map((result) => result.applied.length).toSorted((a, b) => a - b)
      assert.deepEqual(applied.slice(0, 2), [0, 0])
      assert.ok((applied[2] ?? 0) > 0)
      for (const hub of hubs) await hub.close()
    })

    test('the status names each step with its time, before and after', async () => {
      const database = await openDatabase({ url: await freshUrl(dialect) })
      assert.ok((await migrationStatus(database)).every((step) => step.appliedAt === null))
      const { applied } = await migrate(database)
      const status = await migrationStatus(database)
      assert.deepEqual(
        status.map((step) => step.name),
        applied,
      )
      assert.ok(status.every((step) => step.appliedAt !== null))
      assert.deepEqual(await migrate(database), { applied: [] })
      await database.close()
    })

    test('a database of a newer version is refused', async () => {
      const database = await freshDatabase(dialect)
      const { sql } = await import('kysely')
      await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2999-01-01T00:00:00.000Z')`.execute(database.db)
      await assert.rejects(migrate(database))
    })
  })
}

test('a PostgreSQL that does not answer is told with its address', async () => {
  const database = await openDatabase({ url: 'postgres://orrery:secret@127.0.0.1:1/orrery' })
  await assert.rejects(migrate(database), (error: Error) => /127\.0\.0\.1:1/.test(error.message) && !error.message.includes('secret'))
  await database.close()
})

suite('the SQLite file', () => {
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

  test('is private, with its folder and its companions', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'orrery-db-')), 'data')
    const database = await openDatabase({ url: 'sqlite:hub.sqlite', folder })
    await migrate(database)
    assert.equal(modeOf(folder), '700')
    for (const name of ['hub.sqlite', 'hub.sqlite-wal', 'hub.sqlite-shm']) assert.equal(modeOf(join(folder, name)), '600')
    await database.close()
  })

  test('keeps its rows when the process ends without closing it', async () => {
    const url = await freshUrl('sqlite')
    const first = await openDatabase({ url })
    await migrate(first)
    await createUser(first.db, { name: 'alice', now: 0 })
    const second = await openDatabase({ url })
    assert.equal(await countUsers(second.db), 1)
    await first.close()
    await second.close()
  })

  test('has to be a database, and the URL must be known', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-db-'))
    mkdirSync(join(folder, 'x'))
    await assert.rejects(openDatabase({ url: 'sqlite:x', folder }), new RegExp(`The database file ${folder}/x cannot be opened`))
    writeFileSync(join(folder, 'note'), 'these are not the bytes of a database, '.repeat(100))
    await assert.rejects(openDatabase({ url: 'sqlite:note', folder }), /note cannot be opened: .*not a database/)
    await assert.rejects(openDatabase({ url: 'mysql://root:secret@host/db' }), (error: Error) => !error.message.includes('secret'))
  })

  test('enforces foreign keys', async () => {
    const database = await freshDatabase('sqlite')
    const insert = database.db.insertInto('credentials').values({ user_id: 999, password_hash: 'x', updated_at: 'x' })
    await assert.rejects(insert.execute(), /FOREIGN KEY/)
  })
})
