import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plan, planRoutes } from './reconcile.ts'
import type { ServerFacts } from './reconcile.ts'

const at = '2026-01-02T03:04:05.000Z'
const url = 'http://127.0.0.1:4000'
const running = { kind: 'running', url, since: at } as const
const starting = { kind: 'starting', phase: 'booting', since: at } as const
const stopping = { kind: 'stopping', since: at, failure: null } as const
const failed = { kind: 'failed', failure: { code: 'server_died', detail: {} }, at } as const
const alive = { kind: 'running', url } as const
const exited = { kind: 'exited', exitCode: 1, signal: null, outOfMemory: false } as const
const absent = { kind: 'absent' } as const

const rows: readonly (readonly [promise: string, facts: ServerFacts, actions: readonly string[]])[] = [
  ['a running server with its route is left alone', { desired: 'running', state: running, observed: alive, route: url }, []],
  ['a lost route is put back', { desired: 'running', state: running, observed: alive, route: null }, ['put_route']],
  [
    'a route to another place is corrected',
    { desired: 'running', state: running, observed: alive, route: 'http://127.0.0.1:9' },
    ['put_route'],
  ],
  [
    'a server that answers elsewhere is noted there first',
    { desired: 'running', state: running, observed: { kind: 'running', url: 'http://127.0.0.1:5' }, route: url },
    ['note_move'],
  ],
  ['a crashed server is noted', { desired: 'running', state: running, observed: exited, route: url }, ['note_exit']],
  ['a vanished server is noted', { desired: 'running', state: running, observed: absent, route: url }, ['note_exit']],
  ['a stop that was asked for begins', { desired: 'stopped', state: running, observed: alive, route: url }, ['begin_stop']],
  ['a cancelled start begins to stop', { desired: 'stopped', state: starting, observed: absent, route: null }, ['begin_stop']],
  ['a start that was asked for is driven', { desired: 'running', state: starting, observed: absent, route: null }, ['start']],
  ['a start that another hub began is taken over', { desired: 'running', state: starting, observed: alive, route: null }, ['start']],
  [
    'the route goes before the process',
    { desired: 'stopped', state: stopping, observed: alive, route: url },
    ['delete_route', 'stop', 'settle'],
  ],
  [
    'what was just being made is stopped though it is not seen yet',
    { desired: 'stopped', state: stopping, observed: absent, route: null },
    ['stop', 'settle'],
  ],
  ['a stopped server without route needs nothing', { desired: 'stopped', state: { kind: 'stopped' }, observed: absent, route: null }, []],
  ['a stopped server keeps no route', { desired: 'stopped', state: { kind: 'stopped' }, observed: absent, route: url }, ['delete_route']],
  ['a failed server keeps no route', { desired: 'stopped', state: failed, observed: absent, route: url }, ['delete_route']],
]

for (const [promise, facts, actions] of rows) {
  test(promise, () => {
    assert.deepEqual(
      plan(facts).map((action) => action.kind),
      actions,
    )
  })
}

test('routes are put when missing or wrong, removed when ours and unknown, and others are never touched', () => {
  const wanted = [
    { path: '/', target: 'http://hub' },
    { path: '/user/a', target: 'http://a' },
    { path: '/user/b', target: 'http://b' },
    { path: '/user/coming', target: '', leave: true },
  ]
  const actual = [
    { path: '/', target: 'http://hub', ours: true },
    { path: '/user/b', target: 'http://old', ours: true },
    { path: '/user/coming', target: 'http://c', ours: true },
    { path: '/user/gone', target: 'http://g', ours: true },
    { path: '/of/others', target: 'http://o', ours: false },
  ]
  const todo = planRoutes(wanted, actual)
  assert.deepEqual(
    todo.put.map((route) => route.path),
    ['/user/a', '/user/b'],
  )
  assert.deepEqual(todo.remove, ['/user/gone'])
})
