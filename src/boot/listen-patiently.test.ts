import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import type { Clock } from '../lib/clock.ts'
import { createScope } from '../lib/lifecycle.ts'
import { silentLog } from '../lib/log.ts'
import { listenPatiently } from './listen-patiently.ts'

const place = { host: '192.0.2.1', port: 8081 }
const answer = (): Response => new Response()
/** Time passes as soon as somebody waits. */
const hurried: Clock = { ...systemClock, sleep: (_, signal) => Promise.resolve(signal?.throwIfAborted()) }

function world(codes: string[], isNeeded = false) {
  const scope = createScope({ clock: systemClock, log: silentLog })
  const bound = Promise.withResolvers<void>()
  const closed: string[] = []
  const listen = () => {
    const code = codes.shift()
    if (code !== undefined) return Promise.reject(Object.assign(new Error(code), { code }))
    bound.resolve()
    return Promise.resolve({ port: place.port, close: () => Promise.resolve(void closed.push('closed')) })
  }
  return { deps: { listen, clock: hurried, log: silentLog, scope, graceMs: 0, isNeeded }, scope, bound: bound.promise, closed }
}

test('an address that is not there yet is bound as soon as it is, and closed at the end', async () => {
  const { deps, scope, bound, closed } = world(['EADDRNOTAVAIL', 'EADDRNOTAVAIL', 'EADDRNOTAVAIL'])
  await listenPatiently(deps, answer, place)
  await bound
  await scope.stop(1_000)
  assert.deepEqual(closed, ['closed'])
})

test('a port that is taken is a failure at once', async () => {
  const { deps, scope } = world(['EADDRINUSE'])
  await assert.rejects(listenPatiently(deps, answer, place), { code: 'EADDRINUSE' })
  await scope.stop(1_000)
})

test('the address that was asked for is not waited for', async () => {
  const { deps, scope } = world(['EADDRNOTAVAIL'], true)
  await assert.rejects(listenPatiently(deps, answer, place), { code: 'EADDRNOTAVAIL' })
  await scope.stop(1_000)
})
