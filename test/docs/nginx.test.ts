import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { freePort } from '../support/free-port.ts'
import { needs, toolPath } from '../support/machine.ts'
import { admin } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { blocksIn, readPage, root } from './page.ts'
import { openReader, writeConfig } from './reader.ts'
import type { Reader } from './reader.ts'

const page = readPage(join(root, 'docs/howto/behind-a-proxy.md'))
const [behindNginx, alone] = blocksIn(page, 'ts')
const tls = join(root, 'test/support/tls')
const notebook = [process.execPath, join(import.meta.dirname, 'notebook-server.ts')]
const publicHost = 'hub.example.org'
/** Another address of this machine, so that people and nginx are told apart. */
const browserAddress = '127.0.0.2'
const swap = {
  '/etc/ssl/hub.example.org/privkey.pem': join(tls, 'one-key.pem'),
  '/etc/ssl/hub.example.org/fullchain.pem': join(tls, 'one.pem'),
}
const env = {
  ORRERY_ADMIN_USER: admin.name,
  ORRERY_ADMIN_PASSWORD: admin.password,
  ORRERY_SPAWNER_CMD: JSON.stringify(notebook),
}

/** A request as a browser sends it that took the public address for that of 127.0.0.1. */
function ask(
  port: number,
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<IncomingMessage> {
  const headers = { host: publicHost, ...init.headers }
  const options = { host: '127.0.0.1', port, path, method: init.method ?? 'GET', headers, rejectUnauthorized: false, agent: false }
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ ...options, localAddress: browserAddress }, resolve)
    request.once('error', reject)
    request.end(init.body)
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(z.instanceof(Buffer).parse(part))
  return Buffer.concat(parts).toString()
}

const cookiesOf = (response: IncomingMessage): string => (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')

suite('behind-a-proxy.md: nginx with the configuration of the page', needs('nginx'), () => {
  let reader: Reader
  let port: number
  let nginx: ReturnType<typeof spawn>
  let token: string

  before(async () => {
    port = await freePort()
    reader = await openReader({ ...swap, 'listen 443': `listen 127.0.0.1:${port}` }, env)
    await writeFile(join(reader.folder, 'page.conf'), reader.adapt(blocksIn(page, 'nginx')[0] ?? ''))
    await writeFile(join(reader.folder, 'nginx.conf'), surroundings(reader.folder))
    await writeConfig(reader, behindNginx)
    const conf = ['-p', reader.folder, '-c', join(reader.folder, 'nginx.conf'), '-e', join(reader.folder, 'error.log')]
    await reader.type((blocksIn(page, 'sh')[0] ?? '').replace('nginx -t', `${toolPath('nginx')} -t ${conf.join(' ')}`))
    nginx = spawn(toolPath('nginx'), conf, { stdio: 'ignore' })
    await reader.type('bin/orrery start')
    token = (await reader.type(`bin/orrery token create ${admin.name}`)).trim()
    await until(() =>
      ask(port, '/hub/login').then(
        ({ statusCode }) => statusCode === 200,
        () => false,
      ),
    )
  })
  after(async () => {
    await reader.close()
    nginx.kill('SIGTERM')
    if (nginx.exitCode === null) await once(nginx, 'exit')
  })

  const authorization = () => ({ authorization: `token ${token}` })
  const server = `/user/${admin.name}/`

  test('people sign in with cookies for https only, and the hub knows their address', async () => {
    const form = await ask(port, '/hub/login')
    const body = new URLSearchParams({
      _xsrf: /_xsrf=([^;]+)/.exec(cookiesOf(form))?.[1] ?? '',
      username: admin.name,
      password: admin.password,
    })
    const origin = { origin: `https://${publicHost}`, 'content-type': 'application/x-www-form-urlencoded', cookie: cookiesOf(form) }
    const signedIn = await ask(port, '/hub/login', { method: 'POST', headers: origin, body: body.toString() })
    assert.equal(signedIn.statusCode, 302)
    assert.ok((signedIn.headers['set-cookie'] ?? []).every((line) => /; Secure/.test(line)))
    const account = await textOf(await ask(port, '/hub/account', { headers: { cookie: cookiesOf(signedIn) } }))
    assert.ok(account.includes(browserAddress))
  })

  test('a start is told while it goes on', async () => {
    const started = await ask(port, `/hub/api/users/${admin.name}/server`, { method: 'POST', headers: authorization() })
    assert.ok(started.statusCode === 201 || started.statusCode === 202, await textOf(started))
    const events = await ask(port, `/hub/api/users/${admin.name}/server/progress`, { headers: authorization() })
    assert.match(await textOf(events), /"ready":true/)
  })

  test('a stream of a notebook arrives part by part', async () => {
    const stream = await ask(port, `${server}stream`)
    const [first] = z.tuple([z.instanceof(Buffer)]).parse(await once(stream, 'data'))
    assert.equal(first.toString(), 'first', 'before the server has written the rest')
    const rest = textOf(stream)
    await textOf(await ask(port, `${server}stream/end`))
    assert.equal(await rest, 'last')
  })

  test('a WebSocket goes through, and the notebook sees the public host', async () => {
    const options = { headers: { host: publicHost, origin: `https://${publicHost}` }, rejectUnauthorized: false }
    const socket = new WebSocket(`wss://127.0.0.1:${port}${server}echo`, options)
    await once(socket, 'open')
    socket.send('hello')
    assert.equal(String((await once(socket, 'message'))[0]), 'HELLO')
    socket.close()
    await once(socket, 'close')
    const told = await textOf(await ask(port, `${server}headers`))
    assert.match(told, new RegExp(`"host":"${publicHost}"`))
  })

  test('an upload of 3 MB arrives whole', async () => {
    const reply = await ask(port, `${server}upload`, { method: 'PUT', body: Buffer.alloc(3_000_000) })
    assert.match(await textOf(reply), /"received":3000000,/)
  })

  test('links of the command line lead to the public address', async () => {
    assert.match(await reader.type('bin/orrery user add ada'), /https:\/\/hub\.example\.org\/hub\/invite\?token=/)
  })
})

/** What stands around a file of conf.d: nothing outside of the folder is written. */
function surroundings(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`)
  const account = process.getuid?.() === 0 ? 'user root;' : ''
  return `daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; ${account} events {}
http { access_log off; ${temporary.join(' ')} include ${join(folder, 'page.conf')}; }\n`
}

test('behind-a-proxy.md: https without anything in front', async () => {
  const port = await freePort()
  const own = { ...env, ORRERY_PROXY_BIND_URL: '' }
  const reader = await openReader({ ...swap, '0.0.0.0:443': `127.0.0.1:${port}` }, own)
  try {
    await writeConfig(reader, alone)
    await reader.type('bin/orrery start')
    assert.equal((await ask(port, '/hub/login')).statusCode, 200)
    assert.match(await reader.said(), /sign in at https:\/\/hub\.example\.org\//)
  } finally {
    await reader.close()
  }
})
