import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { listen } from '../../src/http/listen.ts'
import type { Listener } from '../../src/http/listen.ts'
import { until } from '../support/until.ts'
import { headersOf, tokenOf } from './callers.ts'
import type { Caller } from './callers.ts'
import { createHubWorld } from './hub-world.ts'
import type { HubWorld } from './hub-world.ts'

/** Names that must not become anybody or anything. */
const badNames = [
  '%2e%2e',
  '%2e',
  '%2E%2e%2f',
  'a%2Fb',
  'a%5Cb',
  '%00',
  'a%00b',
  '%0a',
  'x%7f',
  '%20',
  '%20a',
  'a%20',
  '%C2%A0',
  '__proto__',
  '%5f_proto__',
  '__defineGetter__',
  'a'.repeat(300),
  encodeURIComponent('é'.repeat(130)),
  encodeURIComponent('😀'),
  encodeURIComponent('a\u202eb'),
  encodeURIComponent('a\u200bb'),
  encodeURIComponent('ａlice'),
  encodeURIComponent('mar\u212a'),
  '-rf',
  '--uid%3d0',
  '%24(id)',
  'a%3Breboot',
  '..%2f..%2fetc%2fpasswd',
  '%3Cscript%3E',
  "'%20or%201=1",
  '*',
  '%25',
  '%252e%252e',
  '.',
  'a%3Fb',
  'a%23b',
]
/** Paths that are no UTF-8 or no percent-encoding. */
const malformed = ['%', '%f', '%zz', '%ff', '%c3%28', '%ed%a0%80', '%c0%ae%c0%ae', 'a%']
/** Names that look odd and are ordinary. */
const oddNames = ['constructor', 'tostring', 'hasownproperty', 'root', 'null', 'undefined', '0', 'user@example.org', 'a.b', 'a_b', 'josé']

describe('hostile requests leave nothing behind and break nothing', () => {
  let world: HubWorld
  let listener: Listener
  let root: Caller
  before(async () => {
    world = await createHubWorld({ slowSpawnTimeoutSeconds: 0 })
    root = await tokenOf(world, 'root1', ['inherit'], { admin: true })
    listener = await listen((request, bindings) => world.app.fetch(request, bindings), { host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await listener.close(0)
    await world.close()
  })

  const countRows = async (): Promise<string> => {
    const count = (table: string) => sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(world.database.db)
    const tables = ['users', 'servers', 'tokens', 'attempts', 'oauth_clients', 'groups']
    return JSON.stringify(await Promise.all(tables.map(async (table) => [table, (await count(table)).rows[0]?.n])))
  }

  /** Sends bytes as they are; resolves with everything that came back. */
  const raw = (bytes: string | Uint8Array): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(listener.port, '127.0.0.1', () => socket.write(bytes))
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('error', reject)
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
      socket.setTimeout(5_000, () => socket.destroy())
    })
  const statusOf = (reply: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1] ?? 0)

  /** A request with the target exactly as given. */
  const send = async (
    method: string,
    target: string,
    body: string | Uint8Array = '',
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> => {
    const all = { ...headersOf(root), connection: 'close', 'content-length': `${Buffer.byteLength(body)}`, ...headers }
    const head = `${method} ${target} HTTP/1.1\r\n${Object.entries(all)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`
    const reply = await raw(Buffer.concat([Buffer.from(head), Buffer.from(body)]))
    return { status: statusOf(reply), text: reply }
  }

  test('bad user names: nobody is made by any door', async () => {
    const kept = await countRows()
    for (const name of badNames) {
      const decoded = decodeURIComponent(name)
      for (const [method, target, body] of [
        ['POST', `/hub/api/users/${name}`, ''],
        ['POST', '/hub/api/users', JSON.stringify({ usernames: [decoded] })],
        ['POST', `/hub/api/users/${name}/server`, ''],
        ['PUT', `/hub/api/users/${name}/servers/lab`, ''],
        ['GET', `/hub/api/users/${name}`, ''],
        ['DELETE', `/hub/api/users/${name}`, ''],
        ['POST', `/hub/api/users/${name}/tokens`, ''],
        ['GET', `/hub/api/users/${name}/server/progress`, ''],
        ['POST', `/hub/api/users/${name}/activity`, '{"last_activity":"2026-01-01T00:00:00Z"}'],
      ] as const) {
        const { status } = await send(method, target, body)
        assert.ok(status >= 400 && status < 500, `${method} ${target}: ${status}`)
      }
    }
    assert.equal(await countRows(), kept)
  })

  test('bad server names: no server is made', async () => {
    const kept = await countRows()
    for (const name of [...badNames, 'Lab', 'a--b', 'a-', '1a', 'constructor%20']) {
      for (const method of ['POST', 'PUT', 'PATCH', 'GET', 'DELETE']) {
        const { status } = await send(method, `/hub/api/users/root1/servers/${name}`, method === 'PATCH' ? '{"name":"x"}' : '')
        assert.ok(status >= 400 && status < 500, `${method} ${name}: ${status}`)
      }
    }
    assert.equal(await countRows(), kept)
  })

  test('broken percent-encoding is 400', async () => {
    const kept = await countRows()
    for (const name of malformed) {
      for (const [method, target] of [
        ['POST', `/hub/api/users/${name}`],
        ['GET', `/hub/api/users/root1/servers/${name}`],
        ['DELETE', `/hub/api/users/root1/tokens/${name}`],
      ] as const) {
        assert.equal((await send(method, target)).status, 400, `${method} ${target}`)
      }
    }
    assert.equal(await countRows(), kept)
  })

  test('odd names are ordinary everywhere', async () => {
    for (const name of oddNames) {
      const path = `/hub/api/users/${encodeURIComponent(name)}`
      assert.equal((await send('POST', path)).status, 201, name)
      assert.equal((await send('GET', path)).status, 200, name)
      assert.equal((await send('DELETE', path)).status, 204, name)
    }
  })

  test('two writings of one name are one person', async () => {
    const [nfc, nfd] = ['jos\u00e9'.normalize('NFC'), 'jos\u00e9'.normalize('NFD')].map(
      (name) => `/hub/api/users/${encodeURIComponent(name)}`,
    )
    assert.equal((await send('POST', nfc ?? '')).status, 201)
    assert.equal((await send('POST', nfd ?? '')).status, 409)
    assert.equal((await send('POST', (nfc ?? '').replace('jos', 'JOS'))).status, 409)
    assert.equal((await send('DELETE', nfd ?? '')).status, 204)
  })

  test('bodies that are no JSON of ours are 400', async () => {
    const kept = await countRows()
    const bodies: (string | Uint8Array)[] = [
      Uint8Array.of(0xff, 0xfe),
      Uint8Array.of(0x7b, 0xc3, 0x28, 0x7d),
      '{',
      '[',
      'null',
      '[]',
      '"x"',
      '3',
      'NaN',
      '{"usernames":1e400}',
      "{'a':1}",
      '{"usernames":["a"]}x',
      '\u0000',
      '['.repeat(100_000),
      `{"usernames":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      '{"a":'.repeat(20_000),
      `{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":0`).join()}}`,
      '{"usernames":["a"],"__proto__":{"admin":true}}',
      '{"usernames":["a"],"constructor":{"prototype":{"x":1}}}',
      '{"usernames":["a\\ud800b"]}',
      '{"usernames":["\\u0000"]}',
      `{"usernames":["${'x'.repeat(500_000)}"]}`,
    ]
    for (const body of bodies) {
      const { status, text } = await send('POST', '/hub/api/users', body)
      assert.equal(status, 400, `${Buffer.from(body).toString().slice(0, 40)}: ${text.slice(0, 300)}`)
    }
    assert.equal(await countRows(), kept)
    assert.equal(Reflect.get({}, 'admin'), undefined)
  })

  test('options of a server that are no plain, small object are refused', async () => {
    const kept = await countRows()
    for (const body of [
      `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
      '{"user_options":{"__proto__":{"x":1}}}',
      '{"a":1e999}',
      `{"a":"${'x'.repeat(70_000)}"}`,
    ]) {
      assert.equal((await send('POST', '/hub/api/users/root1/server', body)).status, 400, body.slice(0, 40))
    }
    assert.equal(await countRows(), kept)
  })

  test('a body that is too large is refused before it is there', async () => {
    const reply = await raw(
      `POST /hub/api/users HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: ${headersOf(root)['authorization'] ?? ''}\r\ncontent-length: 1073741824\r\n\r\n{`,
    )
    assert.equal(statusOf(reply), 413)
  })

  test('compressed bodies are not read', async () => {
    assert.equal((await send('POST', '/hub/api/users', 'x', { 'content-encoding': 'gzip' })).status, 400)
  })

  test('targets that are no path, and paths that mean another one, get nowhere', async () => {
    const rows: [string, number[]][] = [
      ['http://evil.example/hub/api', [400]],
      ['/hub/api/users#x', [400, 404]],
      ['/hub/./api/users', [404]],
      ['/hub/../hub/api/users', [302, 404]],
      ['/hub/api/../api/users', [404]],
      ['/hub/api//users', [404]],
      ['/hub%2fapi/users', [302, 404]],
      ['/HUB/api/users', [302, 404]],
      ['//hub/api/users', [302, 404]],
      ['/hub/%61pi/users', [404]],
      ['/hub/api/users/', [404]],
      ['*', [400]],
    ]
    for (const [target, expected] of rows) {
      const { status, text } = await send('GET', target)
      assert.ok(expected.includes(status), `${target}: ${status}`)
      assert.ok(!/^location: (?!\/(?!\/))/im.test(text), target)
    }
  })

  test('headers that speak for another method are not heard', async () => {
    assert.equal((await send('POST', '/hub/api/users/root1?_method=DELETE', '', { 'x-http-method-override': 'DELETE' })).status, 409)
    assert.equal((await send('PROPFIND', '/hub/api/users')).status, 405)
  })

  test('queries full of rubbish are 400 or ignored', async () => {
    for (const query of ['limit=%00', 'limit=99999999999999999999', 'offset=-1e9', 'state=%ff', 'sort=name;drop', 'sort=__proto__']) {
      assert.equal((await send('GET', `/hub/api/users?${query}`)).status, 400, query)
    }
    for (const query of [
      '__proto__=1',
      'name_filter=%00',
      `name_filter=${'%25'.repeat(300)}`,
      'name_filter=%ff',
      '&&&=&=x',
      'constructor=1',
    ]) {
      assert.equal((await send('GET', `/hub/api/users?${query}`)).status, 200, query)
    }
  })

  test('cookies and tokens full of rubbish are nobody', async () => {
    const values = ['a'.repeat(4_000), '%00', 'null', '{}', '../x', '"', '\u00ff', 'x; '.repeat(500)]
    for (const value of values) {
      const cookie = await raw(
        `GET /hub/api/user HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncookie: jupyterhub-hub-login=${value}; _xsrf=${value}\r\n\r\n`,
      )
      assert.equal(statusOf(cookie), 403, value.slice(0, 20))
      const token = await raw(`GET /hub/api/user HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: token ${value}\r\n\r\n`)
      assert.equal(statusOf(token), 403, value.slice(0, 20))
    }
  })

  test('whoever goes away in the middle of a body or a stream leaves the hub standing, and their slots free', async () => {
    const authorization = headersOf(root)['authorization'] ?? ''
    const leave = (request: string, when: 'sent' | 'answered'): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(listener.port, '127.0.0.1', () => socket.write(request, () => when === 'sent' && socket.destroy()))
        socket.on('data', () => socket.destroy())
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    await leave(`POST /hub/api/users HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ncontent-length: 100\r\n\r\n{`, 'sent')
    world.gated.starts.close()
    assert.equal((await send('POST', '/hub/api/users/root1/server')).status, 202)
    const stream = `GET /hub/api/users/root1/server/progress HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\n\r\n`
    for (let times = 0; times < 8; times++) {
      await leave(stream, 'answered')
      await until(() => world.hub.streams.held() === 0)
    }
    world.gated.starts.open()
    assert.equal((await send('GET', '/hub/api/health')).status, 200)
  })
})
