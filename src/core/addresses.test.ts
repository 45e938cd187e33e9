import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isUserHost, serverRoute, serverUrl, userLabel } from './addresses.ts'
import { parseUserName } from './names.ts'

const apart = { baseUrl: '/pre/', subdomainHost: 'https://hub.example.org:8443' }
const together = { baseUrl: '/pre/' }

const userNames = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-z0-9._-]{1,70}$/), fc.stringMatching(/^u-[a-z]{1,8}--[0-9a-f]{32}$/))
  .map(parseUserName)
  .filter((parsed) => parsed.ok)
  .map((parsed) => (parsed.ok ? parsed.name : ''))

test('every name is a host name of its own, and different names never get the same', () => {
  fc.assert(
    fc.property(userNames, userNames, (one, other) => {
      const host = `${userLabel(one)}.hub.example.org`
      assert.equal(new URL(`https://${host}/`).hostname, host, 'as browsers write it')
      assert.match(userLabel(one), /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
      assert.equal(userLabel(one) === userLabel(other), one === other)
    }),
  )
})

test('plain names stand in the host as they are, all others behind u-', () => {
  assert.equal(userLabel('alice'), 'alice')
  assert.equal(userLabel('a-b'), 'a-b')
  for (const name of ['a_b', 'üser', 'has space', 'user@example.com', 'a--b', 'xn--ser-goa', 'a.b', '_', 'x'.repeat(64)]) {
    assert.match(userLabel(name), /^u-[a-z0-9]{1,8}--[0-9a-f]{32}$/)
  }
})

test('addresses and routes have the host of the person when people have hosts of their own', () => {
  assert.equal(serverUrl(together, 'alice', ''), '/pre/user/alice/')
  assert.equal(serverRoute(together, 'alice', 'lab'), '/pre/user/alice/lab/')
  assert.equal(serverUrl(apart, 'alice', 'lab'), 'https://alice.hub.example.org:8443/pre/user/alice/lab/')
  assert.equal(serverRoute(apart, 'alice', ''), '/alice.hub.example.org/pre/user/alice/')
})

test('a host below that of the hub belongs to somebody; the hub itself and strangers do not', () => {
  assert.ok(isUserHost(apart, 'alice.hub.example.org:8443') && isUserHost(apart, 'ALICE.hub.example.org'))
  assert.ok(!isUserHost(apart, 'hub.example.org') && !isUserHost(apart, 'evilhub.example.org') && !isUserHost(apart, '127.0.0.1:8000'))
  assert.ok(!isUserHost(together, 'alice.hub.example.org'))
})
