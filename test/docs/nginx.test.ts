import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { needs, toolPath } from '../support/machine.ts'
import { shippedConf, startNginx } from '../support/nginx.ts'
import { admin } from '../support/orrery.ts'
import { blocksIn, readPage, root } from './page.ts'
import { openReader, writeConfig } from './reader.ts'

const tls = join(root, 'test/support/tls')
const swap = {
  '/etc/ssl/hub.example.org/privkey.pem': join(tls, 'one-key.pem'),
  '/etc/ssl/hub.example.org/fullchain.pem': join(tls, 'one.pem'),
}
const env = { ORRERY_ADMIN_USER: admin.name, ORRERY_ADMIN_PASSWORD: admin.password }

const behind = readPage(join(root, 'docs/howto/behind-a-proxy.md'))

test('behind-a-proxy.md shows the file of nginx that is shipped', () => {
  assert.deepEqual(blocksIn(behind, 'nginx'), [readFileSync(shippedConf, 'utf8')])
})

test('behind-a-proxy.md: both checks find nothing, and links of the command line lead to the public address', needs('nginx'), async () => {
  const reader = await openReader({}, env)
  const nginx = await startNginx(reader.url)
  try {
    await writeConfig(reader, blocksIn(behind, 'ts')[0])
    await reader.type((blocksIn(behind, 'sh')[0] ?? '').replace('nginx -t', `${toolPath('nginx')} -t ${nginx.args.join(' ')}`))
    await reader.type('bin/orrery start')
    assert.match(await reader.type('bin/orrery user add ada'), /https:\/\/hub\.example\.org\/hub\/invite\?token=/)
  } finally {
    await Promise.all([nginx.stop(), reader.close()])
  }
})

test('certificates.md: https with files of your own', async () => {
  const port = await freePort()
  const reader = await openReader({ ...swap, '0.0.0.0:443': `127.0.0.1:${port}` }, { ...env, ORRERY_PROXY_BIND_URL: '' })
  try {
    await writeConfig(reader, blocksIn(readPage(join(root, 'docs/howto/certificates.md')), 'ts')[0])
    await reader.type('bin/orrery start')
    assert.equal(await statusOf(port), 200)
    assert.match(await reader.said(), /sign in at https:\/\/hub\.example\.org\//)
  } finally {
    await reader.close()
  }
})

function statusOf(port: number): Promise<number | undefined> {
  const options = { host: '127.0.0.1', port, path: '/hub/login', headers: { host: 'hub.example.org' }, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, agent: false }, (response) => resolve(response.resume().statusCode))
    asked.once('error', reject).end()
  })
}
