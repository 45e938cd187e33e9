import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { admin } from '../support/orrery.ts'
import { certifiedHost, findPebble, startPebble } from '../support/pebble.ts'
import { until } from '../support/until.ts'
import { blocksIn, readPage, root } from './page.ts'
import { openReader, writeConfig } from './reader.ts'

const tls = join(root, 'test/support/tls')
const env = { ORRERY_ADMIN_USER: admin.name, ORRERY_ADMIN_PASSWORD: admin.password, ORRERY_PROXY_BIND_URL: '' }
const [ordered, own] = blocksIn(readPage(join(root, 'docs/howto/certificates.md')), 'ts')

/** The certificate that visitors of the hub get, and what they read in the end. */
async function visit(port: number, host = '127.0.0.1'): Promise<{ readonly certificate: PeerCertificate; readonly text: string }> {
  const socket = connect({ host, port, servername: 'hub.example.org', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  socket.write(`GET /hub/login HTTP/1.1\r\nHost: hub.example.org\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
  return { certificate, text }
}

/** Where plain http leads. */
const leadsTo = async (port: number, host = '127.0.0.1'): Promise<string | null> =>
  (await fetch(`http://${host}:${port}/hub/login?x`, { redirect: 'manual' })).headers.get('location')

test('certificates.md: https with files of your own, and http leads there', async () => {
  const [port, plain] = [await freePort(), await freePort()]
  const swap = {
    '/etc/ssl/hub.example.org/privkey.pem': join(tls, 'one-key.pem'),
    '/etc/ssl/hub.example.org/fullchain.pem': join(tls, 'one.pem'),
    '0.0.0.0:443': `127.0.0.1:${port}`,
    'redirectPort: 80': `redirectPort: ${plain}`,
  }
  const reader = await openReader(swap, env)
  try {
    await writeConfig(reader, own)
    await reader.type('bin/orrery start')
    assert.match((await visit(port)).text, /^HTTP\/1\.1 200 /)
    assert.equal(await leadsTo(plain), 'https://127.0.0.1/hub/login?x')
    assert.match(await reader.said(), /sign in at https:\/\/hub\.example\.org\//)
  } finally {
    await reader.close()
  }
})

test('certificates.md: a certificate that is ordered by the first start', async (t) => {
  const program = findPebble()
  if (program === null)
    return t.diagnostic('not tried: Pebble, a certificate authority for tests, is built by the Go toolchain, which this machine lacks')
  const pebble = await startPebble(program, 3600)
  const swap = { '0.0.0.0:443': `${certifiedHost}:${pebble.tlsPort}`, 'redirectPort: 80': `redirectPort: ${pebble.httpPort}` }
  const authority = { ORRERY_PROXY_ACME_DIRECTORY_URL: pebble.directoryUrl, ORRERY_PROXY_ACME_CA_FILE: pebble.caFile }
  const reader = await openReader(swap, { ...env, ...authority })
  try {
    await writeConfig(reader, ordered)
    await reader.type('bin/orrery start')
    await until(async () => String((await visit(pebble.tlsPort, certifiedHost)).certificate.issuer.CN).includes('Pebble'), 30_000)
    assert.match((await visit(pebble.tlsPort, certifiedHost)).text, /^HTTP\/1\.1 200 /)
    assert.equal(await leadsTo(pebble.httpPort, certifiedHost), `https://${certifiedHost}/hub/login?x`)
    assert.match(await reader.said(), /acme\.self_signed/)
  } finally {
    await reader.close()
    await pebble.stop()
  }
})
