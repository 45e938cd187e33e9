import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { chpFlags, parseChpArguments } from '../../src/proxy/chp-flags.ts'
import { chpSettings } from '../../src/proxy/chp-settings.ts'
import { freePort } from '../support/free-port.ts'
import { call, echoed, isWhole, startEcho, startScripted } from '../support/proxy-world.ts'
import type { Owner } from '../support/proxy-world.ts'
import { rawSocket } from '../support/raw-socket.ts'
import { until } from '../support/until.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'configurable-http-proxy')

type Run = {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly output: () => string
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

function run(t: Owner, args: readonly string[], env: Readonly<Record<string, string>> = { CONFIGPROXY_AUTH_TOKEN: 'secret' }): Run {
  const child = spawn(program, [...args], { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      output += part.toString()
    })
  }
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  t.after(() => child.kill('SIGKILL'))
  return { child, output: () => output, ended }
}

async function up(
  t: Owner,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Run & { port: number; apiPort: number }> {
  const port = await freePort()
  const apiPort = await freePort()
  const started = run(t, ['--ip=127.0.0.1', `--port=${port}`, '--api-ip', '127.0.0.1', '--api-port', `${apiPort}`, ...args], env)
  await until(() => started.output().includes('Proxying') || started.child.exitCode !== null)
  assert.ok(started.output().includes('Proxying'), started.output())
  return { ...started, port, apiPort }
}

function settingsOf(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const given = parseChpArguments(args)
  assert.ok(typeof given !== 'string')
  const read = chpSettings(given, env)
  assert.ok(read.ok, read.ok ? '' : read.sentence)
  return read
}

const sentenceFor = (args: readonly string[]): string => {
  const given = parseChpArguments(args)
  if (typeof given === 'string') return given
  const read = chpSettings(given, {})
  return read.ok ? 'accepted' : read.sentence
}

test('every flag is taken in both spellings', () => {
  for (const [name, { kind }] of Object.entries(chpFlags)) {
    if (kind === 'on' || kind === 'off') {
      const given = parseChpArguments([kind === 'off' ? `--no-${name}` : `--${name}`])
      assert.ok(typeof given !== 'string' && given.switches.has(name), name)
    } else {
      for (const args of [[`--${name}`, '12'], [`--${name}=12`]]) {
        const given = parseChpArguments(args)
        assert.ok(typeof given !== 'string' && (given.texts.get(name) ?? given.lists.get(name)?.[0]) === '12', name)
      }
    }
  }
})

test('defaults are those of configurable-http-proxy', () => {
  const { settings, level, warnings } = settingsOf([])
  assert.deepEqual(settings.listen, { host: null, port: 8000 })
  assert.deepEqual(settings.api, { host: '127.0.0.1', port: 8001 })
  assert.equal(settings.token, null)
  assert.deepEqual(settings.trustedProxies, ['*'])
  assert.equal(settings.limits.keepAliveTimeoutMs, 5000)
  assert.deepEqual([level, warnings], ['info', []])
})

test('the command lines of existing deployments mean what they meant', () => {
  const cluster = settingsOf([
    '--ip=',
    '--api-ip=',
    '--api-port=8001',
    '--default-target=http://hub:8081',
    '--error-target=http://hub:8081/hub/error',
    '--port=8000',
    '--log-level=debug',
  ])
  assert.deepEqual(cluster.settings.listen, { host: null, port: 8000 })
  assert.deepEqual(cluster.settings.api, { host: null, port: 8001 })
  assert.equal(cluster.level, 'debug')
  const words =
    '--ip * --port 80x --no-x-forward --no-prepend-path --no-include-prefix --auto-rewrite --protocol-rewrite https --change-origin ' +
    '--host-routing --insecure --timeout 1000 --proxy-timeout=2000 --keep-alive-timeout 0 --pid-file x.pid --custom-header k2:host:123 ' +
    '--client-ssl-ca ca.pem --ssl-protocol TLSv1_3 --ssl-ciphers A:B --api-port 0 --log-level WARN --metrics-port 8002'
  const many = settingsOf(['--custom-header', ' k1 : v1 ', ...words.split(' ')])
  const { settings } = many
  assert.deepEqual(settings.listen, { host: null, port: 80 })
  assert.deepEqual(settings.api, { host: '127.0.0.1', port: 81 })
  assert.deepEqual(settings.forwarding, {
    xForward: false,
    prependPath: false,
    includePrefix: false,
    changeOrigin: true,
    autoRewrite: true,
    protocolRewrite: 'https',
    hostRouting: true,
    customHeaders: [
      ['k1', 'v1'],
      ['k2', 'host:123'],
    ],
  })
  assert.deepEqual([settings.limits.timeoutMs, settings.limits.proxyTimeoutMs, settings.limits.keepAliveTimeoutMs], [1000, 2000, 5000])
  assert.deepEqual(
    [settings.insecure, settings.minTlsVersion, settings.ciphers, settings.pidFile, many.level],
    [true, 'TLSv1.3', 'A:B', 'x.pid', 'warn'],
  )
  assert.equal(settings.clientTls?.caFile, 'ca.pem')
  const sockets = settingsOf(['--socket', '/p', '--api-socket', '/a'], { CONFIGPROXY_AUTH_TOKEN: '' })
  assert.deepEqual(
    [sockets.settings.listen, sockets.settings.api, sockets.settings.token],
    [{ socketPath: '/p' }, { socketPath: '/a' }, null],
  )
  const secure = settingsOf(
    ['--ssl-key', 'k', '--ssl-cert', 'c', '--redirect-port', '80', '--redirect-to', '443', '--api-ssl-key', 'ak', '--api-ssl-cert', 'ac'],
    {
      CONFIGPROXY_SSL_KEY_PASSPHRASE: 'pass',
    },
  )
  assert.deepEqual(
    [secure.settings.tls?.passphrase, secure.settings.apiTls?.keyFile, secure.settings.redirect],
    ['pass', 'ak', { port: 80, to: 443 }],
  )
})

test('a wrong command line is refused with a sentence', () => {
  for (const [args, sentence] of [
    [['--nope'], /unknown option '--nope'/],
    [['--x-forward'], /unknown option/],
    [['--port'], /needs a value/],
    [['--insecure=yes'], /takes no value/],
    [['word'], /unknown option 'word'/],
    [['--socket', '/p', '--port', '1'], /--socket cannot be used together/],
    [['--api-socket', '/p', '--api-ip', ''], /--api-socket cannot be used together/],
    [['--error-target', 'http://x', '--error-path', '/x'], /--error-target cannot be used together/],
    [['--redirect-port', '80'], /HTTPS not enabled/],
    [['--custom-header', 'invalid'], /colon was expected/i],
    [['--custom-header', ': x'], /colon was expected/i],
    [['--custom-header', 'a b: x'], /cannot|can be sent/],
    [['--error-target', 'nonsense'], /no URL/],
    [['--trusted-proxy', '10.0.0.0/99'], /not an address/],
    [['--storage-backend', './x'], /not taken/],
  ] as const) {
    assert.match(sentenceFor(args), sentence)
  }
})

test('the program: serves, answers its API, writes the lines scripts look for, and ends with 2 on a signal', async (t) => {
  const echo = await startEcho(t)
  const place = mkdtempSync(join(tmpdir(), 'orrery-chp-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const pidFile = join(place, 'proxy.pid')
  const proxy = await up(t, ['--default-target', echo.url, '--pid-file', pidFile, '--custom-header', 'X-Team:blue'])
  assert.match(proxy.output(), /\[ConfigProxy\] info: Route added \/ -> http/)
  assert.equal(echoed((await call({ host: '127.0.0.1', port: proxy.port, path: '/x' })).body).headers['x-team'], 'blue')
  const api = { host: '127.0.0.1', port: proxy.apiPort, path: '/api/routes' }
  assert.equal((await call(api)).status, 403)
  assert.equal((await call({ ...api, headers: { authorization: 'token secret' } })).status, 200)
  assert.equal(readFileSync(pidFile, 'utf8'), String(proxy.child.pid))
  proxy.child.kill('SIGTERM')
  assert.deepEqual(await proxy.ended, { code: 2, signal: null })
  assert.equal(existsSync(pidFile), false)
  assert.doesNotMatch(proxy.output(), /secret/)
})

test('the program: wrong usage and a taken port end it with 1 and a sentence; help and version with 0', async (t) => {
  const ends = async (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<readonly [number | null, string]> => {
    const started = run(t, args, env)
    const { code } = await started.ended
    return [code, started.output()]
  }
  const [unknown, unknownText] = await ends(['--nope'])
  assert.deepEqual([unknown, unknownText.includes("unknown option '--nope'")], [1, true])
  const [help, helpText] = await ends(['--help'])
  assert.deepEqual([help, helpText.includes('--default-target URL')], [0, true])
  const [version, versionText] = await ends(['-V'])
  assert.deepEqual([version, /^\d+\.\d+\.\d+/.test(versionText)], [0, true])
  const [open, openText] = await ends(['--ip=127.0.0.1', `--port=${await freePort()}`], {})
  assert.deepEqual([open, openText.includes('CONFIGPROXY_AUTH_TOKEN')], [1, true])
  const echo = await startEcho(t)
  const [taken, takenText] = await ends(['--ip=127.0.0.1', `--port=${echo.port}`])
  assert.deepEqual([taken, takenText.includes(`Port ${echo.port} on 127.0.0.1 is used`)], [1, true])
})

test('the program: goes on when nobody reads its output any more, with its sockets', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives((text) => text.includes('\r\n\r\n'))
    server.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    await server.receives((text) => text.endsWith('ping'))
    server.send('pong')
  })
  const proxy = await up(t, ['--log-level', 'debug'])
  const api = { host: '127.0.0.1', port: proxy.apiPort, headers: { authorization: 'token secret' } }
  await call({ ...api, method: 'POST', path: '/api/routes/up' }, JSON.stringify({ target: upstream.url }))
  const client = await rawSocket({ host: '127.0.0.1', port: proxy.port })
  client.send('GET /up/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  await client.receives((text) => text.includes('\r\n\r\n'))
  proxy.child.stdout.destroy()
  proxy.child.stderr.destroy()
  for (let index = 0; index < 50; index++) assert.equal((await call({ ...api, path: '/api/routes' })).status, 200)
  const plain = await rawSocket({ host: '127.0.0.1', port: proxy.port })
  plain.send('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.match(await plain.receives(isWhole), /^HTTP\/1\.1 404 /)
  client.send('ping')
  await client.receives((text) => text.endsWith('pong'))
  plain.destroy()
  client.destroy()
  assert.equal(proxy.child.exitCode, null)
})
