import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echoed, isWhole, startEcho, startProxy, startScripted, startUpstream } from '../support/proxy-world.ts'
import type { Echoed, ProxyWorld } from '../support/proxy-world.ts'

async function ask(proxy: ProxyWorld, request: string): Promise<{ text: string; seen: Echoed }> {
  const client = await proxy.connect()
  client.send(request)
  const text = await client.receives(isWhole)
  client.destroy()
  return { text, seen: echoed(text) }
}

const simple = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nHost: hub.example:8000\r\n${fields}\r\n`

test('a request goes on byte for byte, with X-Forwarded lines added', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const { seen, text } = await ask(proxy, simple("/a//b/%7E%2f?q=1&r=a|b{}'^", 'X-Custom: Some Value\r\nCookie: a=1; b=2\r\n'))
  assert.equal(seen.url, "/a//b/%7E%2f?q=1&r=a|b{}'^")
  assert.deepEqual(seen.rawHeaders, [
    'Host',
    'hub.example:8000',
    'X-Custom',
    'Some Value',
    'Cookie',
    'a=1; b=2',
    'X-Forwarded-For',
    '127.0.0.1',
    'X-Forwarded-Port',
    '8000',
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Host',
    'hub.example:8000',
  ])
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(text, /\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n/)
})

test('a trusted peer’s X-Forwarded is kept in front, joined by a bare comma', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url, trustedProxies: ['127.0.0.0/8'] })
  const fields =
    'X-Forwarded-For: 9.9.9.9\r\nx-forwarded-for: 8.8.8.8\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n' +
    'X-Forwarded-Host: public.example\r\nForwarded: for=9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\n'
  const { seen } = await ask(proxy, simple('/', fields))
  assert.equal(seen.headers['x-forwarded-for'], '9.9.9.9,8.8.8.8,127.0.0.1')
  assert.equal(seen.headers['x-forwarded-proto'], 'https,http')
  assert.equal(seen.headers['x-forwarded-port'], '443,8000')
  assert.equal(seen.headers['x-forwarded-host'], 'public.example')
  assert.equal(seen.headers['forwarded'], 'for=9.9.9.9')
  assert.equal(seen.headers['x-real-ip'], '9.9.9.9')
})

test('what another peer claims about the client is thrown away, in every spelling', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url, trustedProxies: ['10.0.0.0/8', '::1'] })
  const fields =
    'X-Forwarded-For: 9.9.9.9\r\nX_Forwarded_For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n' +
    'Forwarded: proto=javascript\r\nX-Real-IP: 127.0.0.1\r\nX-Scheme: https\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nProxy: evil\r\n' +
    'X-Forwarded-Prefix: /x\r\nX-Forwarded-Ssl: on\r\n'
  const { seen } = await ask(proxy, simple('/', fields))
  assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1')
  assert.equal(seen.headers['x-forwarded-proto'], 'http')
  assert.equal(seen.headers['x-forwarded-host'], 'hub.example:8000')
  assert.equal(seen.headers['x-forwarded-port'], '8000')
  assert.deepEqual(Object.keys(seen.headers).toSorted(), [
    'host',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-proto',
  ])
})

test('the lines follow the Host of each request of a connection', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const client = await proxy.connect()
  for (const [host, port] of [
    ['a.example', '80'],
    ['b.example:81', '81'],
    ['[::1]:8000', '8000'],
    ['[::1]', '80'],
    ['a.example', '80'],
  ]) {
    const before = client.received().length
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const text = await client.receives((all) => isWhole(all.slice(before)))
    const { headers } = echoed(text.slice(before))
    assert.equal(headers['x-forwarded-host'], host)
    assert.equal(headers['x-forwarded-port'], port)
  }
  client.destroy()
})

test('without x-forward nothing is added', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url, forwarding: { xForward: false } })
  const { seen } = await ask(proxy, simple('/', 'X-Forwarded-For: 9.9.9.9\r\n'))
  assert.deepEqual(seen.headers, { host: 'hub.example:8000', 'x-forwarded-for': '9.9.9.9' })
})

test('hop-by-hop fields stay on their hop, and so does what Connection names', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const fields =
    'Connection: keep-alive, X-Secret , cookie\r\nKeep-Alive: timeout=9\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nX-Secret: 1\r\nCookie: a=1\r\n' +
    'Trailer: X-T\r\nProxy-Authorization: Basic eA==\r\nUpgrade: websocket\r\nX-Kept: 1\r\n'
  const { seen } = await ask(proxy, simple('/', fields))
  assert.deepEqual(
    Object.keys(seen.headers).filter((name) => !name.startsWith('x-forwarded')),
    ['host', 'x-kept'],
  )
})

test('hop-by-hop fields of the server stay on their hop', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives((text) => text.endsWith('\r\n\r\n'))
    server.send(
      'HTTP/1.1 200 Fine  Indeed\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=77\r\nUpgrade: h2c\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok',
    )
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(simple('/'))
  const text = await client.receives(isWhole)
  assert.equal(
    text,
    'HTTP/1.1 200 Fine  Indeed\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nok',
  )
  client.destroy()
})

test('Host can be that of the target, and custom headers replace those of the client', async (t) => {
  const echo = await startEcho(t)
  const customHeaders = [
    ['X-Team', 'blue'],
    ['Authorization', 'Basic eA=='],
  ] as const
  const proxy = await startProxy(t, { defaultTarget: echo.url, forwarding: { changeOrigin: true, customHeaders } })
  const { seen } = await ask(proxy, simple('/', 'x-team: red\r\nAUTHORIZATION: token x\r\n'))
  assert.equal(seen.headers['host'], `127.0.0.1:${echo.port}`)
  assert.equal(seen.headers['x-forwarded-host'], 'hub.example:8000')
  assert.equal(seen.headers['x-team'], 'blue')
  assert.equal(seen.headers['authorization'], 'Basic eA==')
})

test('an absolute target that agrees with Host is cut to its path', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const { seen } = await ask(proxy, simple('HTTP://HUB.example:8000/a?b=1'))
  assert.equal(seen.url, '/a?b=1')
})

test('paths of target, route and request are put together as told', async (t) => {
  const echo = await startEcho(t)
  const cases = [
    [{}, '/foo', '/bar/rest/of/it', '/foo/bar/rest/of/it'],
    [{}, '/foo/', '/bar/rest', '/foo/bar/rest'],
    [{}, '/foo', '/bar?query=foo', '/foo/bar?query=foo'],
    [{}, '/t/?k=v', '/bar/b?q=1', '/t/bar/b?k=v&q=1'],
    [{}, '/?k=v', '/bar', '/bar?k=v'],
    [{ prependPath: false }, '/foo', '/bar/rest/of/it', '/bar/rest/of/it'],
    [{ includePrefix: false }, '/foo', '/bar/rest/of/it', '/foo/rest/of/it'],
    [{ includePrefix: false, prependPath: false }, '/foo', '/bar/rest/of/it', '/rest/of/it'],
    [{ includePrefix: false, prependPath: false }, '/foo', '/b%61r/rest?x', '/rest?x'],
    [{ includePrefix: false, prependPath: false }, '/foo', '/bar', '/'],
    [{ includePrefix: false }, '', '/bar?x=1', '/?x=1'],
  ] as const
  for (const [forwarding, targetPath, asked, wanted] of cases) {
    const proxy = await startProxy(t, { forwarding })
    await proxy.route('/bar', echo.url + targetPath)
    const { seen } = await ask(proxy, simple(asked))
    assert.equal(seen.url, wanted, `${JSON.stringify(forwarding)} ${targetPath} ${asked}`)
    await proxy.stop()
  }
})

test('HTTP/1.0: closed after the answer, kept when asked to, and a Host of the target when there is none', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const client = await proxy.connect()
  client.send('GET /old HTTP/1.0\r\n\r\n')
  const text = await client.closed()
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n\r\n/)
  assert.equal(echoed(text).headers['host'], `127.0.0.1:${echo.port}`)
  const kept = await proxy.connect()
  kept.send('GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
  assert.match(await kept.receives(isWhole), /\r\nConnection: keep-alive\r\n/)
  kept.destroy()
})

test('HTTP/1.0: a chunked answer arrives as plain bytes and ends with the connection', async (t) => {
  const upstream = await startUpstream(t, (_, response) => {
    response.write('one ')
    response.write('two ')
    response.end('three')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
  const text = await client.closed()
  assert.doesNotMatch(text, /transfer-encoding/i)
  assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), 'one two three')
})

test('HEAD, 204 and 304 have no body, whatever their heads say', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    const answers = [
      'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: "x"\r\n\r\n',
      'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ]
    for (const [index, answer] of answers.entries()) {
      await server.receives((text) => text.split('\r\n\r\n').length === index + 2)
      server.send(answer)
    }
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  const methods = ['HEAD', 'HEAD', 'GET', 'DELETE', 'GET']
  for (const [index, method] of methods.entries()) {
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
    await client.receives((text) => text.split('HTTP/1.1 ').length === index + 2)
  }
  const text = await client.receives((all) => all.endsWith('ok'))
  assert.equal(upstream.connections.length, 1, 'all of them on one connection')
  assert.match(text, /204 No Content\r\nConnection/)
  assert.match(text, /304 Not Modified\r\nContent-Length: 1000\r\n/)
  client.destroy()
})

test('redirects: untouched by default, rewritten towards the client when told to', async (t) => {
  let location = ''
  let status = 301
  const upstream = await startUpstream(t, (_, response) => {
    response.writeHead(status, { Location: location })
    response.end()
  })
  const plain = await startProxy(t, { defaultTarget: upstream.url })
  const rewriting = await startProxy(t, { defaultTarget: upstream.url, forwarding: { autoRewrite: true, protocolRewrite: 'https' } })
  const locationFrom = async (proxy: ProxyWorld): Promise<string> => {
    const client = await proxy.connect()
    client.send(simple('/'))
    const text = await client.receives(isWhole)
    client.destroy()
    return /\r\nLocation: (.*)\r\n/.exec(text)?.[1] ?? ''
  }
  location = `${upstream.url}/next?a=1`
  assert.equal(await locationFrom(plain), location)
  assert.equal(await locationFrom(rewriting), 'https://hub.example:8000/next?a=1')
  location = 'http://elsewhere.example/next'
  assert.equal(await locationFrom(rewriting), location)
  location = '/relative'
  assert.equal(await locationFrom(rewriting), location)
  location = `${upstream.url}/next`
  status = 303
  assert.equal(await locationFrom(rewriting), location)
})

test('host routing: the host decides, in any case, and the root route takes the rest', async (t) => {
  const one = await startUpstream(t, (_, response) => response.end('one'))
  const other = await startUpstream(t, (request, response) => response.end(`other ${request.url}`))
  const proxy = await startProxy(t, { defaultTarget: other.url, forwarding: { hostRouting: true } })
  await proxy.route('/Alice.example', one.url)
  const bodyOf = async (host: string): Promise<string> => {
    const client = await proxy.connect()
    client.send(`GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const text = await client.receives(isWhole)
    client.destroy()
    return text.slice(text.indexOf('\r\n\r\n') + 4)
  }
  assert.equal(await bodyOf('aLICE.example:8000'), 'one')
  assert.equal(await bodyOf('bob.example'), 'other /x')
})

test('a route can be made, replaced and removed while requests come in on one connection', async (t) => {
  const echo = await startEcho(t)
  const other = await startUpstream(t, (_, response) => response.end('{"other":1}'))
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const client = await proxy.connect()
  const next = async (): Promise<string> => {
    const before = client.received().length
    client.send(simple('/user/a/x'))
    return (await client.receives((text) => isWhole(text.slice(before)))).slice(before)
  }
  assert.match(await next(), /"url":"\/user\/a\/x"/)
  await proxy.route('/user/a', other.url)
  assert.match(await next(), /"other"/)
  await proxy.route('/user/a', echo.url)
  assert.match(await next(), /"url"/)
  await proxy.api('DELETE', '/api/routes/user/a')
  await proxy.api('DELETE', '/api/routes/')
  assert.match(await next(), /^HTTP\/1\.1 404 /)
  client.destroy()
})
