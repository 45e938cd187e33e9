import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openExchange } from './exchange.ts'
import { trustPeers } from './client-address.ts'
import { pendingCookie } from './pending-cookie.ts'

/** The `Set-Cookie` line of a hub at that address. */
function lineOf(publicUrl: string, subdomainHost?: string): string {
  const url = new URL(publicUrl)
  const place = { trusted: trustPeers([]), publicUrl: url, hubPrefix: '/hub/', hubPlace: { baseUrl: '/', subdomainHost } }
  const exchange = openExchange(new Request(url), { target: '/hub/oauth_login', peer: '192.0.2.1' }, place)
  pendingCookie({ options: { baseUrl: '/', subdomainHost } }, exchange).keep({
    slot: '0a1b2c3d',
    sealed: 'x',
  })
  return exchange.cookies.outgoing()[0] ?? ''
}

test('the cookie of a sign-in goes to the callback only, and with https nothing without https can set it', () => {
  assert.equal(lineOf('http://127.0.0.1:8000'), 'orrery-sign-in-0a1b2c3d=x; Path=/hub/oauth_callback; Max-Age=1800; HttpOnly; SameSite=Lax')
  assert.equal(
    lineOf('https://hub.example.org'),
    '__Secure-orrery-sign-in-0a1b2c3d=x; Path=/hub/oauth_callback; Max-Age=1800; HttpOnly; Secure; SameSite=Lax',
  )
})

test('with hosts for everybody it is bound to the host of the hub: no page of another host can plant one', () => {
  assert.equal(
    lineOf('https://hub.example.org', 'https://hub.example.org'),
    '__Host-orrery-sign-in-0a1b2c3d=x; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax',
  )
})
