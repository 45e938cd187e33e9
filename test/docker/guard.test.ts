import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { spawnerConformance } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { guardBefore } from '../support/docker-guard.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }

if (docker.skip === undefined) {
  const refusals: string[] = []
  spawnerConformance('docker behind the engine guard', async () => {
    const world = await dockerWorld(lightImage)
    const guard = await guardBefore(world.options())
    const close = async (): Promise<void> => {
      refusals.push(...guard.refusals)
      await guard.close()
      await world.close()
    }
    return { ...world, close, fresh: () => world.spawner({ engineUrl: guard.url }), spec: startSpec }
  })
  after(() => assert.deepEqual(refusals, [], 'the guard refused what the spawner does'))
} else test('the docker spawner keeps its promises behind the engine guard', docker, () => {})
