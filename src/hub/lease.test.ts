import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { freshDatabase } from '../../test/support/databases.ts'
import type { Database } from '../db/database.ts'
import { releaseLease } from '../db/server-leases.ts'
import { findServerById, upsertServer } from '../db/servers.ts'
import { createUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { createLeases, leaseMs } from './lease.ts'

/** A clock whose sleepers wake when it is moved. */
function steppedClock() {
  const start = Date.UTC(2026, 0, 2)
  let passed = 0
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  const clock: Clock = {
    now: () => start + passed,
    monotonic: () => passed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: passed + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => sleepers.delete(sleeper) && reject(new Error('aborted')), { once: true })
      }),
  }
  /** Moves on, and lets what was woken do its work. */
  const move = async (ms: number): Promise<void> => {
    passed += ms
    for (const sleeper of sleepers) if (sleeper.at <= passed && sleepers.delete(sleeper)) sleeper.wake()
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock, move }
}

/** A server whose lease is held; statements of the holder fail while `isDown`. */
async function heldServer() {
  const real = await freshDatabase()
  const frail = { isDown: false }
  const db = real.db.withPlugin({
    transformQuery: ({ node }) => {
      if (frail.isDown) throw new Error('the database is away')
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  })
  const database: Database = { ...real, db }
  const { clock, move } = steppedClock()
  const alice = await createUser(real.db, { name: 'alice', now: clock.now() })
  const { id } = await upsertServer(real.db, { userId: alice?.id ?? 0, name: '', now: clock.now() })
  const leases = createLeases({ database, clock, owner: 'one hub' })
  const [begun, ended] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<void>()]
  const done = leases.hold(id, new AbortController().signal, async (_, signal) => {
    begun.resolve(signal)
    await ended.promise
  })
  const finish = async (): Promise<void> => {
    frail.isDown = false
    ended.resolve()
    await done
  }
  return { db: real.db, id, frail, move, finish, signal: await begun.promise }
}

suite('a lease', () => {
  test('is prolonged while the work goes on, and given back at its end', async () => {
    const { db, id, move, finish, signal } = await heldServer()
    for (let step = 0; step < 9; step += 1) await move(leaseMs / 3)
    assert.equal(signal.aborted, false)
    assert.equal((await findServerById(db, id))?.leaseOwner, 'one hub')
    await finish()
    assert.equal((await findServerById(db, id))?.leaseOwner, null)
  })

  test('that another hub has taken ends the work', async () => {
    const { db, id, move, finish, signal } = await heldServer()
    await releaseLease(db, id, 'one hub')
    await move(leaseMs / 3)
    assert.equal(signal.aborted, true)
    await finish()
  })

  test('outlives a database that is away for a moment, but never its own end', async () => {
    const { frail, move, finish, signal } = await heldServer()
    frail.isDown = true
    await move(leaseMs / 3)
    assert.equal(signal.aborted, false)
    frail.isDown = false
    await move(leaseMs / 3)
    frail.isDown = true
    await move(leaseMs / 3)
    assert.equal(signal.aborted, false)
    await move(leaseMs / 3 + 1)
    assert.equal(signal.aborted, true)
    await finish()
  })
})
