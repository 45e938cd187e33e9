import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https'
import type { RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, TLSSocket } from 'node:tls'
import { silentLog } from '../../src/lib/log.ts'
import { runProxy } from '../../src/proxy/main.ts'
import type { TlsFiles } from '../../src/proxy/settings.ts'
import { call, echoed, startEcho, startProxy, testSettings, worldToken } from '../support/proxy-world.ts'
import type { Owner } from '../support/proxy-world.ts'
import { watchSocket } from '../support/raw-socket.ts'
import { until } from '../support/until.ts'

const folder = join(import.meta.dirname, '..', 'support', 'tls')
const file = (name: string): string => join(folder, name)
const ca = readFileSync(file('ca.pem'))

const filesOf = (name: string, more: Partial<TlsFiles> = {}): TlsFiles => ({
  keyFile: file(`${name}-key.pem`),
  certFile: file(`${name}.pem`),
  caFile: null,
  passphrase: null,
  requestCert: false,
  rejectUnauthorized: false,
  dhparamFile: null,
  ...more,
})

async function get(options: RequestOptions): Promise<{ status: number; body: string; name: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', ca, agent: false, ...options }, (response) => {
      const socket = response.socket
      const name = socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject.CN) : ''
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        body += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, name }))
    })
    request.on('error', reject)
    request.end()
  })
}

/** An https upstream that wants a certificate of its clients. */
async function startSecure(t: Owner, requireCert: boolean): Promise<string> {
  const server = createHttpsServer(
    {
      key: readFileSync(file('two-key.pem')),
      cert: readFileSync(file('two.pem')),
      ca,
      requestCert: requireCert,
      rejectUnauthorized: requireCert,
    },
    (request, response) => response.end(`secure ${request.url}`),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `https://localhost:${address !== null && typeof address === 'object' ? address.port : 0}`
}

test('the public side speaks https and says so to the server', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url, tls: filesOf('one') })
  const reply = await get({ port: proxy.port, path: '/x', headers: { host: 'one.example' } })
  const { headers, url } = echoed(reply.body)
  assert.deepEqual([url, headers['x-forwarded-proto'], headers['x-forwarded-port']], ['/x', 'https', '443'])
})

test('visitors who do not like the certificate leave nothing behind', async (t) => {
  const proxy = await startProxy(t, { tls: filesOf('one') })
  await assert.rejects(get({ port: proxy.port, headers: { host: 'other.example' } }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  await until(() => proxy.connections() === 0)
  const halfway = await proxy.connect()
  await proxy.stop()
  await halfway.closed()
})

test('ambiguous requests are refused over TLS too', async (t) => {
  const proxy = await startProxy(t, { tls: filesOf('one') })
  const client = watchSocket(connect({ host: '127.0.0.1', port: proxy.port, ca }))
  client.send('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
  assert.match(await client.closed(), /^HTTP\/1\.1 400 /)
})

test('large bodies pass through TLS on both sides', async (t) => {
  const upstream = await startSecure(t, false)
  const proxy = await startProxy(t, {
    defaultTarget: upstream,
    tls: filesOf('one'),
    clientTls: filesOf('client', { caFile: file('ca.pem') }),
  })
  const path = `/${'x'.repeat(8000)}`
  assert.equal((await get({ port: proxy.port, path })).body, `secure ${path}`)
})

test('an https target is verified: with its authority 200, without 503, unless told not to', async (t) => {
  const upstream = await startSecure(t, false)
  const statusWith = async (settings: Parameters<typeof startProxy>[1]): Promise<number> => {
    const proxy = await startProxy(t, { defaultTarget: upstream, ...settings })
    return (await call({ host: '127.0.0.1', port: proxy.port, path: '/' })).status
  }
  assert.equal(await statusWith({}), 503)
  assert.equal(await statusWith({ insecure: true }), 200)
  assert.equal(await statusWith({ clientTls: filesOf('client', { caFile: file('ca.pem') }) }), 200)
})

test('a target that wants a certificate gets ours', async (t) => {
  const upstream = await startSecure(t, true)
  const proxy = await startProxy(t, { defaultTarget: upstream, clientTls: filesOf('client', { caFile: file('ca.pem') }) })
  assert.equal((await call({ host: '127.0.0.1', port: proxy.port, path: '/' })).body, 'secure /')
  const without = await startProxy(t, { defaultTarget: upstream, insecure: true })
  assert.equal((await call({ host: '127.0.0.1', port: without.port, path: '/' })).status, 503)
})

test('visitors without the certificate that is asked for are not let in', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, {
    defaultTarget: echo.url,
    tls: filesOf('one', { caFile: file('ca.pem'), requestCert: true, rejectUnauthorized: true }),
  })
  await assert.rejects(get({ port: proxy.port }))
  const identity = { key: readFileSync(file('client-key.pem')), cert: readFileSync(file('client.pem')) }
  assert.equal((await get({ port: proxy.port, ...identity })).status, 200)
})

test('certificates are read again, on demand and when the files change, without losing a connection', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'orrery-tls-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const use = (name: string): void => {
    copyFileSync(file(`${name}-key.pem`), join(place, 'key.pem'))
    copyFileSync(file(`${name}.pem`), join(place, 'cert.pem'))
  }
  use('one')
  const echo = await startEcho(t)
  const stopping = new AbortController()
  const tls = { ...filesOf('one'), keyFile: join(place, 'key.pem'), certFile: join(place, 'cert.pem') }
  const running = await runProxy(testSettings({ tls, defaultTarget: echo.url }), { log: silentLog, signal: stopping.signal })
  t.after(() => {
    stopping.abort()
    return running.closed
  })
  const port = Number(running.address.split(':').at(-1))
  const open = watchSocket(connect({ host: '127.0.0.1', port, ca }))
  open.send('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')
  await open.receives((text) => text.includes('"/a"'))
  assert.equal((await get({ port })).name, 'one.example')
  use('two')
  running.reloadTls()
  await until(async () => (await get({ port })).name === 'two.example')
  open.send('GET /b HTTP/1.1\r\nHost: a\r\n\r\n')
  await open.receives((text) => text.includes('"/b"'))
  use('one')
  await until(async () => (await get({ port })).name === 'one.example')
  rmSync(join(place, 'key.pem'))
  running.reloadTls()
  assert.equal((await get({ port })).name, 'one.example', 'a file that is missing changes nothing')
  open.send('GET /c HTTP/1.1\r\nHost: a\r\n\r\n')
  await open.receives((text) => text.includes('"/c"'))
  open.destroy()
})

test('plain visitors of the redirect port are sent to https', async (t) => {
  const stopping = new AbortController()
  const settings = testSettings({ tls: filesOf('one'), redirect: { port: 0, to: 443 } })
  assert.equal(settings.token, worldToken)
  const running = await runProxy(settings, { log: silentLog, signal: stopping.signal })
  t.after(() => {
    stopping.abort()
    return running.closed
  })
  const port = Number(running.redirectAddress?.split(':').at(-1))
  const locationOf = async (host: string, path: string): Promise<string | undefined> =>
    (await call({ host: '127.0.0.1', port, path, headers: { host } })).headers.location
  assert.equal(await locationOf('hub.example:8080', '/a?b=1'), 'https://hub.example/a?b=1')
  assert.equal(await locationOf('[::1]:8080', '/'), 'https://[::1]/')
  assert.equal(await locationOf('evil@hub.example', '/'), undefined)
})
