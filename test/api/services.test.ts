import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { upsertService } from '../../src/db/services.ts'
import { createToken } from '../../src/db/tokens.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { sha256Hex } from '../../src/lib/secrets.ts'
import { callerWith, codeOf, fieldOf, keysOf, tokenOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

describe('services over the API', () => {
  let world: HubWorld
  let root: Caller
  let culler: Caller
  before(async () => {
    world = await createHubWorld()
    root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    const { db } = world.database
    const service = await upsertService(db, { name: 'culler', admin: false, url: null, info: { a: 1 }, display: true })
    await upsertService(db, { name: 'grader', admin: false, url: 'http://127.0.0.1:9', info: {}, display: true })
    const secret = systemIds.hex(16)
    await createToken(db, { hash: sha256Hex(secret), serviceId: service.id, scopes: ['inherit'], note: '', now: Date.now() })
    culler = callerWith(world, { authorization: `token ${secret}` })
  })
  after(() => world.close())

  test('are listed by name and shown one by one', async () => {
    const { body } = await root('GET', '/services')
    assert.deepEqual(keysOf(body), ['culler', 'grader'])
    const one = await root('GET', '/services/grader')
    assert.deepEqual(one.body, {
      kind: 'service',
      name: 'grader',
      admin: false,
      roles: [],
      url: 'http://127.0.0.1:9',
      prefix: '/services/grader/',
      command: [],
      pid: 0,
      info: {},
      display: true,
    })
    assert.deepEqual(fieldOf(body, 'grader'), one.body)
    assert.equal(codeOf(await root('GET', '/services/nosuch')), 'not_found')
  })

  test('are shown as far as the filter reaches', async () => {
    const some = await tokenOf(world, 'root1', ['list:services!service=culler', 'read:services:name!service=culler'])
    assert.deepEqual((await some('GET', '/services')).body, { culler: { kind: 'service', name: 'culler', admin: false } })
    assert.equal((await some('GET', '/services/grader')).status, 404)
    assert.equal((await (await tokenOf(world, 'alice'))('GET', '/services/grader')).status, 403)
  })

  test('a service without a role is somebody who may do nothing', async () => {
    const me = await culler('GET', '/user')
    assert.deepEqual(keysOf(me.body), ['admin', 'kind', 'name', 'scopes', 'session_id', 'token_id'])
    assert.deepEqual([fieldOf(me.body, 'kind'), fieldOf(me.body, 'name'), fieldOf(me.body, 'scopes')], ['service', 'culler', []])
    assert.equal((await culler('GET', '/users')).status, 403)
    assert.equal((await culler('POST', '/users/root1/tokens')).status, 403)
  })
})
