import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { signedInClient } from '../support/api-client.ts'
import type { ApiClient } from '../support/api-client.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage } from '../support/docker-images.ts'
import { needs } from '../support/machine.ts'
import { admin, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { until } from '../support/until.ts'

const Made = z.object({
  Image: z.string(),
  Config: z.object({ Env: z.array(z.string()) }),
  HostConfig: z.object({ Memory: z.int(), CpuQuota: z.int() }),
  Mounts: z.array(z.object({ Name: z.string().optional(), Destination: z.string() })),
})
const ImageId = z.object({ Id: z.string() })

suite('profiles of servers in containers', { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }, () => {
  let hub: Awaited<ReturnType<typeof dockerHub>>
  let place: Place
  let orrery: RunningOrrery
  let client: ApiClient

  before(async () => {
    hub = await dockerHub(lightImage)
    const size = { kind: 'choice', label: 'Size', choices: { small: { memLimit: '128M' }, large: { memLimit: '256M', cpuLimit: 0.5 } } }
    const profiles = [
      { name: 'plain' },
      { name: 'chosen', image: hub.image, environment: { COURSE: 'ml' }, volumes: { [`${hub.prefix}-data`]: '/data' }, fields: { size } },
    ]
    const config = { hub: { slowSpawnTimeoutSeconds: 60, slowStopTimeoutSeconds: 60 } }
    // The image of the options is not there: only the one of the profile can start.
    place = await preparePlace({ ...config, spawner: { ...hub.spawner, image: 'orrery-test/none:1', profiles } })
    orrery = await startOrrery(place)
    client = await signedInClient(place.url, admin.name, admin.password)
  })

  after(async () => {
    await orrery.stop()
    await hub.close()
    await place.remove()
  })

  test('image, limits, environment and volumes of the chosen profile are those of the container', async () => {
    const server = `/users/${admin.name}/server`
    const refused = await client.call('POST', server, { profile: 'plain' })
    assert.match(await refused.text(), /image_not_found/)
    await until(async () => (await hub.containersOf(admin.name)).length === 0)
    const started = await client.call('POST', server, { profile: 'chosen', size: 'large' })
    assert.equal(started.status, 201, await started.text())
    const [id = ''] = await hub.containersOf(admin.name)
    const made = Made.parse(await hub.engine.api.call('GET', `/containers/${id}/json`))
    const image = ImageId.parse(await hub.engine.api.call('GET', `/images/${hub.image}/json`))
    assert.equal(made.Image, image.Id)
    assert.deepEqual([made.HostConfig.Memory, made.HostConfig.CpuQuota], [256 * 2 ** 20, 50_000])
    assert.ok(made.Config.Env.includes('COURSE=ml'))
    assert.ok(made.Mounts.some(({ Name, Destination }) => Name === `${hub.prefix}-data` && Destination === '/data'))
    assert.equal((await client.call('DELETE', server)).status, 204)
  })
})
