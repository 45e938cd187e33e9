import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HubError } from './errors.ts'
import { isActive, isReady, pendingOf, transition } from './server-state.ts'
import type { Desired, ServerEvent, ServerState } from './server-state.ts'

const at = '2026-01-02T03:04:05.000Z'
const failure = { code: 'server_exited_early', detail: { exitCode: 1 } } as const

const states: Readonly<Record<string, ServerState>> = {
  stopped: { kind: 'stopped' },
  starting: { kind: 'starting', phase: 'queued', since: at },
  running: { kind: 'running', url: 'http://127.0.0.1:1', since: at },
  stopping: { kind: 'stopping', since: at, failure: null },
  failing: { kind: 'stopping', since: at, failure },
  failed: { kind: 'failed', failure, at },
}

const events: Readonly<Record<string, ServerEvent>> = {
  start_asked: { kind: 'start_asked', at },
  phase_reached: { kind: 'phase_reached', phase: 'booting', at },
  became_ready: { kind: 'became_ready', url: 'http://127.0.0.1:2', at },
  moved: { kind: 'moved', url: 'http://127.0.0.1:3' },
  start_failed: { kind: 'start_failed', failure, at },
  died: { kind: 'died', failure, at },
  stop_asked: { kind: 'stop_asked', at },
  gone: { kind: 'gone', at },
}

/** Every pair that may happen; all others must throw. */
const allowed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stopped: { start_asked: 'starting' },
  failed: { start_asked: 'starting' },
  starting: { phase_reached: 'starting', became_ready: 'running', start_failed: 'stopping', stop_asked: 'stopping' },
  running: { moved: 'running', died: 'stopping', stop_asked: 'stopping' },
  stopping: { gone: 'stopped' },
  failing: { gone: 'failed' },
}

for (const [from, state] of Object.entries(states)) {
  for (const [name, event] of Object.entries(events)) {
    const to = allowed[from]?.[name]
    test(`${name} in ${from} ${to === undefined ? 'is refused' : `leads to ${to}`}`, () => {
      if (to === undefined) assert.throws(() => transition(state, event), { name: HubError.name, code: 'internal' })
      else assert.equal(transition(state, event).kind, to)
    })
  }
}

test('a failure is kept from the moment it is noted until the next start', () => {
  const { starting } = states
  assert.ok(starting)
  const failing = transition(starting, { kind: 'start_failed', failure, at })
  const failed = transition(failing, { kind: 'gone', at })
  assert.deepEqual(failed, { kind: 'failed', failure, at })
  assert.equal(transition(failed, { kind: 'start_asked', at }).kind, 'starting')
})

test('a phase keeps the time at which the start began', () => {
  const { starting } = states
  assert.ok(starting)
  assert.deepEqual(transition(starting, { kind: 'phase_reached', phase: 'routing', at: '2026-01-02T03:05:05.000Z' }), {
    kind: 'starting',
    phase: 'routing',
    since: at,
  })
})

test('a server is never both ready and pending, and only an active one is either', () => {
  const anyState = fc.constantFrom(...Object.values(states))
  const anyDesired = fc.constantFrom<Desired>('running', 'stopped')
  fc.assert(
    fc.property(anyState, anyDesired, (state, desired) => {
      const [ready, pending] = [isReady(state, desired), pendingOf(state, desired)]
      assert.ok(!(ready && pending !== null))
      assert.equal(isActive(state), ready || pending !== null)
    }),
  )
})

test('a stop that was asked for counts as pending before it has begun', () => {
  const { running, starting } = states
  assert.ok(running && starting)
  assert.equal(pendingOf(running, 'stopped'), 'stop')
  assert.equal(pendingOf(starting, 'stopped'), 'stop')
  assert.equal(pendingOf(starting, 'running'), 'spawn')
})
