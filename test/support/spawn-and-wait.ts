// A hub that only starts one server, says its URL and waits to be killed: spawn-and-wait.ts DATA_DIR KEY
import { systemClock } from '../../src/lib/clock.ts'
import { createProcessSpawner } from '../../src/spawners/process/process.ts'
import { lightOptions, startSpec } from './process-world.ts'

const [, , dataDir = '', key = ''] = process.argv
const ref = { serverId: 1, userName: key, homeName: key, serverName: '', key }
const options = lightOptions()
const spawner = createProcessSpawner({
  options,
  dataDir,
  clock: systemClock,
  version: '0.0.0',
  hubEnvironment: process.env,
  pythonBin: undefined,
})
const quiet = { signal: AbortSignal.timeout(60_000), announce: () => Promise.resolve(), keepHandle: () => Promise.resolve() }
const { url } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), quiet)
console.log(url)
setInterval(() => {}, 60_000)
