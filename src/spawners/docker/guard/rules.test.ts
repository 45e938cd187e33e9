import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fits, fitsValue } from './patterns.ts'
import { canonicalParts, canonicalReference, isPlainFetch } from './references.ts'
import { strictObject } from './strict-json.ts'

test('JSON is read as it was written, unless a name stands twice in one object', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const written = JSON.stringify(value)
      const read: unknown = JSON.parse(written)
      assert.deepEqual(strictObject(written), written.includes('__proto__') ? strictObject(written) : read)
    }),
  )
  const twins = ['{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":[{"b":1,"\\u0062":1}]}', '{"__proto__":{}}', '[]', '"a"', 'null', '{']
  assert.deepEqual(
    twins.map((text) => strictObject(text)),
    twins.map(() => null),
  )
  assert.deepEqual(strictObject('{"a":{"b":1},"b":["a","a"],"c":"\\"a\\":1"}'), { a: { b: 1 }, b: ['a', 'a'], c: '"a":1' })
})

test('a text fits a template when known fields have their value and unknown ones are one word', () => {
  const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, boolean])[] = [
    ['{prefix}-home-{username}', 'lab-home-ann', { prefix: 'lab' }, true],
    ['{prefix}-home-{username}', 'lab-home-ann', { prefix: 'lab', username: 'bob' }, false],
    ['{prefix}-home-{username}', 'lab-home-', { prefix: 'lab' }, false],
    ['/srv/{raw_username}', '/srv/ann lee', {}, true],
    ['/srv/{raw_username}', '/srv/ann/lee', {}, false],
    ['/srv/{raw_username}', '/srv/..', {}, false],
    ['/srv/{raw_username}', '/srv/a:b', {}, false],
    ['/srv/{raw_username}/x', '/srv/../etc/x', {}, false],
    ['/srv/a.b', '/srv/aXb', {}, false],
    ['/srv/a', '/srv/a\n', {}, false],
  ]
  for (const [template, text, known, expected] of rows) assert.equal(fits(template, text, known), expected, `${template} ${text}`)
})

test('a value fits one of the configuration only as a whole', () => {
  const template = { Type: 'tmpfs', Target: '/scratch/{username}', Options: [{ Size: 1 }] }
  assert.ok(fitsValue(template, { Target: '/scratch/ann', Type: 'tmpfs', Options: [{ Size: 1 }] }))
  assert.ok(!fitsValue(template, { Type: 'tmpfs', Target: '/scratch/ann', Options: [{ Size: 2 }] }))
  assert.ok(!fitsValue(template, { Type: 'tmpfs', Target: '/scratch/ann', Options: [{ Size: 1 }], More: true }))
  assert.ok(!fitsValue(template, { Type: 'tmpfs', Target: '/scratch/ann' }))
})

test('references that name one image are one reference', () => {
  const same = ['python', 'python:latest', 'library/python', 'docker.io/library/python:latest', 'docker.io/python']
  assert.deepEqual(new Set(same.map(canonicalReference)), new Set(['docker.io/library/python:latest']))
  assert.equal(canonicalReference('localhost:5000/a/b:1'), 'localhost:5000/a/b:1')
  assert.equal(canonicalParts('quay.io/jupyter/base', 'latest'), canonicalReference('quay.io/jupyter/base'))
  const digest = `sha256:${'0'.repeat(64)}`
  assert.equal(canonicalParts('quay.io/a', digest), canonicalReference(`quay.io/a@${digest}`))
})

test('the two parameters of a fetch hold a repository and a tag, and nothing that the engine would read as something else', () => {
  const good = [
    ['python', '3.12'],
    ['localhost:5000/a/b', '1'],
    ['quay.io/a', `sha256:${'0'.repeat(64)}`],
  ] as const
  const bad = [
    ['python:2', '3'],
    ['quay.io/a:2', '3'],
    ['a@sha256:00', '1'],
    ['a', ''],
    ['a', 'b:c'],
    ['../a', '1'],
    ['a//b', '1'],
    ['a b', '1'],
    ['', '1'],
  ] as const
  assert.deepEqual(
    good.filter(([repository, tag]) => !isPlainFetch(repository, tag)),
    [],
  )
  assert.deepEqual(
    bad.filter(([repository, tag]) => isPlainFetch(repository, tag)),
    [],
  )
})
