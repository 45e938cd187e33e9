import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HubError } from '../core/errors.ts'
import { asHubError, problemBody, problemReply } from './problem.ts'

test('an error of the hub goes through as it is', () => {
  const error = new HubError('user_not_found', { user: 'x' })
  assert.equal(asHubError(error, 'r'), error)
})

test('an unknown error is internal, with a reference and nothing of its text', () => {
  const error = asHubError(new Error('password hunter2'), 'abc')
  assert.deepEqual(problemBody(error), {
    status: 500,
    message: 'Internal Server Error',
    code: 'internal',
    hint: 'The log of the hub says more; look for the reference abc.',
    detail: { reference: 'abc' },
  })
  assert.equal(asHubError('text', 'x').code, 'internal')
  assert.equal(asHubError(null, 'x').code, 'internal')
})

test('a database that is away for a moment is 503 with a time to come back', () => {
  for (const code of ['ECONNREFUSED', '57P01', '57P03', '53300', 'ECONNRESET']) {
    const reply = problemReply(asHubError(Object.assign(new Error('away'), { code }), 'r'))
    assert.equal(reply.status, 503, code)
    assert.equal(reply.headers.get('retry-after'), '5')
  }
  assert.equal(asHubError(Object.assign(new Error('unique'), { code: '23505' }), 'r').code, 'internal')
})
