import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signedInClient } from '../support/api-client.ts'
import { admin, answers, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import { until } from '../support/until.ts'

test('a start during which the proxy is killed only takes a little longer', async () => {
  const place = await preparePlace({ hub: { slowSpawnTimeoutSeconds: 30 }, spawner: { kind: 'process', ...lightSpawner } })
  const orrery = await startOrrery(place)
  try {
    const client = await signedInClient(place.hubUrl, admin.name, admin.password)
    for (let round = 0; round < 3; round += 1) {
      const starting = client.call('POST', `/users/${admin.name}/server`)
      process.kill((await orrery.pids()).proxy, 'SIGKILL')
      assert.equal((await starting).status, 201)
      await until(() => answers(`${place.url}/user/${admin.name}/api`))
      assert.equal((await client.call('DELETE', `/users/${admin.name}/server`)).status, 204)
    }
  } finally {
    await orrery.stop()
    await place.remove()
  }
})
