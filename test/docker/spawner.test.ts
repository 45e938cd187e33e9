import { test } from 'node:test'
import { spawnerConformance } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { startSpec } from '../support/process-world.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }

if (docker.skip === undefined) {
  spawnerConformance('docker', async () => {
    const world = await dockerWorld(lightImage)
    return { ...world, fresh: () => world.spawner(), spec: startSpec }
  })
} else test('the docker spawner keeps the promises of every spawner', docker, () => {})
