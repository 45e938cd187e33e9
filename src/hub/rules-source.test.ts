import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRulesSource } from './rules-source.ts'

const path = (): string => join(mkdtempSync(join(tmpdir(), 'orrery-list-')), 'userlist')

test('a userlist adds to the settings, and counts anew as soon as it changes', () => {
  const userlist = path()
  const problems: string[] = []
  writeFileSync(userlist, 'bob\ncarol admin\na/b\n')
  const rules = createRulesSource({ settings: { allowedUsers: ['Alice'] }, userlist, onProblem: (problem) => problems.push(problem) })
  assert.deepEqual([[...rules().allowedUsers], [...rules().adminUsers]], [['alice', 'bob'], ['carol']])
  assert.equal(problems.length, 1)
  writeFileSync(`${userlist}.new`, 'dave\n')
  renameSync(`${userlist}.new`, userlist)
  assert.deepEqual([[...rules().allowedUsers], [...rules().adminUsers]], [['alice', 'dave'], []])
})

test('a userlist that is gone leaves what it said, and says so once', () => {
  const userlist = path()
  const problems: string[] = []
  writeFileSync(userlist, 'bob\n')
  const rules = createRulesSource({ settings: {}, userlist, onProblem: (problem) => problems.push(problem) })
  assert.ok(rules().allowedUsers.has('bob'))
  rmSync(userlist)
  assert.ok(rules().allowedUsers.has('bob') && rules().allowedUsers.has('bob'))
  assert.equal(problems.length, 1)
})

test('without a file the settings alone count, and a name that cannot be is told', () => {
  const problems: string[] = []
  const rules = createRulesSource({
    settings: { adminUsers: ['root1', 'a/b'] },
    userlist: null,
    onProblem: (problem) => problems.push(problem),
  })
  assert.deepEqual([...rules().adminUsers], ['root1'])
  assert.equal(problems.length, 1)
})
