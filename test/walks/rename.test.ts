import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { signedInClient } from '../support/api-client.ts'
import { admin, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'

const Said = z.object({ environment: z.record(z.string(), z.string()) })

test('a renamed person finds their files, and the next one of the old name does not', async () => {
  const place = await preparePlace({ spawner: { kind: 'process', ...lightSpawner } })
  const orrery = await startOrrery(place)
  try {
    const client = await signedInClient(place.url, admin.name, admin.password)
    const ok = async (status: number, method: string, path: string, body?: unknown): Promise<void> => {
      const response = await client.call(method, path, body)
      assert.equal(response.status, status, `${method} ${path}: ${await response.text()}`)
    }
    const homeOf = async (name: string): Promise<string> => {
      await ok(201, 'POST', `/users/${name}/server`)
      const said = await readJson(await fetch(`${place.url}/user/${name}/api`), Said)
      return said.environment['HOME'] ?? ''
    }
    await ok(201, 'POST', '/users/ada')
    const home = await homeOf('ada')
    await writeFile(join(home, 'thesis.ipynb'), '{}')
    await ok(400, 'PATCH', '/users/ada', { name: 'countess' })
    await ok(204, 'DELETE', '/users/ada/server')
    await ok(200, 'PATCH', '/users/ada', { name: 'countess' })
    assert.deepEqual([await homeOf('countess'), await readdir(home)], [home, ['thesis.ipynb']])

    await ok(201, 'POST', '/users/ada')
    const other = await homeOf('ada')
    assert.notEqual(other, home)
    assert.deepEqual(await readdir(other), [])
  } finally {
    await orrery.stop()
    await place.remove()
  }
})
