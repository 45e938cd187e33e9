import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, statSync, chmodSync, rmSync, truncateSync } from 'node:fs'
import { connect as connectPlain, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { createSelfSigned } from '../../src/lib/self-signed.ts'
import { createChallenges } from '../../src/proxy/acme/challenges.ts'
import { createAcmeStore } from '../../src/proxy/acme/store.ts'
import { createFront } from '../../src/proxy/front.ts'
import { createRedirectServer } from '../../src/proxy/redirect.ts'
import type { Owner } from '../support/proxy-world.ts'

const own = createSelfSigned(['hub.example.org'], new Date())
const check = createSelfSigned(['hub.example.org'], new Date())

async function listening(t: Owner, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server
  return (server.address() as AddressInfo).port
}

/** A front that greets whoever comes in, while a check for hub.example.org is awaited or not. */
async function openFront(t: Owner, isAwaited: boolean, handshakeTimeoutMs = 5000) {
  const challenges = createChallenges()
  if (isAwaited) challenges.putCertificate('hub.example.org', check)
  const accept = (socket: Socket): void => {
    socket.on('error', () => {})
    socket.end('welcome')
  }
  const plane = { accept, sweep() {}, stop: () => Promise.resolve(), size: () => 0 }
  const { server } = createFront({ plane, tls: own, challenges, handshakeTimeoutMs })
  return listening(t, server)
}

/** What somebody gets who offers the protocol; `socket`: over which the handshake goes. */
async function visit(port: number, protocol: string, socket?: Socket) {
  const place = socket === undefined ? { host: '127.0.0.1', port } : { socket }
  const client = connect({ ...place, servername: 'hub.example.org', ALPNProtocols: [protocol], rejectUnauthorized: false })
  await once(client, 'secureConnect')
  const serial = client.getPeerCertificate().serialNumber
  const protocolGot = client.alpnProtocol
  let text = ''
  for await (const chunk of client.setEncoding('utf8')) text += String(chunk)
  return { serial, protocol: protocolGot, text }
}

const serialOf = ({ cert }: { readonly cert: string }): string => new X509Certificate(cert).serialNumber

/** A connection that passes on what it gets byte by byte. */
async function drippingTo(t: Owner, port: number): Promise<Socket> {
  const relay = createServer((client) => {
    const server = connectPlain({ host: '127.0.0.1', port, noDelay: true })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('end', () => to.end())
    }
    server.on('data', (chunk: Buffer) => client.write(chunk))
    client.on('data', (chunk: Buffer) => {
      for (const byte of chunk) server.write(Buffer.from([byte]))
    })
  })
  const socket = connectPlain({ host: '127.0.0.1', port: await listening(t, relay) })
  await once(socket, 'connect')
  return socket
}

test('while a check over TLS is awaited, the authority gets its certificate and visitors get ours', async (t) => {
  const port = await openFront(t, true)
  const visitor = { serial: serialOf(own), protocol: 'http/1.1', text: 'welcome' }
  const authority = { serial: serialOf(check), protocol: 'acme-tls/1', text: '' }
  assert.deepEqual(await visit(port, 'http/1.1'), visitor)
  assert.deepEqual(await visit(port, 'acme-tls/1'), authority)
  assert.deepEqual(await visit(port, 'http/1.1', await drippingTo(t, port)), visitor, 'however small the pieces of the first record are')
  assert.deepEqual(await visit(port, 'acme-tls/1', await drippingTo(t, port)), authority)
})

test('when no check is awaited, nobody gets a certificate for one', async (t) => {
  const port = await openFront(t, false)
  assert.equal((await visit(port, 'http/1.1')).serial, serialOf(own))
  await assert.rejects(visit(port, 'acme-tls/1'))
})

test('somebody who connects and says nothing, or no TLS, is let go', async (t) => {
  const port = await openFront(t, true, 300)
  for (const said of ['', 'GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001']) {
    const socket = connectPlain({ host: '127.0.0.1', port })
    socket.on('error', () => {}).resume()
    if (said !== '') socket.write(said, 'latin1')
    await once(socket, 'close')
  }
})

test('over plain http only the token that is awaited is answered; everything else is sent to https', async (t) => {
  const challenges = createChallenges()
  challenges.putText('token', 'token.thumbprint')
  const port = await listening(
    t,
    createRedirectServer(443, (token) => challenges.textFor(token)),
  )
  const ask = async (path: string) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
    return [reply.status, reply.headers.get('location') ?? (await reply.text())]
  }
  assert.deepEqual(await ask('/.well-known/acme-challenge/token'), [200, 'token.thumbprint'])
  assert.deepEqual(await ask('/.well-known/acme-challenge/other'), [301, 'https://127.0.0.1/.well-known/acme-challenge/other'])
  challenges.remove('token', 'hub.example.org')
  assert.equal((await ask('/.well-known/acme-challenge/token'))[0], 301)
})

test('what is kept of certificates is whole, for its owner only, and for these names at this authority', async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'orrery-acme-')), 'acme')
  t.after(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
  const settings = { directoryUrl: 'https://ca.example/dir', caFile: null, domains: ['hub.example.org'], email: null, folder }
  const store = createAcmeStore(settings)
  const now = Date.now()
  assert.equal(await store.load(now), null)
  const account = await store.accountKey()
  assert.match(account, /PRIVATE KEY/)
  assert.equal(await store.accountKey(), account)
  await store.save(own)
  assert.equal(new X509Certificate((await store.load(now))?.cert ?? '').serialNumber, serialOf(own))
  assert.equal(await store.load(now + 400 * 86_400_000), null, 'one that has ended is none')
  assert.equal(await createAcmeStore({ ...settings, domains: ['www.example.org'] }).load(now), null)
  assert.equal(await createAcmeStore({ ...settings, directoryUrl: 'https://other.example/dir' }).load(now), null)

  const file = join(folder, readdirSync(folder).find((name) => name.startsWith('certificate-')) ?? '')
  assert.deepEqual([statSync(folder).mode & 0o777, statSync(file).mode & 0o777], [0o700, 0o600])
  chmodSync(file, 0o640)
  await assert.rejects(store.load(now), /Others may read the key/)
  chmodSync(file, 0o600)
  truncateSync(file, 400)
  assert.equal(await store.load(now), null, 'one that was cut is none')
})
