import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { Handle } from '../../src/core/server-state.ts'
import type { ServerRef, Spawner, SpawnStep, StartContext, StartSpec } from '../../src/spawners/spawner.ts'
import { until } from '../support/until.ts'

/** One kind of spawner under test. Every call of `fresh` gives an object that knows only what the outside world and the handle hold. */
export type SpawnerWorld = {
  fresh(): Spawner
  /** A server whose program answers at its path; a new one for each test. */
  spec(ref: ServerRef, generation: number): StartSpec
  /** How many servers live that were made for the handle. */
  count(handle: Handle): Promise<number>
  /** Ends the server behind the back of the spawner. */
  kill(handle: Handle): Promise<void>
  close(): Promise<void>
}

/** A context that keeps what it is told. `dieAt` makes the hub die in the nth call of `keepHandle` or `announce`. */
export function recordingContext(
  dieAt: { keepHandle?: number; announce?: number } = {},
  signal: AbortSignal = AbortSignal.timeout(60_000),
) {
  const steps: SpawnStep[] = []
  const handles: Handle[] = []
  const context: StartContext = {
    signal,
    announce: (step) => dieIf(steps.push(step) === dieAt.announce),
    keepHandle: (handle) => dieIf(handles.push(handle) === dieAt.keepHandle),
  }
  return { context, steps, handles }
}

const dieIf = (dies: boolean): Promise<void> => (dies ? Promise.reject(new Error('the hub died')) : Promise.resolve())
const patience = () => ({ signal: AbortSignal.timeout(60_000) })
let servers = 0

/** A server that no other test has. */
export function newServer(): ServerRef {
  servers += 1
  return { serverId: servers, userName: `user${servers}`, homeName: `user${servers}`, serverName: '', key: `user${servers}` }
}

async function answers(url: string, spec: StartSpec): Promise<void> {
  await until(async () => (await fetch(`${url}${spec.servicePrefix}api`).catch(() => null))?.status === 200)
}

/** Every promise of `Spawner`, for one kind of it. */
export function spawnerConformance(name: string, make: () => Promise<SpawnerWorld>): void {
  suite(`spawner ${name}`, async () => {
    const world = await make()
    after(() => world.close())
    const begin = () => {
      const spawner = world.fresh()
      const ref = newServer()
      return { spawner, ref, handle: spawner.reserve(ref, 1), spec: world.spec(ref, 1) }
    }

    test('reserving makes nothing, and gives the same handle each time', async () => {
      const { spawner, ref, handle } = begin()
      assert.deepEqual(world.fresh().reserve(ref, 1), handle)
      assert.notDeepEqual(spawner.reserve(ref, 2), handle)
      assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle)
      assert.deepEqual(await spawner.observe(handle), { kind: 'absent' })
      assert.deepEqual(await spawner.logs(handle, 10), [])
      assert.equal(await world.count(handle), 0)
    })

    test('a started server answers at the URL that start gave, and is observed as running there', async () => {
      const { spawner, handle, spec } = begin()
      const { context, steps, handles } = recordingContext()
      const started = await spawner.start(handle, spec, context)
      await answers(started.url, spec)
      assert.deepEqual(await spawner.observe(started.handle), { kind: 'running', url: started.url })
      assert.deepEqual(await spawner.observe(handle), { kind: 'running', url: started.url })
      assert.deepEqual(handles.at(-1), started.handle)
      assert.deepEqual([steps[0]?.phase, steps.at(-1)?.phase], ['preparing', 'booting'])
      await spawner.stop(started.handle, patience())
    })

    test('starting the same handle twice gives one server, whichever object is asked', async () => {
      const { spawner, handle, spec } = begin()
      const first = await spawner.start(handle, spec, recordingContext().context)
      const second = await world.fresh().start(handle, spec, recordingContext().context)
      const third = await world.fresh().start(first.handle, spec, recordingContext().context)
      assert.deepEqual([second.url, third.url], [first.url, first.url])
      assert.equal(await world.count(handle), 1)
      await spawner.stop(handle, patience())
    })

    test('starting the same handle at the same time gives one server', async () => {
      const { spawner, handle, spec } = begin()
      const all = await Promise.all([1, 2, 3].map(() => world.fresh().start(handle, spec, recordingContext().context)))
      assert.equal(new Set(all.map((one) => one.url)).size, 1)
      assert.equal(await world.count(handle), 1)
      await spawner.stop(handle, patience())
    })

    test('a hub that dies at any call during a start leaves nothing that the next start or stop does not find', async () => {
      const deaths = [{ announce: 1 }, { announce: 2 }, { announce: 3 }, { keepHandle: 1 }]
      for (const death of deaths) {
        const { handle, spec } = begin()
        await assert.rejects(world.fresh().start(handle, spec, recordingContext(death).context), /the hub died/)
        const next = world.fresh()
        const { url } = await next.start(handle, spec, recordingContext().context)
        await answers(url, spec)
        assert.equal(await world.count(handle), 1)
        await next.stop(handle, patience())
        assert.equal(await world.count(handle), 0)
      }
    })

    test('a hub that dies during a start can be followed by a stop only', async () => {
      const { handle, spec } = begin()
      await assert.rejects(world.fresh().start(handle, spec, recordingContext({ keepHandle: 1 }).context), /the hub died/)
      await world.fresh().stop(handle, patience())
      assert.equal(await world.count(handle), 0)
      assert.deepEqual(await world.fresh().observe(handle), { kind: 'absent' })
    })

    test('stopping ends the server, and stopping again succeeds', async () => {
      const { spawner, handle, spec } = begin()
      const started = await spawner.start(handle, spec, recordingContext().context)
      await spawner.stop(started.handle, patience())
      assert.equal(await world.count(handle), 0)
      assert.deepEqual(await spawner.observe(started.handle), { kind: 'absent' })
      await spawner.stop(started.handle, patience())
      await world.fresh().stop(handle, patience())
    })

    test('a fresh object stops a server that another one started', async () => {
      const { spawner, handle, spec } = begin()
      const started = await spawner.start(handle, spec, recordingContext().context)
      await world.fresh().stop(started.handle, patience())
      assert.deepEqual(await spawner.observe(started.handle), { kind: 'absent' })
    })

    test('after a stop the handle starts nothing any more, but the next generation does', async () => {
      const { spawner, ref, handle, spec } = begin()
      await spawner.start(handle, spec, recordingContext().context)
      await spawner.stop(handle, patience())
      await assert.rejects(spawner.start(handle, spec, recordingContext().context), { code: 'spawner_failed' })
      const next = spawner.reserve(ref, 2)
      const { url } = await spawner.start(next, world.spec(ref, 2), recordingContext().context)
      await answers(url, spec)
      assert.equal(await world.count(handle), 0)
      await spawner.stop(next, patience())
    })

    test('a stop before the start forbids it', async () => {
      const { spawner, handle, spec } = begin()
      await spawner.stop(handle, patience())
      await assert.rejects(spawner.start(handle, spec, recordingContext().context), { code: 'spawner_failed' })
      assert.equal(await world.count(handle), 0)
    })

    test('a stop during the start wins or loses as a whole: nothing lives in the end', async () => {
      const { handle, spec } = begin()
      const start = world.fresh().start(handle, spec, recordingContext().context)
      await Promise.all([start.catch(() => null), world.fresh().stop(handle, patience())])
      await assert.rejects(world.fresh().start(handle, spec, recordingContext().context), { code: 'spawner_failed' })
      await world.fresh().stop(handle, patience())
      assert.equal(await world.count(handle), 0)
    })

    test('an aborted start rejects with the reason and is cleaned up by a stop', async () => {
      const { spawner, handle, spec } = begin()
      const reason = new Error('cancelled')
      await assert.rejects(spawner.start(handle, spec, recordingContext({}, AbortSignal.abort(reason)).context), reason)
      await spawner.stop(handle, patience())
      assert.equal(await world.count(handle), 0)
    })

    test('a server that dies is observed as exited, stays so for a fresh object, and can be stopped and forgotten', async () => {
      const { spawner, handle, spec } = begin()
      const started = await spawner.start(handle, spec, recordingContext().context)
      await world.kill(started.handle)
      await until(async () => (await spawner.observe(started.handle)).kind === 'exited')
      assert.equal((await world.fresh().observe(handle)).kind, 'exited')
      assert.equal((await spawner.start(started.handle, spec, recordingContext().context)).url, started.url)
      await until(async () => (await world.count(handle)) === 0)
      await spawner.stop(started.handle, patience())
      assert.deepEqual(await spawner.observe(started.handle), { kind: 'absent' })
    })

    test('the output is kept, last lines last, and is gone when it was forgotten', async () => {
      const { spawner, handle, spec } = begin()
      const { url } = await spawner.start(handle, spec, recordingContext().context)
      await answers(url, spec)
      assert.match((await spawner.logs(handle, 1)).join('\n'), /listening at/)
      await spawner.stop(handle, patience())
      assert.match((await world.fresh().logs(handle, 200)).join('\n'), /listening at/)
      await spawner.forget(handle)
      assert.deepEqual(await spawner.logs(handle, 10), [])
      await spawner.forget(handle)
    })

    test('what a living server uses is measured, its processor time only grows, and of a stopped one nothing is', async () => {
      const { spawner, handle, spec } = begin()
      if (spawner.usage === undefined) return
      const started = await spawner.start(handle, spec, recordingContext().context)
      await answers(started.url, spec)
      const first = await world.fresh().usage?.(started.handle, patience())
      const second = await world.fresh().usage?.(started.handle, patience())
      assert.ok(first && second)
      assert.ok(first.memoryBytes > 2 ** 20 && first.memoryBytes < 2 ** 30, `${first.memoryBytes} bytes`)
      assert.ok(first.cpuSeconds > 0 && second.cpuSeconds >= first.cpuSeconds && second.at >= first.at)
      assert.ok(Math.abs(first.at - Date.now()) < 60_000)
      await spawner.stop(started.handle, patience())
      assert.equal(await spawner.usage(started.handle, patience()), null)
    })

    test('a handle of another kind of spawner is refused', async () => {
      await assert.rejects(async () => await world.fresh().observe({ kind: 'nothing' }), { code: 'spawner_failed' })
    })

    test('describing says what was found', async () => {
      const facts = await world.fresh().describe()
      assert.equal(facts['found'], true)
    })
  })
}
