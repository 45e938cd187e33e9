import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callbackProblem, callbackUrl } from './callback-url.ts'

test('the callback address is that of the hub below its public address', () => {
  assert.equal(
    callbackUrl({ publicUrl: 'https://hub.example.org', baseUrl: '/jupyter/' }),
    'https://hub.example.org/jupyter/hub/oauth_callback',
  )
  assert.equal(callbackUrl({ publicUrl: null, baseUrl: '/' }), null)
})

test('an address that does not lead to this hub is told with the one that does', () => {
  const place = { publicUrl: 'https://hub.example.org', baseUrl: '/' }
  const right = 'https://hub.example.org/hub/oauth_callback'
  assert.equal(callbackProblem(right, place), null)
  for (const wrong of [
    'http://hub.example.org/hub/oauth_callback',
    'https://hub.example.org:8443/hub/oauth_callback',
    'https://hub.example.org/oauth_callback',
    'https://hub.example.org/hub/oauth_callback/',
    'https://hub.example.org.evil.test/hub/oauth_callback',
  ])
    assert.equal(callbackProblem(wrong, place)?.expected, right, wrong)
})

test('without a public address only the path can be judged', () => {
  const place = { publicUrl: null, baseUrl: '/' }
  assert.equal(callbackProblem('https://anywhere.test/hub/oauth_callback', place), null)
  assert.equal(callbackProblem('https://anywhere.test/x', place)?.expected, 'https://anywhere.test/hub/oauth_callback')
})
