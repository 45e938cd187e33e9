import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeClient, normaliseAddress, trustPeers } from './client-address.ts'

const trusted = trustPeers(['10.0.0.0/8', '2001:db8::/32'], 'the proof')
const headers = (values: Record<string, string>): Headers => new Headers({ host: 'hub.example', ...values })

test('a stranger cannot speak for somebody else, wherever it is', () => {
  const claims = headers({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-real-ip': '127.0.0.1',
  })
  for (const address of ['203.0.113.9', '127.0.0.1', '::1', '10.1.2.3']) {
    const client = describeClient(address, claims, trusted, null)
    assert.deepEqual(client, { address, protocol: 'http', host: 'hub.example', origin: 'http://hub.example' })
  }
  for (const proof of ['', 'guess', 'the proof, the proof']) {
    const guessing = new Headers([...claims, ['x-orrery-proxy', proof]])
    assert.equal(describeClient('127.0.0.1', guessing, trusted, null).protocol, 'http')
    assert.equal(describeClient('127.0.0.1', guessing, trustPeers(['127.0.0.1']), null).protocol, 'http')
  }
})

test('the proxy is believed, up to the first hop that nobody vouches for', () => {
  const chain = headers({
    'x-orrery-proxy': 'the proof',
    'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.1.2.3',
    'x-forwarded-proto': 'https, http',
    'x-forwarded-host': 'www.example:8443',
  })
  const client = describeClient('::ffff:127.0.0.1', chain, trusted, null)
  assert.deepEqual(client, { address: '203.0.113.9', protocol: 'https', host: 'www.example:8443', origin: 'https://www.example:8443' })
})

test('with * every hop is believed, and no peer', () => {
  const all = trustPeers(['*'], 'the proof')
  const chain = headers({ 'x-forwarded-for': '1.1.1.1, 203.0.113.9', 'x-orrery-proxy': 'the proof' })
  assert.equal(describeClient('127.0.0.1', chain, all, null).address, '1.1.1.1')
  chain.delete('x-orrery-proxy')
  assert.equal(describeClient('127.0.0.1', chain, all, null).address, '127.0.0.1')
})

test('the private socket is trusted and has no address of its own', () => {
  assert.equal(describeClient(null, headers({}), trusted, null).address, 'local')
  assert.equal(describeClient(null, headers({ 'x-forwarded-for': '2001:db9::7' }), trusted, null).address, '2001:db9::7')
})

test('a configured public URL beats every header', () => {
  const claims = headers({ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example' })
  const client = describeClient(null, claims, trusted, new URL('https://hub.example.org/'))
  assert.equal(client.origin, 'https://hub.example.org')
  assert.equal(client.protocol, 'https')
})

test('a host that is no host and a protocol that is none are dropped', () => {
  for (const host of ['a b', 'x/y', 'x@y', '', '<script>', 'x:999999', `javascript:alert(1)`]) {
    assert.equal(describeClient(null, new Headers({ 'x-forwarded-host': host }), trusted, null).host, '', host)
  }
  assert.equal(describeClient(null, headers({ 'x-forwarded-proto': 'javascript' }), trusted, null).protocol, 'http')
})

test('addresses are brought into one form', () => {
  assert.equal(normaliseAddress('::FFFF:192.0.2.1'), '192.0.2.1')
  assert.equal(normaliseAddress('[2001:db8::1]:443'), '2001:db8::1')
  assert.equal(normaliseAddress('192.0.2.1:80'), '192.0.2.1')
  assert.equal(normaliseAddress('unknown'), '')
})

test('a network that cannot be read is refused', () => {
  for (const network of ['10.0.0.0/33', 'example.org', '::/129', '1.2.3.4/-1', ''])
    assert.throws(() => trustPeers([network]), { code: 'bad_request' })
})
