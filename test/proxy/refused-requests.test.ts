import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isWhole, startEcho, startProxy } from '../support/proxy-world.ts'
import type { ProxyWorld } from '../support/proxy-world.ts'

const undo: (() => unknown)[] = []
const owner = { after: (work: () => unknown) => void undo.push(work) }
let proxy: ProxyWorld
let echo: Awaited<ReturnType<typeof startEcho>>

before(async () => {
  echo = await startEcho(owner)
  proxy = await startProxy(owner, { defaultTarget: echo.url })
  await proxy.route('/user/foo', echo.url)
})
after(async () => {
  for (const work of undo.toReversed()) await work()
})

const host = 'Host: hub.example\r\n'
const get = (fields: string, target = '/', version = 'HTTP/1.1'): string => `GET ${target} ${version}\r\n${fields}\r\n`
const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\n${host}${fields}\r\n${body}`
const chunked = 'Transfer-Encoding: chunked\r\n'

/** Everything that could be read in more than one way, and with what it is answered. */
const refused: readonly (readonly [name: string, request: string, status?: number])[] = [
  // Two lengths, broken lengths
  ['Content-Length and Transfer-Encoding', post(`Content-Length: 5\r\n${chunked}`, '0\r\n\r\n')],
  ['Transfer-Encoding and Content-Length', post(`${chunked}Content-Length: 5\r\n`, '0\r\n\r\n')],
  ['two different Content-Lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello')],
  ['two equal Content-Lengths', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')],
  ['a list as Content-Length', post('Content-Length: 5, 5\r\n', 'hello')],
  ['Content-Length +5', post('Content-Length: +5\r\n', 'hello')],
  ['Content-Length -1', post('Content-Length: -1\r\n')],
  ['Content-Length 0x5', post('Content-Length: 0x5\r\n', 'hello')],
  ['Content-Length 1_0', post('Content-Length: 1_0\r\n', 'hello')],
  ['Content-Length 5.0', post('Content-Length: 5.0\r\n', 'hello')],
  ['Content-Length 5e0', post('Content-Length: 5e0\r\n', 'hello')],
  ['empty Content-Length', post('Content-Length:\r\n')],
  ['Content-Length with an inner blank', post('Content-Length: 1 0\r\n', 'hello')],
  ['Content-Length beyond every number', post('Content-Length: 99999999999999999999\r\n')],
  ['Content-Length in other digits', post('Content-Length: \xd9\xa5\r\n')],
  ['Content_Length', post('Content_Length: 5\r\n', 'hello')],
  // Transfer codings
  ['xchunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
  ['chunked, identity', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n')],
  ['identity, chunked', post('Transfer-Encoding: identity, chunked\r\n', '0\r\n\r\n')],
  ['identity', post('Transfer-Encoding: identity\r\n')],
  ['gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
  ['chunked twice in a list', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n')],
  ['chunked in two fields', post(`${chunked}${chunked}`, '0\r\n\r\n')],
  ['chunked with a parameter', post('Transfer-Encoding: chunked;q=1\r\n', '0\r\n\r\n')],
  ['quoted chunked', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n')],
  ['empty Transfer-Encoding', post('Transfer-Encoding:\r\n')],
  ['Transfer_Encoding', post('Transfer_Encoding: chunked\r\n', '0\r\n\r\n')],
  ['chunked with a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n')],
  ['chunked in HTTP/1.0', `POST / HTTP/1.0\r\n${host}${chunked}\r\n0\r\n\r\n`],
  // Field lines
  ['a blank before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
  ['a tab before the colon', post('Content-Length\t: 5\r\n', 'hello')],
  ['a folded field', get(`${host}X-A: 1\r\n two\r\n`)],
  ['a field folded by a tab', get(`${host}X-A: 1\r\n\ttwo\r\n`)],
  ['a folded Transfer-Encoding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')],
  ['a blank in front of the first field', `GET / HTTP/1.1\r\n ${host}\r\n`],
  ['a field without colon', get(`${host}X-A\r\n`)],
  ['a field without name', get(`${host}: a\r\n`)],
  ['a field name with a blank', get(`${host}X A: 1\r\n`)],
  ['a field name with a bracket', get(`${host}X[A]: 1\r\n`)],
  ['a field name beyond ASCII', get(`${host}X-\xe9: 1\r\n`)],
  ['a NUL in a value', get(`${host}X-A: a\0b\r\n`)],
  ['a NUL in a name', get(`${host}X\0A: b\r\n`)],
  ['a bell in a value', get(`${host}X-A: a\x07b\r\n`)],
  ['DEL in a value', get(`${host}X-A: a\x7fb\r\n`)],
  ['a bare CR in a value', get(`${host}X-A: a\rb\r\n`)],
  ['a bare LF behind a field', `GET / HTTP/1.1\r\n${host}X-A: 1\nX-B: 2\r\n\r\n`],
  ['only bare LFs', 'GET / HTTP/1.1\nHost: hub.example\n\n'],
  ['a bare LF behind the request line', `GET / HTTP/1.1\n${host}\r\n`],
  ['CR CR LF', `GET / HTTP/1.1\r\n${host}X-A: 1\r\r\n\r\n`],
  ['a bare LF as empty line', `GET / HTTP/1.1\r\n${host}\n`],
  ['CR and a character as empty line', `GET / HTTP/1.1\r\n${host}\rX\r\n\r\n`],
  // Request line
  ['two blanks before the target', `GET  / HTTP/1.1\r\n${host}\r\n`],
  ['two blanks before the version', `GET /  HTTP/1.1\r\n${host}\r\n`],
  ['a tab in the request line', `GET\t/\tHTTP/1.1\r\n${host}\r\n`],
  ['a blank behind the version', `GET / HTTP/1.1 \r\n${host}\r\n`],
  ['a blank in the target', get(host, '/a b')],
  ['a method in lower case', `get / HTTP/1.1\r\n${host}\r\n`],
  ['a method with a bracket', `GE(T / HTTP/1.1\r\n${host}\r\n`],
  ['no method', ` / HTTP/1.1\r\n${host}\r\n`],
  ['a blank in front', ` GET / HTTP/1.1\r\n${host}\r\n`],
  ['no version', `GET /\r\n${host}\r\n`],
  ['HTTP/0.9', 'GET /\r\n'],
  ['HTTP/2.0', get(host, '/', 'HTTP/2.0')],
  ['HTTP/1.2', get(host, '/', 'HTTP/1.2')],
  ['HTTP/1.10', get(host, '/', 'HTTP/1.10')],
  ['http/1.1', get(host, '/', 'http/1.1')],
  ['HTTP/01.1', get(host, '/', 'HTTP/01.1')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['two empty lines in front', `\r\n\r\n${get(host)}`],
  ['a bare LF in front', `\n${get(host)}`],
  ['a method that never ends', `${'A'.repeat(100)} / HTTP/1.1\r\n${host}\r\n`],
  // Targets
  ['a fragment', get(host, '/a#b')],
  ['a target beyond ASCII', get(host, '/\xe9')],
  ['a control character in the target', get(host, '/a\x01b')],
  ['a relative target', get(host, 'user/foo')],
  ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}\r\n`],
  ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`],
  ['an absolute target of another host', get(host, 'http://evil.example/hub/login')],
  ['an absolute target with another port', get(host, 'http://hub.example:81/')],
  ['an absolute target with user information', get(host, 'http://hub.example@evil.example/')],
  ['an absolute target of another scheme', get(host, 'ftp://hub.example/')],
  ['an absolute target without Host', get('', 'http://hub.example/', 'HTTP/1.0')],
  ['a scheme-relative target', get(host, '//evil.example/x')],
  ['an encoded slash in the routing part', get(host, '/user%2Ffoo/z')],
  ['an encoded slash behind hub', get(host, '/hub%2fapi/users')],
  ['an encoded backslash in the routing part', get(host, '/user/a%5Cb')],
  ['an encoded NUL in the routing part', get(host, '/user/a%00b')],
  ['an empty segment in the routing part', get(host, '/user//foo/')],
  ['a dot segment', get(host, '/user/foo/../bar/')],
  ['an encoded dot segment', get(host, '/user/foo/%2e%2e/bar/')],
  ['a half-encoded dot segment', get(host, '/user/foo/.%2E/bar/')],
  // Host
  ['no Host', get('X-A: 1\r\n')],
  ['two Hosts', get(`${host}Host: evil.example\r\n`)],
  ['two equal Hosts', get(`${host}${host}`)],
  ['two Hosts in HTTP/1.0', get(`${host}${host}`, '/', 'HTTP/1.0')],
  ['an empty Host', get('Host:\r\n')],
  ['a Host with a slash', get('Host: hub.example/x\r\n')],
  ['a Host with user information', get('Host: a@hub.example\r\n')],
  ['a Host with a blank', get('Host: hub.example evil\r\n')],
  // Connection, Expect, Upgrade
  ['Connection that names Content-Length', post('Connection: content-length\r\nContent-Length: 5\r\n', 'hello')],
  ['Connection that names Transfer-Encoding', post(`Connection: close, transfer-encoding\r\n${chunked}`, '0\r\n\r\n')],
  ['Connection that names Host', get(`${host}Connection: host\r\n`)],
  ['an unknown expectation', post('Expect: 200-maybe\r\nContent-Length: 0\r\n')],
  ['two expectations', post('Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 0\r\n')],
  ['an upgrade with a body', get(`${host}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n`)],
  ['an upgrade with a chunked body', get(`${host}Connection: upgrade\r\nUpgrade: websocket\r\n${chunked}`)],
  ['two Upgrade fields', get(`${host}Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n`)],
  ['an upgrade to h2c', get(`${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`), 403],
  ['an upgrade to h2c in a list', get(`${host}Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n`), 403],
  // Chunked bodies
  ['a chunk size with a sign', post(chunked, '+5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with 0x', post(chunked, '0x5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a blank behind', post(chunked, '5 \r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a blank in front', post(chunked, ' 5\r\nhello\r\n0\r\n\r\n')],
  ['no chunk size', post(chunked, '\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size that is too large', post(chunked, 'fffffffffffffffff\r\nhello')],
  ['a chunk size behind zeros without end', post(chunked, `${'0'.repeat(20)}5\r\nhello\r\n0\r\n\r\n`)],
  ['a chunk size ended by a bare LF', post(chunked, '5\nhello\r\n0\r\n\r\n')],
  ['a chunk that is longer than its size', post(chunked, '3\r\nhello\r\n0\r\n\r\n')],
  ['a chunk ended by a bare LF', post(chunked, '5\r\nhello\n0\r\n\r\n')],
  ['an extension with a control character', post(chunked, '5;a=\x01\r\nhello\r\n0\r\n\r\n')],
  ['an extension ended by a bare LF', post(chunked, '5;a\nhello\r\n0\r\n\r\n')],
  ['an extension without end', post(chunked, `5;${'a'.repeat(5000)}\r\nhello\r\n0\r\n\r\n`)],
  ['a trailer with Content-Length', post(chunked, '0\r\nContent-Length: 5\r\n\r\n')],
  ['a trailer with Transfer-Encoding', post(chunked, '0\r\nTransfer-Encoding: chunked\r\n\r\n')],
  ['a trailer with Host', post(chunked, '0\r\nHost: evil.example\r\n\r\n')],
  ['a folded trailer', post(chunked, '0\r\nX-A: 1\r\n 2\r\n\r\n')],
  ['trailers without end', post(chunked, `0\r\n${'X-A: 1\r\n'.repeat(2000)}\r\n`)],
  // Sizes
  ['a head of more than 16 KiB', get(`${host}X-A: ${'a'.repeat(17_000)}\r\n`), 431],
  ['more than a hundred fields', get(host + 'X-A: 1\r\n'.repeat(100)), 431],
  ['ten thousand equal fields', get(host + 'X-A: 1\r\n'.repeat(10_000)), 431],
  ['a target of more than 8 KiB', get(host, `/${'a'.repeat(9000)}`), 414],
]

test('the table is as long as it has to be', () => {
  assert.ok(refused.length >= 60)
  assert.equal(new Set(refused.map(([name]) => name)).size, refused.length)
})

for (const [name, request, status = 400] of refused) {
  test(`${name}: ${status}, closed, nothing forwarded`, async () => {
    const seen = echo.count()
    const client = await proxy.connect()
    client.send(`${request}GET /smuggled HTTP/1.1\r\n${host}\r\n`)
    const text = await client.closed()
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.match(text, /\r\nConnection: close\r\n/)
    assert.equal(text.split('HTTP/1.1 ').length, 2, 'one answer only')
    assert.equal(echo.count(), seen)
  })
}

test('a head without end is refused as soon as it is too large', async () => {
  const client = await proxy.connect()
  client.send(`GET / HTTP/1.1\r\n${host}X-A: ${'a'.repeat(20_000)}`)
  assert.match(await client.closed(), /^HTTP\/1\.1 431 /)
})

test('a refused request takes nothing from the next connection', async () => {
  const client = await proxy.connect()
  client.send(get(host))
  await client.receives(isWhole)
  client.destroy()
})

test('bytes that arrive one by one are refused as early as they are wrong', async () => {
  const client = await proxy.connect()
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n'
  for (const byte of request) client.send(byte)
  assert.match(await client.closed(), /^HTTP\/1\.1 400 /)
})
