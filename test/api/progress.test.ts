import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { HubError } from '../../src/core/errors.ts'
import { until } from '../support/until.ts'
import { codeOf, fieldOf, keysOf, tokenOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { eventsIn, openStream } from './event-reader.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('the progress of a start', () => {
  let world: HubWorld
  let alice: Caller
  beforeEach(async () => {
    world = await createHubWorld({ slowSpawnTimeoutSeconds: 0 })
    alice = await tokenOf(world, 'alice')
  })
  afterEach(() => world.close())

  const path = '/users/alice/server/progress'
  const isReady = async (): Promise<boolean> => fieldOf((await alice('GET', '/users/alice/server')).body, 'ready') === true

  test('is told from the beginning, step by step, until the server is ready', async () => {
    world.gated.starts.close()
    await alice('POST', '/users/alice/server')
    const stream = await openStream(world, path, alice)
    assert.equal(stream.headers.get('content-type'), 'text/event-stream')
    assert.equal(stream.headers.get('cache-control'), 'no-cache')
    const first = await stream.next()
    assert.deepEqual(
      [fieldOf(first?.data, 'progress'), fieldOf(first?.data, 'message'), fieldOf(first?.data, 'phase')],
      [0, 'Server requested', 'queued'],
    )
    world.gated.starts.open()
    const events = await stream.rest()
    const steps = events.map((event) => Number(fieldOf(event.data, 'progress')))
    assert.deepEqual(
      steps,
      steps.toSorted((a, b) => a - b),
    )
    const last = events.at(-1)?.data
    const shown = ['progress', 'ready', 'message', 'html_message', 'url', 'phase'].map((key) => fieldOf(last, key))
    const url = '/user/alice/'
    assert.deepEqual(shown, [100, true, `Server ready at ${url}`, `Server ready at <a href="${url}">${url}</a>`, url, 'ready'])
    assert.match(String(fieldOf(last, 'at')), /^\d{4}-\d{2}-\d{2}T/)
    assert.ok(events.every((event, index) => index === events.length - 1 || !keysOf(event.data).includes('ready')))
  })

  test('goes on behind the last event that a listener has seen, and tells it when there is nothing more', async () => {
    world.gated.starts.close()
    await alice('POST', '/users/alice/server')
    const early = await openStream(world, path, alice)
    const first = await early.next()
    await early.close()
    world.gated.starts.open()
    await until(isReady)
    const seen = await alice('GET', path, undefined, { 'last-event-id': first?.id ?? '' })
    const events = eventsIn(seen.text)
    assert.ok(events.length >= 3)
    assert.ok(events.every((event) => Number(event.id) > Number(first?.id)))
    assert.equal(fieldOf(events.at(-1)?.data, 'ready'), true)
    const over = await alice('GET', path, undefined, { 'last-event-id': events.at(-1)?.id ?? '' })
    assert.equal(over.status, 204)
  })

  test('of a server that is ready is one event', async () => {
    await alice('POST', '/users/alice/server')
    await until(isReady)
    const events = eventsIn((await alice('GET', path)).text)
    assert.equal(events.length, 1)
    assert.equal(fieldOf(events[0]?.data, 'url'), '/user/alice/')
  })

  test('of a start that failed is one event with the reason', async () => {
    world.gated.fail(new HubError('server_command_not_found', { command: '<b>' }))
    world.gated.starts.close()
    await alice('POST', '/users/alice/server')
    const live = await openStream(world, path, alice)
    world.gated.starts.open()
    const last = (await live.rest()).at(-1)
    const events = eventsIn((await alice('GET', path)).text)
    assert.equal(events.length, 1)
    for (const event of [last, events[0]]) {
      assert.equal(fieldOf(event?.data, 'failed'), true)
      assert.equal(fieldOf(event?.data, 'progress'), 100)
      assert.equal(fieldOf(event?.data, 'message'), 'Spawn failed: The command <b> was not found.')
      assert.equal(fieldOf(event?.data, 'code'), 'server_command_not_found')
    }
  })

  test('of a start that was cancelled ends so for who listened, and is 404 afterwards', async () => {
    world.gated.starts.close()
    await alice('POST', '/users/alice/server')
    const stream = await openStream(world, path, alice)
    await stream.next()
    await alice('DELETE', '/users/alice/server')
    const last = (await stream.rest()).at(-1)
    assert.equal(fieldOf(last?.data, 'failed'), true)
    assert.equal(fieldOf(last?.data, 'message'), 'Spawn cancelled')
    assert.equal(codeOf(await alice('GET', path)), 'server_not_found')
  })

  test('of a server that never started, or was stopped, is 404', async () => {
    assert.equal((await alice('GET', path)).status, 404)
    await alice('POST', '/users/alice/server')
    await until(isReady)
    await alice('DELETE', '/users/alice/server')
    assert.equal((await alice('GET', path)).status, 404)
  })

  test('one caller holds a limited number of streams, and gets them back', async () => {
    world.gated.starts.close()
    await alice('POST', '/users/alice/server')
    const open = await Promise.all([1, 2, 3].map(() => openStream(world, path, alice)))
    const refused = await alice('GET', path)
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '15')
    for (const stream of open) await stream.close()
    await until(async () => {
      const stream = await openStream(world, path, alice)
      await stream.close()
      return stream.status === 200
    })
  })

  test('texts of events cannot make other events', async () => {
    world.gated.fail(new HubError('spawner_failed', { reason: 'x\n\ndata: {"ready":true}\r\n\r\nid: 1' }))
    await alice('POST', '/users/alice/server')
    await until(async () => (await alice('GET', path)).status === 200)
    const events = eventsIn((await alice('GET', path)).text)
    assert.equal(events.length, 1)
    assert.equal(fieldOf(events[0]?.data, 'ready'), undefined)
  })

  test('with log=true the output of the server comes along as it is written, secrets hidden, and late listeners get its last lines', async () => {
    world.gated.starts.close()
    let written = ['one', `token=${'s'.repeat(20)}`]
    world.gated.write(() => written)
    await alice('POST', '/users/alice/server')
    const stream = await openStream(world, `${path}?log=true`, alice)
    const nextLog = async (from: typeof stream): Promise<unknown> => {
      for (let event = await from.next(); event !== null; event = await from.next()) {
        if (keysOf(event.data).includes('log')) return { id: event.id, data: event.data }
      }
      return null
    }
    const hidden = 'token=[hidden]'
    assert.deepEqual(await nextLog(stream), { id: null, data: { message: hidden, log: ['one', hidden], log_begins: true } })
    written = [...written, 'x'.repeat(500)]
    assert.deepEqual(await nextLog(stream), {
      id: null,
      data: { message: `${'x'.repeat(400)}…`, log: [`${'x'.repeat(400)}…`] },
    })
    written = Array.from({ length: 1000 }, (_, index) => `line ${index}`)
    const late = await openStream(world, `${path}?log=true`, alice)
    const replayed = await nextLog(late)
    assert.equal(JSON.stringify(replayed).match(/line \d+/g)?.length, 41)
    assert.match(JSON.stringify(replayed), /"line 999"\],"log_begins":true/)
    world.gated.starts.open()
    const last = (await stream.rest()).at(-1)?.data
    assert.equal(fieldOf(last, 'ready'), true)
    await late.close()
  })

  test('without log=true, or without the scope servers, no output is told', async () => {
    world.gated.starts.close()
    world.gated.write(() => ['one'])
    await alice('POST', '/users/alice/server')
    const reader = await tokenOf(world, 'reader', ['read:servers'], { admin: true })
    const listeners = [await openStream(world, path, alice), await openStream(world, `${path}?log=true`, reader)]
    const open = await openStream(world, `${path}?log=true`, alice)
    while (!keysOf((await open.next())?.data).includes('log'));
    world.gated.starts.open()
    for (const stream of listeners) assert.ok((await stream.rest()).every(({ data }) => !keysOf(data).includes('log')))
    await open.close()
  })
})
