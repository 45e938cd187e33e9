import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { signedInClient } from '../support/api-client.ts'
import { admin, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'

const Said = z.object({ environment: z.record(z.string(), z.string()) })

const profiles = [
  { name: 'plain', memLimit: '256M' },
  {
    name: 'course',
    memLimit: '512M',
    environment: { COURSE: 'ml', OWN: 'profile' },
    fields: {
      cores: { kind: 'number', label: 'Cores', min: 0.5, max: 4, whole: false, default: 1, sets: 'cpuLimit' },
      branch: { kind: 'text', label: 'Branch', pattern: '^[a-z]+$', default: 'main', variable: 'BRANCH' },
    },
  },
]

test('what a profile sets arrives at the server, also after the hub was started anew', async () => {
  const environment = { OWN: 'spawner', EVERYBODY: 'yes' }
  const place = await preparePlace({ spawner: { kind: 'process', ...lightSpawner, memGuarantee: '1G', environment, profiles } })
  let orrery = await startOrrery(place)
  const wanted = ['MEM_LIMIT', 'MEM_GUARANTEE', 'CPU_LIMIT', 'COURSE', 'OWN', 'EVERYBODY', 'BRANCH']
  const server = `/users/${admin.name}/server`
  const environmentAfter = async (options?: object): Promise<(string | undefined)[]> => {
    const client = await signedInClient(place.url, admin.name, admin.password)
    const started = await client.call('POST', server, options)
    assert.equal(started.status, 201, await started.text())
    const said = await readJson(await fetch(`${place.url}/user/${admin.name}/api`), Said)
    await client.call('DELETE', server)
    return wanted.map((name) => said.environment[name])
  }
  try {
    const small = `${256 * 2 ** 20}`
    const large = `${512 * 2 ** 20}`
    assert.deepEqual(await environmentAfter(), [small, small, undefined, undefined, 'spawner', 'yes', undefined])
    const course = [large, large, '2.5', 'ml', 'profile', 'yes', 'dev']
    assert.deepEqual(await environmentAfter({ profile: 'course', cores: 2.5, branch: 'dev' }), course)
    await orrery.stop()
    orrery = await startOrrery(place)
    assert.deepEqual(await environmentAfter(), course)
  } finally {
    await orrery.stop()
    await place.remove()
  }
})
