// Measures requests a second through Orrery's proxy and its peers: 1 KiB answers, 64 kept connections. The proxy that is measured has one
// core to itself; the load (wrk) and the server behind (nginx with a fixed answer) share the other. Rounds are interleaved, answers are
// checked before every measurement, medians are compared.
//
// ROUNDS, SECONDS, CONNECTIONS: numbers, from the environment. Arguments name the contestants: npm run bench:proxy -- orrery chp
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { body, startUpstream } from './proxy/upstream.ts'
import { contestants, found } from './proxy/contestants.ts'
import type { Contestant } from './proxy/contestants.ts'
import { checkAnswers, measure } from './proxy/load.ts'
import type { Measurement } from './proxy/load.ts'
import { stopAll } from './proxy/processes.ts'
import { printTable } from './proxy/table.ts'

const rounds = Number(process.env['ROUNDS'] ?? 5)
const seconds = Number(process.env['SECONDS'] ?? 5)
const connections = Number(process.env['CONNECTIONS'] ?? 64)
const warmUpSeconds = 2

async function main(names: readonly string[]): Promise<void> {
  for (const program of ['wrk', 'nginx', 'taskset'])
    if (!found(program)) throw new Error(`${program} is missing: apt-get install wrk nginx util-linux`)
  if (availableParallelism() < 2) throw new Error('two cores are needed: one for the proxy, one for everything around it')
  const folder = mkdtempSync(join(tmpdir(), 'orrery-bench-'))
  const running: Contestant[] = []
  try {
    const upstream = await startUpstream(folder)
    for (const start of contestants(names)) running.push(await start({ upstream, folder }))
    const results = new Map<string, Measurement[]>(running.map(({ name }) => [name, []]))
    for (const contestant of running) {
      await checkAnswers(contestant, body)
      await measure(contestant, { seconds: warmUpSeconds, connections })
    }
    for (let round = 1; round <= rounds; round++) {
      for (const contestant of running) {
        await checkAnswers(contestant, body)
        const result = await measure(contestant, { seconds, connections })
        results.get(contestant.name)?.push(result)
        process.stderr.write(`round ${round} ${contestant.name.padEnd(8)} ${Math.round(result.requestsPerSecond)}/s\n`)
      }
    }
    printTable(results, {
      rounds,
      seconds,
      connections,
      cpu: cpus()[0]?.model ?? '',
      bodyBytes: body.length,
      upstream: 'nginx, fixed answer',
    })
  } finally {
    await stopAll()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main(process.argv.slice(2))
