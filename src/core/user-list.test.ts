import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUserList } from './user-list.ts'

test('names, administrators, comments and blank lines are told apart', () => {
  const text = '\uFEFFalice admin\n# all of them\n\nBob\r\n  carol   admin  # boss\nDave # admin\n'
  assert.deepEqual(parseUserList(text), { users: ['bob', 'dave'], admins: ['alice', 'carol'], problems: [] })
})

test('what cannot be understood is told with its line, and the rest counts', () => {
  const { users, problems } = parseUserList('alice\na/b\nbob administrator\ncarol admin now\n__proto__\ndave')
  assert.deepEqual(users, ['alice', 'dave'])
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    ['line 2', 'line 3', 'line 4', 'line 5'],
  )
})

test('a name may be one of a certain authenticator', () => {
  const { users, admins, problems } = parseUserList('google:Bob@Example.org\ngithub:alice admin\ngoogle:\n')
  assert.deepEqual([users, admins, problems.length], [['google:bob@example.org'], ['github:alice'], 1])
})

test('an empty file lists nobody', () => {
  assert.deepEqual(parseUserList(''), { users: [], admins: [], problems: [] })
})
