import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, freshDatabase, needsDialect } from '../../test/support/databases.ts'
import { endAttempt, keptAttempts, lastAttempt, lastGoodStart, startAttempt } from './attempts.ts'
import type { Db } from './database.ts'
import { appendEvent, eventsAfter } from './events.ts'
import { acquireLease, dueServers, leaseOwners, releaseLease, releaseLeasesOf, renewLease } from './server-leases.ts'
import {
  findServer,
  findServerById,
  removeServer,
  serversOfUser,
  touchServer,
  updateServerUnderLease,
  upsertServer,
  writeIntent,
} from './servers.ts'
import type { Server } from './servers.ts'
import { createUser } from './users.ts'

const now = Date.UTC(2026, 0, 2)
const since = new Date(now).toISOString()

async function addServer(db: Db, name = '', user = 'alice'): Promise<Server> {
  const owner = await createUser(db, { name: user, now })
  assert.ok(owner)
  return upsertServer(db, { userId: owner.id, name, now })
}

for (const dialect of dialects) {
  suite(`servers on ${dialect}`, needsDialect(dialect), () => {
    test('the row of a server is made once, by however many at the same time', async () => {
      const { db } = await freshDatabase(dialect)
      const first = await addServer(db)
      const again = await Promise.all([1, 2, 3].map(() => upsertServer(db, { userId: first.userId, name: '', displayName: 'other', now })))
      assert.deepEqual(new Set(again.map((server) => server.id)), new Set([first.id]))
      assert.deepEqual(first, { ...again[0] })
      assert.deepEqual((await serversOfUser(db, first.userId)).length, 1)
      assert.deepEqual(first.state, { kind: 'stopped' })
    })

    test('of several hubs that want a lease one gets it, and the others after its time', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      const owners = ['a', 'b', 'c', 'd']
      const got = await Promise.all(owners.map((owner) => acquireLease(db, { id, owner, now, until: now + 1000 })))
      const winner = got.find((server) => server !== null)?.leaseOwner ?? ''
      assert.equal(got.filter((server) => server !== null).length, 1)
      assert.equal(await acquireLease(db, { id, owner: winner, now: now + 1000, until: now + 2000 }), null)
      assert.ok(await acquireLease(db, { id, owner: 'e', now: now + 1001, until: now + 2000 }))
      assert.equal(await renewLease(db, { id, owner: winner, until: now + 9000 }), false)
      assert.equal(await renewLease(db, { id, owner: 'e', until: now + 9000 }), true)
      assert.deepEqual(await leaseOwners(db), ['e'])
    })

    test('who lost the lease changes nothing any more', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      await acquireLease(db, { id, owner: 'a', now, until: now + 1000 })
      assert.equal(await updateServerUnderLease(db, id, 'a', { handle: { pid: 1 } }), true)
      await releaseLease(db, id, 'b')
      assert.equal(await updateServerUnderLease(db, id, 'a', {}), true)
      assert.equal(await releaseLeasesOf(db, 'a'), 1)
      assert.equal(await updateServerUnderLease(db, id, 'a', { handle: null }), false)
      assert.equal(await updateServerUnderLease(db, id, 'a', {}), false)
      assert.deepEqual((await findServerById(db, id))?.handle, { pid: 1 })
    })

    test('two requests at once cannot both write an intent on the same generation', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      const wish = { desired: 'running', generation: 1, state: { kind: 'starting', phase: 'queued', since } } as const
      const written = await Promise.all([1, 2, 3].map(() => writeIntent(db, id, wish, { ifGeneration: 0, ifKind: 'stopped' })))
      assert.equal(written.filter((server) => server !== null).length, 1)
    })

    test('the loop sees what is not at rest and held by nobody', async () => {
      const { db } = await freshDatabase(dialect)
      const rest = await addServer(db, '', 'rest')
      const due: number[] = []
      const make = async (user: string, intent: Parameters<typeof writeIntent>[2]): Promise<number> => {
        const { id } = await addServer(db, '', user)
        await writeIntent(db, id, intent)
        due.push(id)
        return id
      }
      await make('starting', { desired: 'running', state: { kind: 'starting', phase: 'queued', since } })
      await make('running', { desired: 'running', state: { kind: 'running', url: 'http://127.0.0.1:1', since } })
      await make('stopping', { desired: 'stopped', state: { kind: 'stopping', since, failure: null } })
      await make('wanted', { desired: 'running' })
      await make('removed', { desired: 'stopped', removeWhenStopped: true })
      const held = await make('held', { desired: 'running' })
      await acquireLease(db, { id: held, owner: 'a', now, until: now + 1000 })
      const free = due.slice(0, -1)
      assert.deepEqual(
        (await dueServers(db, now, 100)).map((server) => server.id),
        free,
      )
      assert.deepEqual(
        (await dueServers(db, now, 2, free[1])).map((server) => server.id),
        free.slice(2, 4),
      )
      assert.deepEqual(
        (await dueServers(db, now + 1001, 100)).map((server) => server.id),
        due,
      )
      assert.ok(!due.includes(rest.id))
    })

    test('activity of a server moves forward only', async () => {
      const { db } = await freshDatabase(dialect)
      const { id, userId } = await addServer(db, 'lab')
      await touchServer(db, id, now)
      await touchServer(db, id, now - 5000)
      assert.equal((await findServer(db, userId, 'lab'))?.lastActivityAt, since)
    })

    test('the newest attempts of a server are kept, older ones go with their events', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      for (let generation = 1; generation <= keptAttempts + 3; generation += 1) {
        await startAttempt(db, { id: `a${generation}`, serverId: id, generation, askedBy: 'alice', now: now + generation })
        await appendEvent(db, { serverId: id, attemptId: `a${generation}`, now, phase: 'queued', progress: 0, message: '' })
      }
      assert.deepEqual(await eventsAfter(db, id, 'a3', 0), [])
      assert.equal((await eventsAfter(db, id, 'a4', 0)).length, 1)
      assert.equal((await lastAttempt(db, id))?.id, `a${keptAttempts + 3}`)
    })

    test('an attempt keeps how it ended, and a later end is added to an earlier one', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      await startAttempt(db, { id: 'a', serverId: id, generation: 1, askedBy: 'alice', now })
      await endAttempt(db, 'a', { outcome: 'ready', now })
      const failure = { code: 'server_died', detail: { exitCode: 137 } } as const
      await endAttempt(db, 'a', { outcome: 'failed', now, failure, exitCode: 137, outOfMemory: true, log: 'Killed' })
      await endAttempt(db, 'a', { outcome: 'stopped', now: now + 1 })
      const kept = await lastAttempt(db, id)
      assert.deepEqual(
        [kept?.outcome, kept?.failure, kept?.exitCode, kept?.outOfMemory, kept?.log],
        ['stopped', failure, 137, true, 'Killed'],
      )
    })

    test('the newest good start tells how long a start takes, whatever failed since', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      assert.equal(await lastGoodStart(db, id), null)
      for (const [attemptId, phase, took] of [
        ['a', 'ready', 4000],
        ['b', 'ready', 2500],
        ['c', 'failed', 9000],
      ] as const) {
        await startAttempt(db, { id: attemptId, serverId: id, generation: 1, askedBy: 'alice', now })
        await appendEvent(db, { serverId: id, attemptId, now: now + took, phase, progress: 100, message: phase })
      }
      assert.equal(await lastGoodStart(db, id), 2500)
    })

    test('events come back in their order from any point, with their data', async () => {
      const { db } = await freshDatabase(dialect)
      const { id } = await addServer(db)
      await startAttempt(db, { id: 'a', serverId: id, generation: 1, askedBy: 'alice', now })
      const ids: number[] = []
      for (const phase of ['queued', 'preparing', 'ready'] as const)
        ids.push(
          await appendEvent(db, { serverId: id, attemptId: 'a', now, phase, progress: 10, message: phase, data: { bytes: 2 ** 40 } }),
        )
      assert.ok(ids.every((value, index) => index === 0 || value > (ids[index - 1] ?? 0)))
      const rest = await eventsAfter(db, id, 'a', ids[0] ?? 0)
      assert.deepEqual(
        rest.map((event) => [event.phase, event.data]),
        [
          ['preparing', { bytes: 2 ** 40 }],
          ['ready', { bytes: 2 ** 40 }],
        ],
      )
    })

    test('an id is never used again', async () => {
      const { db } = await freshDatabase(dialect)
      const first = await addServer(db)
      await removeServer(db, first.id)
      const second = await upsertServer(db, { userId: first.userId, name: '', now })
      assert.ok(second.id > first.id)
    })
  })
}
