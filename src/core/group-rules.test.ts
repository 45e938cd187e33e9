import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gainedByMembership, parseGroupName } from './group-rules.ts'
import { ownerScopes } from './scopes.ts'

const held = (...scopes: string[]) => ownerScopes({ kind: 'user', name: 'boss', groups: [] }, [scopes])
const bob = { name: 'bob', groups: ['other'] }

test('whoever may act on the members of a group gains by a new one', () => {
  assert.deepEqual(gainedByMembership(held('groups!group=g', 'delete:users!group=g'), 'g', bob), ['delete:users'])
})

test('nothing is gained over somebody who is within reach already, by scopes about groups, or without a filter', () => {
  assert.deepEqual(gainedByMembership(held('groups!group=g'), 'g', bob), [])
  assert.deepEqual(gainedByMembership(held('groups', 'delete:users'), 'g', bob), [])
  assert.deepEqual(gainedByMembership(held('delete:users!group=g', 'delete:users!user=bob'), 'g', bob), [])
  assert.deepEqual(gainedByMembership(held('delete:users!group=g', 'delete:users!group=other'), 'g', bob), [])
  assert.deepEqual(gainedByMembership(held('delete:users!group=g'), 'g', { name: 'bob', groups: ['g'] }), [])
})

test('names of groups keep their case and come in one writing', () => {
  assert.deepEqual(parseGroupName('Klasse 7a'), { ok: true, name: 'Klasse 7a' })
  assert.deepEqual(parseGroupName('cafe\u0301'), { ok: true, name: 'café' })
  for (const bad of ['', ' ', ' a', 'a ', '..', '.', 'a/b', 'a\\b', 'a\u0000', 'a\u202eb', 'x'.repeat(256), 'é'.repeat(200)]) {
    assert.equal(parseGroupName(bad).ok, false, bad)
  }
})
