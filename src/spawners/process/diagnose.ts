import type { ErrorRecord } from '../../core/errors.ts'
import { outOfMemory } from '../../core/out-of-memory.ts'
import type { Observation } from '../../core/server-state.ts'
import type { IsoTime } from '../../core/time.ts'
import { probe } from '../../lib/http-client.ts'
import type { ProcessRow } from '../../lib/process-stat.ts'
import type { StartSpec } from '../spawner.ts'
import type { Claim } from './claim.ts'
import { endedAt, readClaim } from './claim.ts'
import { readFacts } from './facts.ts'
import { filesOf, type ProcessHandle } from './handle.ts'
import { readSigns, type SignContext } from './log-signs.ts'
import { readMemoryEnd } from './memory.ts'
import { membersOf } from './members.ts'
import type { ProcessOptions } from './options.ts'
import { environmentOf } from './processes.ts'
import { tailLog } from './server-log.ts'
import { listeningPorts } from './sockets.ts'

/** Lines at the end of a log in which signs count: what stands before has been overcome. */
const readLines = 200
const probeMs = 1000

/** What is asked about, and what the spawner knows of it. `home` is the home folder of the account, `now` the time of the question. */
export type Case = {
  readonly handle: ProcessHandle
  readonly found: Observation
  readonly spec: StartSpec
  readonly options: ProcessOptions
  readonly home: string
  readonly now: IsoTime
}

/** Why a server failed, by its end, its sockets, its environment, its answers and its log; null when nothing but its exit code is known. */
export async function diagnoseRun(the: Case): Promise<ErrorRecord | null> {
  const claim = await readClaim(the.handle)
  if (claim.kind !== 'held' || the.found.kind === 'absent') return null
  const context = await signContext(the, claim)
  const sign = readSigns(tailLog(filesOf(the.handle).log, readLines), context)
  if (the.found.kind === 'running') return (await diagnoseSockets(the, claim, context.port)) ?? sign ?? (await diagnoseAnswer(the, claim))
  if (!the.found.outOfMemory) return sign
  const ended = await readMemoryEnd(the.handle)
  // Without a mark of the watch it was the kernel, because the machine had nothing left.
  return outOfMemory({
    limitBytes: ended === null ? null : context.memLimit,
    usedBytes: ended?.usedBytes ?? null,
    at: ended?.at ?? context.at,
  })
}

type Held = Claim & { kind: 'held' }

async function diagnoseSockets({ spec }: Case, claim: Held, expectedPort: number): Promise<ErrorRecord | null> {
  const members = await membersOf(claim)
  // Kernels lead sessions of their own, and have ports of their own.
  const session = members.filter((row) => row.session === claim.leader.pid)
  const { own, all } = listeningPorts(members.map((row) => row.pid))
  if (own !== null && all.has(expectedPort) && !own.has(expectedPort)) return { code: 'server_port_taken', detail: { port: expectedPort } }
  const others = listeningPorts(session.map((row) => row.pid)).own
  if (!all.has(expectedPort) && others !== null && others.size > 0)
    return { code: 'server_wrong_port', detail: { actualPort: Math.min(...others), expectedPort } }
  return session.some((row) => hasOtherToken(row, spec)) ? { code: 'server_token_refused', detail: {} } : null
}

async function diagnoseAnswer({ spec, options }: Case, claim: Held): Promise<ErrorRecord | null> {
  const answer = await probe(`${claim.url}${spec.servicePrefix}api`, { timeoutMs: probeMs })
  if (answer.kind === 'answer' && answer.status < 500) return null
  return { code: 'server_never_answered', detail: { timeoutSeconds: options.httpTimeoutSeconds, listens: answer.kind !== 'refused' } }
}

/** The hub knows one token for this run: with another one the server is a stranger to it. */
function hasOtherToken(row: ProcessRow, spec: StartSpec): boolean {
  const token = environmentOf(row.pid)?.get('JUPYTERHUB_API_TOKEN')
  return token !== undefined && token !== spec.environment['JUPYTERHUB_API_TOKEN']
}

async function signContext({ handle, found, options, home, now }: Case, claim: Held): Promise<SignContext> {
  return {
    home,
    command: options.cmd[0] ?? '',
    exitCode: found.kind === 'exited' ? found.exitCode : null,
    memLimit: (await readFacts(handle))?.memLimit ?? null,
    at: await endedAt(handle, now),
    port: Number(new URL(claim.url).port),
    isRunning: found.kind === 'running',
  }
}
