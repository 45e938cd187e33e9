import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Contestant } from './contestants.ts'
import { cpuSeconds, memoryMb, otherCore } from './processes.ts'

/** What one round gave. */
export type Measurement = {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly memoryMb: number
  /** Microseconds of processor time for one request. */
  readonly cpuMicroseconds: number
}

const run = promisify(execFile)
const path = '/user/user-100/api/status?x=1'

/** Throws unless the contestant passes the upstream's answer on, several times on kept connections. */
export async function checkAnswers(contestant: Contestant, body: string): Promise<void> {
  for (let index = 0; index < 5; index++) {
    const answer = await fetch(`http://127.0.0.1:${contestant.port}${path}`)
    const text = await answer.text()
    if (answer.status !== 200 || text !== body)
      throw new Error(`${contestant.name} answered ${answer.status} with ${text.length} characters`)
  }
}

/** One round of wrk with one thread. Throws when an answer was wrong or a connection broke. */
export async function measure(
  contestant: Contestant,
  load: { readonly seconds: number; readonly connections: number },
): Promise<Measurement> {
  const url = `http://127.0.0.1:${contestant.port}${path}`
  const cpuBefore = cpuSeconds(contestant.pid)
  const wrk = `-c ${otherCore} wrk --threads 1 --connections ${load.connections} --duration ${load.seconds}s --latency ${url}`
  const { stdout } = await run('taskset', wrk.split(' '))
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${contestant.name} failed under load:\n${stdout}`)
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return {
    requestsPerSecond,
    p50Ms: milliseconds(/50%\s+(\S+)/.exec(stdout)?.[1]),
    p99Ms: milliseconds(/99%\s+(\S+)/.exec(stdout)?.[1]),
    memoryMb: memoryMb(contestant.pid),
    cpuMicroseconds: ((cpuSeconds(contestant.pid) - cpuBefore) * 1e6) / requests,
  }
}

function milliseconds(text = ''): number {
  const value = Number.parseFloat(text)
  return text.endsWith('us') ? value / 1000 : text.endsWith('ms') ? value : value * 1000
}
