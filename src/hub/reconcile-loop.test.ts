import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createDriving } from '../../test/support/driving.ts'
import type { DrivingOptions } from '../../test/support/driving.ts'
import { freshDatabase } from '../../test/support/databases.ts'
import { until } from '../../test/support/until.ts'
import type { ServerStateKind } from '../core/server-state.ts'
import type { Database } from '../db/database.ts'
import { findServerById, upsertServer, writeIntent } from '../db/servers.ts'
import { createUser } from '../db/users.ts'

/** A database whose statements fail while `isDown`, as when its disk or its network is away for a moment. */
function frailDatabase(database: Database) {
  const frail = { isDown: false, refused: 0 }
  const db = database.db.withPlugin({
    transformQuery: ({ node }) => {
      if (!frail.isDown) return node
      frail.refused += 1
      throw new Error('the database is away')
    },
    transformResult: ({ result }) => Promise.resolve(result),
  })
  return { frail, database: { ...database, db } }
}

/** Alice, with servers that a test holds up and lets go. */
async function world(database: Database, options: Omit<DrivingOptions, 'database'> = {}) {
  const driving = createDriving({ database, ...options })
  const owner = await createUser(database.db, { name: 'alice', now: Date.now() })
  assert.ok(owner !== null)
  const start = async (serverName: string): Promise<number> => {
    const { server } = await driving.servers.start({ owner, serverName, userOptions: null, displayName: null, askedBy: 'alice' })
    return server.id
  }
  const reaches = (id: number, kind: ServerStateKind): Promise<void> =>
    until(async () => (await findServerById(database.db, id).catch(() => null))?.state.kind === kind)
  /** Lets the loop run during the work. */
  const whileDriving = async (work: () => Promise<void>): Promise<void> => {
    const end = driving.begin()
    try {
      await work()
    } finally {
      await end()
    }
  }
  return { ...driving, owner, start, reaches, whileDriving }
}

suite('the loop', () => {
  test('a database that is away for a moment while a server starts costs the start nothing', async () => {
    const { frail, database } = frailDatabase(await freshDatabase())
    const { gated, signals, whileDriving, start, reaches } = await world(database)
    gated.starts.close()
    await whileDriving(async () => {
      const id = await start('')
      await until(() => gated.specs.length === 1)
      frail.isDown = true
      await until(() => {
        signals.changed(id)
        return frail.refused > 2
      })
      frail.isDown = false
      gated.starts.open()
      await reaches(id, 'running')
    })
  })

  test('a database that is away when the hub starts does not leave it without a loop', async () => {
    const { frail, database } = frailDatabase(await freshDatabase())
    const { whileDriving, start, reaches } = await world(database)
    frail.isDown = true
    await whileDriving(async () => {
      await until(() => frail.refused > 0)
      frail.isDown = false
      await reaches(await start(''), 'running')
    })
  })

  test('servers that cannot be looked at do not keep the loop from the others, and a dead one needs no readable token to be noted', async () => {
    const database = await freshDatabase()
    const blind = await world(database, {
      between: (spawner) => ({
        ...spawner,
        observe: (handle) => (handle === 'unreadable' ? Promise.reject(new Error('no answer')) : spawner.observe(handle)),
      }),
    })
    const state = { kind: 'running', url: 'http://127.0.0.1:1', since: new Date().toISOString() } as const
    for (let n = 0; n < 40; n += 1) {
      const { id } = await upsertServer(database.db, { userId: blind.owner.id, name: `s${n}`, now: Date.now() })
      await writeIntent(database.db, id, { desired: 'running', state, handle: n < 39 ? 'unreadable' : { gone: true } })
    }
    await blind.whileDriving(() => blind.reaches(40, 'failed'))
  })

  test('what a server left behind is cleared away, even when that fails at first', async () => {
    const database = await freshDatabase()
    const forgotten: boolean[] = []
    const { servers, whileDriving, start, reaches } = await world(database, {
      between: (spawner) => ({
        ...spawner,
        forget: () => {
          forgotten.push(forgotten.length > 0)
          return forgotten.length === 1 ? Promise.reject(new Error('the disk is busy')) : Promise.resolve()
        },
      }),
    })
    await whileDriving(async () => {
      const id = await start('')
      await reaches(id, 'running')
      await servers.stop(id)
      await until(() => forgotten.includes(true))
      await reaches(id, 'stopped')
      assert.deepEqual((await servers.report(id))?.log, ['first line', 'last line'])
    })
  })

  test('a start that takes longer than it may fails with the time it had, and is cleared away', async () => {
    const database = await freshDatabase()
    const timeouts = { startTimeoutSeconds: 0.05, httpTimeoutSeconds: 30 }
    const { gated, servers, whileDriving, start, reaches } = await world(database, { timeouts })
    gated.starts.close()
    await whileDriving(async () => {
      const id = await start('')
      await reaches(id, 'failed')
      assert.deepEqual((await servers.report(id))?.failure, { code: 'server_start_timeout', detail: { timeoutSeconds: 0.05 } })
      assert.equal(gated.living(), 0)
    })
  })
})
