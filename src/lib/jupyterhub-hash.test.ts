import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isJupyterHubHash } from './jupyterhub-hash.ts'

const vectors = [
  [
    '0123456789abcdef0123456789abcdef',
    'sha512:1:00112233445566aa:63f21ee4eec79671532ebbe538704a4f0f2f6e9b50616c2a1d8fa90463806437da75f01ca4250c47826b90297b3cf94a34f7b381d7c164d4398a462e88a13734',
  ],
  [
    'secret-token',
    'sha512:16384:00112233445566aa:e6513345bd40cdc1432281c3dcf82b21f1cae66fcb17b1f47096466a3717237e05921cf17d91b84dc5317eccc597c1e365d11aac638d77dea4b0fa82da14c856',
  ],
] as const

test('the vectors of the format are recognised, and nothing near them', () => {
  for (const [secret, text] of vectors) {
    assert.equal(isJupyterHubHash(text, secret), true)
    assert.equal(isJupyterHubHash(text, `${secret}x`), false)
    assert.equal(isJupyterHubHash(text.replace(':00', ':01'), secret), false)
  }
})

test('texts of another form, and secrets that only cost time, are no match', () => {
  const [[secret, text]] = vectors
  for (const other of [
    '',
    'sha512',
    text.replace('sha512', 'md5'),
    text.replace(':1:', ':0:'),
    text.replace(':1:', ':99999999:'),
    `${text}:x`,
    text.slice(0, -1),
    `${text.slice(0, -2)}zz`,
  ])
    assert.equal(isJupyterHubHash(other, secret), false, other)
  assert.equal(isJupyterHubHash(text, 'x'.repeat(100_000)), false)
})
