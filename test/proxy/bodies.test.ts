import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { echoed, isWhole, startEcho, startProxy, startScripted, startUpstream } from '../support/proxy-world.ts'
import { until } from '../support/until.ts'

const head = (fields: string, method = 'POST', target = '/'): string => `${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
const chunkedHead = head('Transfer-Encoding: chunked\r\n')
const get = head('', 'GET')
const endsHead = (text: string): boolean => text.includes('\r\n\r\n')

test('a counted body arrives whole, however it is cut into packets', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const client = await proxy.connect()
  client.socket.setNoDelay(true)
  for (const piece of [head('Content-Length: 11\r\n'), 'hello', ' ', 'world']) {
    client.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(echoed(await client.receives(isWhole)).body, 'hello world')
  client.destroy()
})

test('a chunked body goes on as it came, without extensions and trailers', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives((text) => text.endsWith('0\r\n\r\n'))
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url, forwarding: { xForward: false } })
  const body = '5\r\nhello\r\nA;name=value;x\r\n0123456789\r\n00c\r\nabcdefghijkl\r\n0;last\r\nAuthorization: evil\r\nX-T: 1\r\n\r\n'
  for (const size of [1, 2, 3, 7, 1000]) {
    const seen = upstream.connections.length
    const client = await proxy.connect()
    client.socket.setNoDelay(true)
    client.send(chunkedHead)
    for (let at = 0; at < body.length; at += size) {
      client.send(body.slice(at, at + size))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.receives(isWhole)
    const connection = upstream.connections[seen]
    assert.equal(
      connection?.received(),
      `${chunkedHead}5\r\nhello\r\nA\r\n0123456789\r\n00c\r\nabcdefghijkl\r\n0\r\n\r\n`,
      `in pieces of ${size}`,
    )
    client.destroy()
    connection.destroy()
    await connection.closed()
  }
})

test('a chunked answer goes on as it came, with its trailers', async (t) => {
  const body = '5;ext\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Checksum: 1\r\n\r\n'
  for (const size of [1, 3, 1000]) {
    const upstream = await startScripted(t, async (server) => {
      server.socket.setNoDelay(true)
      await server.receives(endsHead)
      const answer = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n${body}`
      for (let at = 0; at < answer.length; at += size) {
        server.send(answer.slice(at, at + size))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    const proxy = await startProxy(t, { defaultTarget: upstream.url })
    const client = await proxy.connect()
    client.send(get)
    const text = await client.receives((all) => all.endsWith('X-Checksum: 1\r\n\r\n'))
    assert.match(text, /\r\nTrailer: X-Checksum\r\n/)
    assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), '5\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Checksum: 1\r\n\r\n')
    client.send(get)
    await until(() => upstream.connections[0]?.received().split('GET /').length === 3)
    client.destroy()
    await proxy.stop()
  }
})

test('what comes behind a request is the next request, never part of another', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const client = await proxy.connect()
  client.send(
    head('Content-Length: 5\r\n', 'POST', '/1') +
      'hello' +
      head('Transfer-Encoding: chunked\r\n', 'POST', '/2') +
      '3\r\nabc\r\n0\r\n\r\n' +
      head('', 'GET', '/3') +
      '\r\n' +
      head('', 'GET', '/nowhere/4') +
      head('Connection: close\r\n', 'GET', '/5') +
      head('', 'GET', '/6'),
  )
  const text = await client.closed()
  const answers = text
    .split('HTTP/1.1 200 OK')
    .slice(1)
    .map((part) => echoed(part))
  assert.deepEqual(
    answers.map(({ url, body }) => [url, body]),
    [
      ['/1', 'hello'],
      ['/2', 'abc'],
      ['/3', ''],
      ['/nowhere/4', ''],
      ['/5', ''],
    ],
  )
  assert.equal(echo.count(), 5)
})

test('any requests, cut anywhere, reach the server one by one as they were sent', async (t) => {
  const echo = await startEcho(t)
  const proxy = await startProxy(t, { defaultTarget: echo.url })
  const text = fc.string({ unit: fc.constantFrom('a', '0', '\r', '\n', ' ', ':', '5'), maxLength: 60 })
  const request = fc.record({ body: text, framing: fc.constantFrom('none', 'length', 'chunked'), chunks: fc.integer({ min: 1, max: 20 }) })
  const bytesOf = ({ body, framing, chunks }: { body: string; framing: string; chunks: number }, index: number): string => {
    if (framing === 'none') return head('', 'GET', `/${index}`)
    if (framing === 'length') return head(`Content-Length: ${body.length}\r\n`, 'PUT', `/${index}`) + body
    const parts = body.match(new RegExp(`[^]{1,${chunks}}`, 'g')) ?? []
    const coded = parts.map((part) => `${part.length.toString(16)};x\r\n${part}\r\n`).join('')
    return `${head('Transfer-Encoding: chunked\r\n', 'PUT', `/${index}`)}${coded}0\r\n\r\n`
  }
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 200 }), async (requests, size) => {
      const client = await proxy.connect()
      client.socket.setNoDelay(true)
      const bytes = requests.map(bytesOf).join('')
      for (let at = 0; at < bytes.length; at += size) {
        client.send(bytes.slice(at, at + size))
        await new Promise((resolve) => setImmediate(resolve))
      }
      const answers = await client.receives((all) => {
        const parts = all.split('HTTP/1.1 200 OK').slice(1)
        return parts.length === requests.length && isWhole(parts.at(-1) ?? '')
      })
      const seen = answers
        .split('HTTP/1.1 200 OK')
        .slice(1)
        .map((part) => echoed(part))
      const wanted = requests.map(({ body, framing }, index) => [`/${index}`, framing === 'none' ? '' : body])
      assert.deepEqual(
        seen.map(({ url, body }) => [url, body]),
        wanted,
      )
      client.destroy()
    }),
    { numRuns: 150 },
  )
})

test('a thousand pipelined requests are answered in their order', async (t) => {
  const upstream = await startUpstream(t, (request, response) => response.end(`<${request.url}>`))
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`)
  client.send(paths.map((path) => head('', 'GET', path)).join(''))
  const text = await client.receives((all) => all.includes('</999>'))
  assert.deepEqual(
    [...text.matchAll(/<(\/\d+)>/g)].map((match) => match[1]),
    paths,
  )
  client.destroy()
})

test('connections to the server are used again, newest first, and never by two requests at once', async (t) => {
  let busy = 0
  let most = 0
  const sockets = new Set<unknown>()
  const upstream = await startUpstream(t, (request, response) => {
    sockets.add(request.socket)
    busy++
    most = Math.max(most, busy)
    setImmediate(() => {
      busy--
      response.end('ok')
    })
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  for (let round = 1; round <= 20; round++) {
    client.send(get)
    await client.receives((text) => text.split('\r\n\r\nok').length === round + 1)
  }
  client.destroy()
  assert.equal(sockets.size, 1)
  const many = await Promise.all(Array.from({ length: 100 }, () => proxy.connect()))
  for (const one of many) one.send(get)
  await Promise.all(many.map((one) => one.receives((text) => text.endsWith('\r\n\r\nok'))))
  for (const one of many) one.destroy()
  assert.ok(most > 1)
})

test('a kept connection that died in the meantime costs a repeatable request nothing', async (t) => {
  const upstream = await startScripted(t, async (server, index) => {
    await server.receives(endsHead)
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${index}`)
    await server.receives((text) => text.split('\r\n\r\n').length === 3)
    server.destroy()
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(get)
  await client.receives(isWhole)
  client.send(get)
  const text = await client.receives((all) => all.split('HTTP/1.1 ').length === 3 && all.endsWith('1'))
  assert.doesNotMatch(text, /503/)
  client.destroy()
})

test('a request with a body is never sent twice', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    if (server.received().startsWith('GET')) {
      server.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      await server.receives((text) => text.includes('POST'))
    }
    server.destroy()
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(get)
  await client.receives(isWhole)
  client.send(`${head('Content-Length: 2\r\n')}hi`)
  await client.receives((text) => text.includes('HTTP/1.1 503 '))
  assert.equal(upstream.connections.filter((one) => one.received().includes('POST')).length, 1)
  client.destroy()
})

test('Expect: 100-continue is asked of the server, and its 100 comes back before the body', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    assert.match(server.received(), /\r\nExpect: 100-continue\r\n/)
    server.send('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
    await server.receives((text) => text.endsWith('hello'))
    server.send('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(head('Content-Length: 5\r\nExpect: 100-continue\r\n'))
  await client.receives((text) => text === 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
  client.send('hello')
  await client.receives((text) => text.includes('HTTP/1.1 201 Created\r\n'))
  client.destroy()
})

test('an answer that comes before the request is complete is passed on, and both connections end', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(`${head('Content-Length: 1000000\r\n')}first part`)
  const text = await client.receives((all) => all.endsWith('no!'))
  assert.match(text, /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/)
  client.send('more')
  await client.closed()
  await upstream.connections[0]?.closed()
})

test('a client that goes away in the middle of its body takes the upstream connection with it', async (t) => {
  const upstream = await startScripted(t, () => {})
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(`${head('Content-Length: 1000\r\n')}part`)
  await until(() => upstream.connections[0]?.received().endsWith('part') ?? false)
  client.destroy()
  await upstream.connections[0]?.closed()
})

test('a client that goes away while it waits takes the upstream connection with it', async (t) => {
  const upstream = await startScripted(t, () => {})
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(get)
  await until(() => endsHead(upstream.connections[0]?.received() ?? ''))
  client.destroy()
  await upstream.connections[0]?.closed()
})

for (const [name, start] of [
  ['a counted', 'Content-Length: 1000\r\n\r\npart'],
  ['a chunked', 'Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
] as const) {
  for (const abort of ['end', 'reset'] as const) {
    test(`${name} answer that ends too early (${abort}) is never taken for the whole: the client is cut off`, async (t) => {
      const upstream = await startScripted(t, async (server) => {
        await server.receives(endsHead)
        server.send(`HTTP/1.1 200 OK\r\n${start}`)
        await once(server.socket, 'drain').catch(() => {})
      })
      const proxy = await startProxy(t, { defaultTarget: upstream.url })
      const client = await proxy.connect()
      client.send(get)
      await client.receives((text) => text.includes('part'))
      if (abort === 'end') upstream.connections[0]?.socket.end()
      else upstream.connections[0]?.socket.resetAndDestroy()
      const text = await client.closed()
      assert.doesNotMatch(text, /0\r\n\r\n$/)
      assert.equal(text.split('HTTP/1.1').length, 2)
    })
  }
}

test('an answer without length ends with the server’s connection; a reset is passed on as one', async (t) => {
  const upstream = await startScripted(t, async (server, index) => {
    await server.receives(endsHead)
    server.send('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it')
    if (index === 0) server.socket.end()
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const whole = await proxy.connect()
  whole.send(get)
  assert.equal(await whole.closed(), 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nall of it')
  assert.equal(whole.failure(), null)
  const cut = await proxy.connect()
  cut.send(get)
  await cut.receives((text) => text.endsWith('all of it'))
  upstream.connections[1]?.socket.resetAndDestroy()
  await cut.closed()
  assert.equal(cut.failure(), 'ECONNRESET')
})

const badAnswers: readonly (readonly [name: string, answer: string])[] = [
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok'],
  ['length and chunked', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an unknown transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok'],
  ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  ['a folded field', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n'],
  ['a field with a CR inside', 'HTTP/1.1 200 OK\r\nX-A: 1\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n'],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2p1 Debian\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a switch of protocols nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ['a head without end', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}`],
  ['nothing', ''],
]

for (const [name, answer] of badAnswers) {
  test(`an answer with ${name} is replaced by 503 and its connection closed`, async (t) => {
    const upstream = await startScripted(t, async (server) => {
      await server.receives(endsHead)
      if (answer === '') server.socket.end()
      else server.send(answer)
    })
    const proxy = await startProxy(t, { defaultTarget: upstream.url })
    const client = await proxy.connect()
    client.send(get)
    assert.match(await client.receives(isWhole), /^HTTP\/1\.1 503 /)
    await upstream.connections[0]?.closed()
    client.destroy()
  })
}

test('bytes behind an answer are thrown away with their connection', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(get + get)
  await client.receives((text) => text.split('\r\n\r\nok').length === 3)
  assert.doesNotMatch(client.received(), /evil/)
  assert.equal(upstream.connections.length, 2)
  client.destroy()
})

test('bytes on an idle connection close it', async (t) => {
  const upstream = await startScripted(t, async (server) => {
    await server.receives(endsHead)
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(get)
  await client.receives(isWhole)
  upstream.connections[0]?.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
  await upstream.connections[0]?.closed()
  client.send(get)
  await client.receives((text) => text.split('\r\n\r\nok').length === 3)
  assert.doesNotMatch(client.received(), /evil/)
  client.destroy()
})

test('a slow reader slows the server down instead of filling the proxy', async (t) => {
  const total = 64 * 1024 * 1024
  let written = 0
  const upstream = await startUpstream(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': total })
    const block = Buffer.alloc(65_536, 'x')
    const more = (): void => {
      while (written < total) {
        written += block.length
        if (!response.write(block)) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.socket.pause()
  client.send(get)
  let last = -1
  await until(async () => {
    const same = written === last && written > 0
    last = written
    await new Promise((resolve) => setTimeout(resolve, 100))
    return same
  })
  assert.ok(written < total / 2, `${written} bytes were taken`)
  let received = 0
  client.socket.removeAllListeners('data')
  client.socket.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  client.socket.resume()
  await until(() => received > total)
  client.destroy()
})

test('a slow server slows the client down instead of filling the proxy', async (t) => {
  const total = 64 * 1024 * 1024
  const upstream = await startScripted(t, (server) => {
    server.socket.removeAllListeners('data')
    server.socket.pause()
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.send(head(`Content-Length: ${total}\r\n`))
  const block = Buffer.alloc(65_536, 'x')
  let accepted = 0
  const more = (): void => {
    while (accepted < total) {
      accepted += block.length
      if (!client.socket.write(block)) {
        client.socket.once('drain', more)
        return
      }
    }
  }
  more()
  let last = -1
  await until(async () => {
    const same = accepted === last
    last = accepted
    await new Promise((resolve) => setTimeout(resolve, 100))
    return same
  })
  assert.ok(accepted < total / 2, `${accepted} bytes were taken`)
  const server = upstream.connections[0]
  let received = 0
  server?.socket.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  server?.socket.resume()
  await until(() => received > total)
  server?.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  await client.receives(isWhole)
  client.destroy()
})

test('a client that sends requests and never reads does not fill the proxy', async (t) => {
  let count = 0
  const upstream = await startUpstream(t, (_, response) => {
    count++
    response.end(Buffer.alloc(30_000, 'x'))
  })
  const proxy = await startProxy(t, { defaultTarget: upstream.url })
  const client = await proxy.connect()
  client.socket.pause()
  for (let i = 0; i < 2000; i++) client.send(get)
  let last = -1
  await until(async () => {
    const same = count === last && count > 0
    last = count
    await new Promise((resolve) => setTimeout(resolve, 100))
    return same
  })
  assert.ok(count < 1000, `${count} answers were fetched`)
  client.socket.resume()
  await until(() => count === 2000)
  client.destroy()
})
