import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redact } from './redact.ts'

test('a known secret is hidden wherever it stands', () => {
  assert.deepEqual(redact(['GET /api?x=s3cr3t-abc HTTP/1.1', 'nothing here'], ['s3cr3t-abc']), [
    'GET /api?x=[hidden] HTTP/1.1',
    'nothing here',
  ])
})

test('what follows a telling name is hidden', () => {
  const lines = [
    'JUPYTERHUB_API_TOKEN=0123456789abcdef',
    'Authorization: token 0123456789abcdef',
    '"password": "hunter22"',
    '/lab?token=abcdef123&x=1',
  ]
  for (const line of redact(lines, [])) assert.match(line, /\[hidden\]/)
  assert.equal(redact(['/lab?token=abcdef123&x=1'], [])[0], '/lab?token=[hidden]&x=1')
})

test('ordinary lines stay as they are', () => {
  const lines = ['[I 2026-01-02 ServerApp] Jupyter Server 2.21.1 is running', 'tokens are checked at the hub']
  assert.deepEqual(redact(lines, ['']), lines)
})
