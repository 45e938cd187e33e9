import assert from 'node:assert/strict'
import { spawnerConformance, type SpawnerWorld } from '../../../test/conformance/spawner.ts'
import { lightWorld } from '../../../test/support/process-world.ts'

spawnerConformance('process', async (): Promise<SpawnerWorld> => {
  const world = await lightWorld()
  return {
    fresh: () => world.spawner(),
    spec: world.spec,
    count: async (handle) => (await world.living(handle)).length,
    kill: async (handle) => {
      const leader = (await world.living(handle))[0]
      assert.ok(leader !== undefined)
      process.kill(-leader.pid, 'SIGKILL')
    },
    close: world.close,
  }
})
