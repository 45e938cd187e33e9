import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { admin, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

test('nothing in the data directory is for others, however careless the umask and the folder are', async (t) => {
  const place = await preparePlace({ spawner: lightSpawner })
  t.after(() => place.remove())
  await mkdir(place.dataDir)
  await chmod(place.dataDir, 0o755)
  const before = process.umask(0)
  const orrery = await startOrrery(place, { args: ['--stop-servers'] }).finally(() => process.umask(before))
  t.after(() => orrery.stop())
  const visitor = createVisitor(place.url)
  await visitor.signIn(admin.name, admin.password)
  await (await visitor.api('POST', `/users/${admin.name}/server`)).text()
  await until(async () => (await fetch(`${place.url}/user/${admin.name}/api`)).status === 200, 15_000)
  const open: string[] = []
  let seen = 0
  for (const name of await readdir(place.dataDir, { recursive: true })) {
    const { mode } = await lstat(join(place.dataDir, name))
    seen += 1
    // What lies in a closed folder is closed.
    const isInside = name.startsWith('homes/') || name.startsWith('servers/')
    if (!isInside && (mode & 0o077) !== 0) open.push(`${name} ${(mode & 0o777).toString(8)}`)
  }
  assert.ok(seen > 8)
  assert.deepEqual(open, [])
})
