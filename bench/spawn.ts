// Measures what a hub adds to the start of a container: the time from the request until the user's server answers through the hub's proxy,
// beside the engine making the same container by itself (`docker run`) until that answers. One at a time and many at once, in interleaved
// rounds, on a Docker engine of its own. Every contestant is checked before each round; medians are compared.
//
// npm run bench:spawn -- --starts 100 --at-once 20 --rounds 5; with --alone JupyterHub is left out
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { dockerHub } from '../test/support/docker-hub.ts'
import { lightImage } from '../test/support/docker-images.ts'
import { needs } from '../test/support/machine.ts'
import { ownAnswer } from './spawn/answer.ts'
import { bareEngine } from './spawn/bare.ts'
import type { Contestant } from './spawn/contestant.ts'
import { startJupyterHub } from './spawn/jupyterhub.ts'
import { startOrreryHub } from './spawn/orrery.ts'
import { printReport } from './spawn/report.ts'
import { runRounds } from './spawn/rounds.ts'

const count = z.coerce.number().int().min(1)
const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '100' },
    'at-once': { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    alone: { type: 'boolean', default: false },
  },
})
const plan = { starts: count.parse(values.starts), atOnce: count.parse(values['at-once']), rounds: count.parse(values.rounds) }

/** The user whose container all others are made like. */
const model = 'pattern'

/** The engine comes first: what the others are compared with. Whoever runs stands in `running`, also when a later one does not start. */
async function startContestants(hub: Awaited<ReturnType<typeof dockerHub>>, running: Contestant[]): Promise<void> {
  const orrery = await startOrreryHub(hub)
  running.push(orrery)
  await orrery.addUser(model)
  const { hostname } = await ownAnswer(await orrery.start(model), model)
  running.unshift(await bareEngine(hub.engine.api, hub.prefix, { container: hostname, user: model, home: orrery.homeOf(model) }))
  await orrery.stop(model)
  if (!values.alone) running.push(await startJupyterHub(hub, `${process.env['ORRERY_BENCH_PYTHON_BIN']}/python3`))
}

async function main(): Promise<void> {
  const { skip } = needs('docker', 'debootstrap')
  if (skip !== undefined) throw new Error(skip)
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ending.abort(new Error(`ended by ${name}`)))
  const hub = await dockerHub(lightImage)
  const running: Contestant[] = []
  try {
    await startContestants(hub, running)
    const load = loadavg()[0]
    const starts = await runRounds(hub.engine.api, running, plan, ending.signal)
    const names = running.map(({ name }) => name)
    printReport(names, starts, { ...plan, cpu: cpus()[0]?.model, cores: cpus().length, loadBefore: load, image: hub.image })
  } finally {
    for (const { close } of running) await close()
    await hub.close()
  }
}

await main()
