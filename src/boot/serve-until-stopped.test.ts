import { test } from 'node:test'
import assert from 'node:assert/strict'
import { fakeHost, fakeParent } from '../../test/support/fake-host.ts'
import { until } from '../../test/support/until.ts'
import { silentLog } from '../lib/log.ts'
import { serveUntilStopped } from './serve-until-stopped.ts'
import type { Host, ReadyFacts } from './host.ts'

const facts: ReadyFacts = { line: 'Set it up', signInPage: '', setUpPath: '/hub/setup', jsonOnly: false, stopDeadlineMs: 1 }
const serving = (host: Host) => ({ host, log: silentLog, places: [], deadlineMs: 1_000 })

test('alone it prints the set-up line, and ends with 0 when it is asked to, after undoing what it did', async () => {
  const { host, stdout, stop } = fakeHost({ cwd: '/' })
  let undone = false
  const ended = serveUntilStopped(serving(host), (scope) => {
    scope.onStop('it', () => (undone = true))
    return Promise.resolve({ facts })
  })
  await until(() => stdout() === 'Set it up\n')
  assert.equal(undone, false)
  stop()
  assert.equal(await ended, 0)
  assert.ok(undone)
})

test('what cannot start undoes what it did, and says so in one sentence', async () => {
  const { host, stderr } = fakeHost({ cwd: '/' })
  let undone = false
  const code = await serveUntilStopped(serving(host), (scope) => {
    scope.onStop('it', () => (undone = true))
    return Promise.reject(new Error('The disk is full.'))
  })
  assert.deepEqual([code, undone, stderr()], [1, true, 'The disk is full.\n'])
})

test('a supervised process tells its parent that it is ready, or why not', async () => {
  const parent = fakeParent()
  const host = { ...fakeHost({ cwd: '/' }).host, parent: parent.link }
  assert.equal(await serveUntilStopped(serving(host), () => Promise.reject(new Error('No.'))), 1)
  const ended = serveUntilStopped(serving(host), () => Promise.resolve({ facts }))
  await until(() => parent.said.length === 2)
  assert.deepEqual(parent.said, [
    { kind: 'failed', sentence: 'No.', exitCode: 1 },
    { kind: 'ready', facts },
  ])
  parent.say({ kind: 'stop', stopServers: false })
  assert.equal(await ended, 0)
})

test('notebook servers are stopped only when the parent says so, before anything is undone', async () => {
  for (const stopServers of [true, false]) {
    const parent = fakeParent()
    const host = { ...fakeHost({ cwd: '/' }).host, parent: parent.link }
    const deeds: string[] = []
    const ended = serveUntilStopped(serving(host), (scope) => {
      scope.onStop('it', () => deeds.push('undone'))
      return Promise.resolve({ facts, stopServers: () => Promise.resolve(void deeds.push('stopped')) })
    })
    await until(() => parent.said.length === 1)
    parent.say({ kind: 'stop', stopServers })
    assert.equal(await ended, 0)
    assert.deepEqual(deeds, stopServers ? ['stopped', 'undone'] : ['undone'])
  }
})

test('it ends when its parent is gone', async () => {
  const parent = fakeParent()
  const host = { ...fakeHost({ cwd: '/' }).host, parent: parent.link }
  const ended = serveUntilStopped(serving(host), () => Promise.resolve({ facts }))
  await until(() => parent.said.length === 1)
  parent.die()
  assert.equal(await ended, 0)
})
