import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { connect } from 'node:tls'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { systemClock } from '../../src/lib/clock.ts'
import type { Clock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { silentLog } from '../../src/lib/log.ts'
import { createSelfSigned } from '../../src/lib/self-signed.ts'
import { createChallenges } from '../../src/proxy/acme/challenges.ts'
import { createCertificateKeeper } from '../../src/proxy/acme/keeper.ts'
import { createFront } from '../../src/proxy/front.ts'
import type { AcmeSettings } from '../../src/proxy/settings.ts'
import { certifiedHost, findPebble, startPebble } from '../support/pebble.ts'
import type { RunningPebble } from '../support/pebble.ts'
import { call, startEcho, startProxy } from '../support/proxy-world.ts'
import type { Owner, ProxyWorld } from '../support/proxy-world.ts'
import { until } from '../support/until.ts'

const program = findPebble()
const domains = ['hub.example.org', 'www.example.org']
const lifeSeconds = 18

/** A log that remembers the names of events. */
function noting(): { readonly log: Log; readonly events: readonly string[] } {
  const events: string[] = []
  const note = (event: string): void => void events.push(event)
  return { log: { ...silentLog, info: note, warn: note, error: note }, events }
}

/** A clock that lets the first long wait pass at once. */
function hastyClock(): Clock {
  let ahead = 0
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ahead > 0 || ms < 30_000) return systemClock.sleep(ms, signal)
    ahead = ms
  }
  return { ...systemClock, now: () => Date.now() + ahead, sleep }
}

/** An open connection to the proxy under one of its names, whatever its certificate. */
function open(port: number, servername = 'hub.example.org', protocols: readonly string[] = ['http/1.1']): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: certifiedHost, port, servername, rejectUnauthorized: false, ALPNProtocols: [...protocols] })
    socket.once('secureConnect', () => resolve(socket)).once('error', reject)
  })
}

async function certificateAt(port: number, servername?: string): Promise<PeerCertificate> {
  const socket = await open(port, servername)
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

const isSelfSigned = ({ subject, issuer }: PeerCertificate): boolean => subject.CN === issuer.CN && subject.CN === 'self-signed'

/** One request on a connection that stays. */
async function askOn(socket: TLSSocket): Promise<string> {
  socket.write('GET /x HTTP/1.1\r\nHost: hub.example.org\r\n\r\n')
  let text = ''
  const take = (chunk: Buffer): void => void (text += chunk.toString())
  socket.on('data', take)
  await until(() => text.includes('}'))
  socket.off('data', take)
  return text
}

if (program === null) {
  test('certificates are ordered from a certificate authority: not tried here', (t) => {
    t.diagnostic(
      'ACME was not tried against Pebble, a real certificate authority: it is built by the Go toolchain, which this machine lacks',
    )
  })
} else {
  suite('certificates from a real certificate authority', () => {
    let pebble: RunningPebble
    let folder: string
    before(async () => {
      pebble = await startPebble(program, lifeSeconds)
      folder = mkdtempSync(join(tmpdir(), 'orrery-acme-'))
    })
    after(async () => {
      await pebble.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const settings = (name: string): AcmeSettings => ({
      directoryUrl: pebble.directoryUrl,
      caFile: pebble.caFile,
      domains,
      email: 'ada@example.org',
      folder: join(folder, name),
    })

    const start = async (t: Owner, name: string, byHttp: boolean, log: Log = silentLog): Promise<ProxyWorld> => {
      const echo = await startEcho(t)
      const redirect = byHttp ? { host: certifiedHost, port: pebble.httpPort, to: 443 } : null
      const listen = { host: certifiedHost, port: pebble.tlsPort }
      return startProxy(t, { listen, acme: settings(name), redirect, defaultTarget: echo.url, limits: { keepAliveTimeoutMs: 60_000 }, log })
    }

    test('over plain http: self-signed at first, then ordered, then renewed, without cutting a connection', async (t) => {
      const { log, events } = noting()
      const proxy = await start(t, 'http', true, log)
      assert.ok(isSelfSigned(await certificateAt(proxy.port)))
      assert.deepEqual(
        events.filter((event) => event.startsWith('acme.')),
        ['acme.self_signed'],
      )
      const kept = await open(proxy.port)
      assert.match(await askOn(kept), /"url":"\/x"/)
      await until(() => events.includes('acme.certificate'), 30_000)
      const first = await certificateAt(proxy.port)
      assert.equal(first.subjectaltname, 'DNS:hub.example.org, DNS:www.example.org')
      assert.match(String(first.issuer.CN), /Pebble/)
      const elsewhere = await call({ host: certifiedHost, port: pebble.httpPort, path: '/hub/?x', headers: { host: 'hub.example.org' } })
      assert.deepEqual([elsewhere.status, elsewhere.headers['location']], [301, 'https://hub.example.org/hub/?x'])

      await until(async () => (await certificateAt(proxy.port)).serialNumber !== first.serialNumber, 30_000)
      assert.match(await askOn(kept), /"url":"\/x"/, 'the connection of before the first certificate still answers')
      kept.destroy()
      assert.ok(!events.includes('acme.failed'))
    })

    test('what is kept is for its owner only, one account for all orders, and is used by the next start', async (t) => {
      const place = join(folder, 'http')
      const files = readdirSync(place)
      assert.deepEqual(files.map((name) => name.replace(/[0-9a-f]{16}/, '…')).toSorted(), ['account-….pem', 'certificate-….pem'])
      assert.equal(statSync(place).mode & 0o777, 0o700)
      for (const name of files) assert.equal(statSync(join(place, name)).mode & 0o777, 0o600)
      assert.equal(
        pebble
          .said()
          .match(/There are now \d+ accounts in memory/g)
          ?.at(-1),
        'There are now 1 accounts in memory',
      )
      const account = readFileSync(join(place, files.find((name) => name.startsWith('account')) ?? ''), 'utf8')
      const proxy = await start(t, 'http', true)
      assert.ok(!isSelfSigned(await certificateAt(proxy.port)), 'from the first connection on')
      assert.equal(readFileSync(join(place, files.find((name) => name.startsWith('account')) ?? ''), 'utf8'), account)
    })

    test('over TLS itself, while visitors come and go', async (t) => {
      const { log, events } = noting()
      const proxy = await start(t, 'tls', false, log)
      let visits = 0
      while (!events.includes('acme.certificate')) {
        assert.ok(!events.includes('acme.failed'))
        const socket = await open(proxy.port, 'www.example.org')
        assert.equal(socket.alpnProtocol, 'http/1.1', 'a visitor never gets the certificate of a check')
        assert.match(await askOn(socket), /"url":"\/x"/)
        socket.destroy()
        visits += 1
      }
      assert.ok(visits > 0)
      assert.match(String((await certificateAt(proxy.port, 'www.example.org')).issuer.CN), /Pebble/)
    })

    test('a check that fails is told, and made the other way after a while', async (t) => {
      const { log, events } = noting()
      const challenges = createChallenges()
      const plane = { accept: (socket: Socket) => void socket.destroy(), sweep() {}, stop: () => Promise.resolve(), size: () => 0 }
      const own = createSelfSigned(domains, new Date())
      const { server } = createFront({ plane, tls: own, challenges, handshakeTimeoutMs: 5000 })
      await new Promise<void>((resolve) => server.listen(pebble.tlsPort, certifiedHost, resolve))
      const ending = new AbortController()
      t.after(() => {
        ending.abort()
        server.close()
      })
      const deps = { challenges, kinds: ['http-01', 'tls-alpn-01'] as const, clock: hastyClock(), log, chance: () => 0.5 }
      const keeper = await createCertificateKeeper(settings('other'), deps)
      let got = ''
      const use = ({ cert }: { readonly cert: string }): void => {
        got = cert
        ending.abort()
      }
      await keeper.run(use, ending.signal)
      assert.ok(new X509Certificate(got).checkHost('hub.example.org'))
      assert.deepEqual(
        events.filter((event) => event !== 'acme.certificate'),
        ['acme.self_signed', 'acme.failed'],
      )
    })
  })
}
