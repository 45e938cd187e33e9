import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs, toolPath } from '../support/machine.ts'
import { shippedConf, startNginx } from '../support/nginx.ts'
import { admin } from '../support/orrery.ts'
import { blocksIn, readPage, root } from './page.ts'
import { openReader, writeConfig } from './reader.ts'

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
