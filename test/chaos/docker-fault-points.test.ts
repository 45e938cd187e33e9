import { suite } from 'node:test'
import { dockerHub } from '../support/docker-hub.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { lightImage } from '../support/docker-images.ts'
import { needs } from '../support/machine.ts'
import { promiseFaultPoints } from './fault-walk.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }

suite('servers that are containers', docker, () => {
  promiseFaultPoints(async () => {
    const { spawner, containersOf, close } = await dockerHub(lightImage)
    return {
      config: { spawner },
      serversOf: (userName) => containersOf(userName, { status: ['running'] }),
      remainsOf: (userName) => containersOf(userName),
      close,
    }
  })
})
