import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { needs } from '../support/machine.ts'
import { script } from './api-script.ts'
import type { Noted } from './api-script.ts'
import { callerWith, tokenOf } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'
import { startJupyterHub } from './real-jupyterhub.ts'

/** Where the status differs on purpose. */
const knownStatuses: Readonly<Record<string, string>> = {
  'alice: POST /users/alice/tokens []': 'a body that is no object is refused',
  'alice: POST /users/alice/server "text"': 'a body that is no object is 400, not an internal error',
}

/** Fields that a JupyterHub 5 does not have. */
const ours = new Set(['user_info', 'display_name', 'phase', 'failure'])

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is missing from, or new in, our reply. The spawner's own `state` is everybody's own business. */
function differences(theirs: unknown, mine: unknown, at: string): readonly string[] {
  if (Array.isArray(theirs) && Array.isArray(mine))
    return theirs.length === 0 || mine.length === 0 ? [] : differences(theirs[0], mine[0], `${at}[0]`)
  if (isObject(theirs) && isObject(mine)) {
    const missing = Object.keys(theirs).filter((key) => !Object.hasOwn(mine, key))
    const added = Object.keys(mine).filter((key) => !Object.hasOwn(theirs, key) && !ours.has(key))
    const shared = Object.keys(theirs).filter((key) => Object.hasOwn(mine, key) && key !== 'state' && key !== 'scopes')
    return [
      ...missing.map((key) => `${at}.${key} is missing`),
      ...added.map((key) => `${at}.${key} is new`),
      ...shared.flatMap((key) => differences(theirs[key], mine[key], `${at}.${key}`)),
    ]
  }
  return JSON.stringify(theirs) === JSON.stringify(mine) ? [] : [`${at} is ${JSON.stringify(mine)} and not ${JSON.stringify(theirs)}`]
}

describe('the same calls against a JupyterHub', needs('python'), () => {
  let world: HubWorld
  let peer: Awaited<ReturnType<typeof startJupyterHub>>
  let theirs: readonly Noted[]
  let mine: readonly Noted[]
  before(async () => {
    peer = await startJupyterHub()
    world = await createHubWorld({ namedServerLimitPerUser: 3, apiPageDefaultLimit: 3, apiPageMaxLimit: 5 })
    theirs = await script(peer)
    mine = await script({ root: await tokenOf(world, 'root1', ['inherit'], { admin: true }), as: (headers) => callerWith(world, headers) })
  })
  after(async () => {
    await peer.stop()
    await world.close()
  })

  const pairs = (): readonly (readonly [Noted, Noted])[] =>
    theirs.map((note, index) => {
      const own = mine[index]
      assert.ok(own)
      return [note, own]
    })

  test('are enough to mean something', () => {
    assert.ok(theirs.length > 100)
    assert.equal(mine.length, theirs.length)
  })

  test('answer with the same status', () => {
    const wrong = pairs().filter(([a, b]) => a.status !== b.status && !Object.hasOwn(knownStatuses, a.call))
    assert.deepEqual(
      wrong.map(([a, b]) => `${a.call}: ${b.status} and not ${a.status} (${String(a.message)}; ${String(b.message)})`),
      [],
    )
  })

  test('answer with the same content type', () => {
    const wrong = pairs().filter(([a, b]) => a.status === b.status && (a.type ?? '').split(';')[0] !== (b.type ?? '').split(';')[0])
    assert.deepEqual(
      wrong.map(([a, b]) => `${a.call}: ${b.type} and not ${a.type}`),
      [],
    )
  })

  test('answer with the same fields of the same types', () => {
    assert.deepEqual(
      pairs().flatMap(([a, b]) => (a.status === b.status ? differences(a.shape, b.shape, a.call) : [])),
      [],
    )
  })

  test('what a role, a token and a user may do is written in the same scopes', () => {
    const scopes = (notes: readonly Noted[]): unknown => notes.find(({ call }) => call === 'root1: GET /user')?.scopes
    const [a, b] = [scopes(theirs), scopes(mine)]
    assert.ok(Array.isArray(a) && Array.isArray(b))
    assert.deepEqual(
      a.filter((scope) => !b.includes(scope)),
      [],
    )
    assert.deepEqual(
      b.filter((scope) => !a.includes(scope)),
      ['start:servers'],
    )
  })
})
