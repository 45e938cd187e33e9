import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { signedInClient } from '../support/api-client.ts'
import { needs } from '../support/machine.ts'
import { startNginx } from '../support/nginx.ts'
import type { RunningNginx } from '../support/nginx.ts'
import { admin, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { createWideVisitor, textOf } from '../support/wide-visitor.ts'

const notebook = join(import.meta.dirname, '..', 'docs', 'notebook-server.ts')
const origin = 'https://hub.example.org'
/** Another address of this machine, so that people and nginx are told apart. */
const browserAddress = '127.0.0.2'
/** What somebody sends who would like to be another person, on another host. */
const lies = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-forwarded-port': '66666',
  'x-real-ip': '203.0.113.9',
  'x-scheme': 'evil',
  forwarded: 'for=203.0.113.9;host=evil.example;proto=http',
}
const uploadBytes = 300 * 1024 * 1024
const told = z.object({ headers: z.record(z.string(), z.string()) })

for (const baseUrl of ['/', '/jupyter/']) {
  suite(`behind the shipped nginx file, hub at ${baseUrl}`, needs('nginx'), () => {
    let place: Place
    let orrery: RunningOrrery
    let nginx: RunningNginx
    let visitor: ReturnType<typeof createWideVisitor>
    let authorization: string
    const home = `${origin}${baseUrl}`
    const server = `${home}user/${admin.name}/`

    before(async () => {
      place = await preparePlace({
        hub: { baseUrl, publicUrl: home },
        proxy: { trustedProxies: ['127.0.0.1'] },
        spawner: { cmd: [process.execPath, notebook] },
      })
      const gate = { START_GATE: join(place.folder, 'gate') }
      orrery = await startOrrery(place, { args: ['--stop-servers'], env: { ORRERY_SPAWNER_ENVIRONMENT: JSON.stringify(gate) } })
      nginx = await startNginx(place.url, (conf) => conf.replace('location / {', `location ${baseUrl} {`))
      visitor = createWideVisitor({ port: nginx.port, ca: nginx.cert, localAddress: browserAddress })
      const { token } = await signedInClient(place.home.replace(/\/$/, ''), admin.name, admin.password)
      authorization = `token ${token}`
    })
    after(async () => {
      await nginx.stop()
      await orrery.stop()
      await place.remove()
    })

    test('http leads to https', async () => {
      const plain = await new Promise<string | undefined>((resolve, reject) => {
        const listener = {
          host: '127.0.0.1',
          port: nginx.plainPort,
          path: `${baseUrl}hub/login?next=x`,
          headers: { host: 'hub.example.org' },
        }
        httpRequest(listener, (response) => resolve(response.headers.location))
          .once('error', reject)
          .end()
      })
      assert.equal(plain, `${home}hub/login?next=x`)
    })

    test('people sign in with cookies for https only, and the hub knows their address, whatever they claim', async () => {
      await visitor.get(`${home}hub/login`)
      const signedIn = await visitor.post(`${home}hub/login`, { username: admin.name, password: admin.password })
      assert.equal(signedIn.status, 302)
      const lines = signedIn.headers['set-cookie'] ?? []
      assert.ok(lines.length >= 3 && lines.every((line) => line.includes('; Secure') && line.includes(`; Path=${baseUrl}`)))
      const account = await visitor.send(`${home}hub/account`, { headers: lies })
      assert.ok(account.text.includes(browserAddress) && !account.text.includes('203.0.113.9'))
    })

    test('progress arrives while the server is still starting', async () => {
      const headers = { authorization }
      const started = visitor.send(`${home}hub/api/users/${admin.name}/server`, { method: 'POST', headers })
      const progress = `${home}hub/api/users/${admin.name}/server/progress`
      const events = await (async () => {
        for (;;) {
          const answer = await visitor.open(progress, { headers })
          if (answer.statusCode === 200) return answer
          await textOf(answer)
        }
      })()
      let seen = ''
      events.setEncoding('utf8').on('data', (text: string) => (seen += text))
      await until(() => seen.includes('"phase":"booting"'))
      assert.ok(!seen.includes('"ready":true'))
      await writeFile(join(place.folder, 'gate'), '')
      await until(() => seen.includes('"ready":true'), 30_000)
      assert.ok([201, 202].includes((await started).status))
    })

    test('output of a notebook arrives part by part', async () => {
      const stream = await visitor.open(`${server}stream`)
      const [first] = z.tuple([z.instanceof(Buffer)]).parse(await once(stream, 'data'))
      assert.equal(first.toString(), 'first', 'before the server has written the rest')
      const rest = textOf(stream)
      await visitor.send(`${server}stream/end`)
      assert.equal(await rest, 'last')
    })

    test('a notebook server is told the public host and the real address, not what the browser claims', async () => {
      const { headers } = told.parse(JSON.parse((await visitor.send(`${server}headers`, { headers: lies })).text))
      assert.equal(headers['host'], 'hub.example.org')
      assert.equal(headers['x-forwarded-for']?.split(',')[0], browserAddress)
      assert.equal(headers['x-forwarded-proto']?.split(',')[0], 'https')
      assert.ok(!/evil|203\.0\.113\.9|66666/.test(JSON.stringify(headers)))
    })

    test('what is claimed by somebody who goes around nginx is not believed', async () => {
      const { port } = new URL(place.url)
      const path = `${new URL(server).pathname}headers`
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path, localAddress: browserAddress, headers: { host: 'hub.example.org', ...lies } }
        httpRequest(options, resolve).once('error', reject).end()
      })
      const { headers } = told.parse(JSON.parse(await textOf(answer)))
      assert.equal(headers['x-forwarded-for'], browserAddress)
      assert.ok(!/evil|203\.0\.113\.9|66666/.test(JSON.stringify(headers)))
    })

    test('a WebSocket goes through, and a quiet one outlives a reload of nginx', async () => {
      const options = { headers: { host: 'hub.example.org', origin }, ca: nginx.cert, servername: 'hub.example.org' }
      const socket = new WebSocket(`wss://127.0.0.1:${nginx.port}${new URL(server).pathname}echo`, options)
      await once(socket, 'open')
      nginx.reload()
      await until(async () => (await nginx.workers()) > 1)
      socket.send('hello')
      assert.equal(String((await once(socket, 'message'))[0]), 'HELLO')
      socket.close()
      await once(socket, 'close')
    })

    test('an upload of 300 MiB passes as it comes, and arrives whole', async () => {
      const length = baseUrl === '/' ? uploadBytes : 3_000_000
      const chunk = Buffer.alloc(1 << 20)
      const listener = { host: '127.0.0.1', port: nginx.port, servername: 'hub.example.org', ca: nginx.cert, agent: false } as const
      const headers = { host: 'hub.example.org', 'content-length': length, cookie: visitor.cookieHeader(server) }
      const request = httpsRequest({ ...listener, path: `${new URL(server).pathname}upload`, method: 'PUT', headers })
      const answer = new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject))
      const held = 1000
      for (let sent = 0; sent < length - held; sent += chunk.length) {
        if (!request.write(chunk.subarray(0, Math.min(chunk.length, length - held - sent)))) await once(request, 'drain')
      }
      const arrived = async (): Promise<number> =>
        z.object({ arrived: z.number() }).parse(JSON.parse((await visitor.send(`${server}upload/so-far`)).text)).arrived
      await until(async () => (await arrived()) === length - held, 60_000)
      request.end(chunk.subarray(0, held))
      assert.match(await textOf(await answer), new RegExp(`"received":${length},`))
    })
  })
}
