import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErrorRecord } from '../../core/errors.ts'
import type { Observation } from '../../core/server-state.ts'
import { toIso } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Spawner, StartSpec } from '../spawner.ts'
import { accountOf } from './account.ts'
import { forgetRuns, holderLives, isMarked, mark, readClaim, readEnd, voidClaim } from './claim.ts'
import { createDescriber } from './describe.ts'
import { examineCommand } from './examine.ts'
import { diagnoseRun } from './diagnose.ts'
import { endRun } from './end.ts'
import type { Surroundings } from './environment.ts'
import { countKernelKills, readFacts } from './facts.ts'
import { processFiles } from './files.ts'
import { filesOf, parseHandle, toJson, type ProcessHandle } from './handle.ts'
import { createMemoryWatch, type MemoryWatch } from './memory.ts'
import type { ProcessOptions } from './options.ts'
import { createPortChooser } from './ports.ts'
import { createProcessTable } from './process-table.ts'
import { tailLog, trimLog } from './server-log.ts'
import { startRun } from './start.ts'
import { readUsage } from './usage.ts'

/** What the process spawner needs. `dataDir` is absolute; `hubEnvironment` is what the variables of `envKeep` are taken from. */
export type ProcessSpawnerDeps = Surroundings & {
  readonly options: ProcessOptions
  readonly dataDir: string
  readonly clock: Clock
  readonly version: string
}

type Deps = ProcessSpawnerDeps

/** Servers as processes of this machine. They live in sessions of their own and do not need the hub. */
export function createProcessSpawner(deps: ProcessSpawnerDeps): Spawner {
  const choosePort = createPortChooser(deps.clock)
  const table = createProcessTable(deps.clock)
  const watchMemory = createMemoryWatch(deps.clock, table)
  const describe = createDescriber(deps.options, deps)
  return {
    kind: 'process',
    version: deps.version,
    reserve: (ref, generation) => toJson({ kind: 'process', key: ref.key, generation, folder: join(deps.dataDir, 'servers', ref.key) }),
    start: (handle, spec, context) => startRun({ ...deps, choosePort }, parseHandle(handle), spec, context),
    observe: (handle) => observe(watchMemory, parseHandle(handle)),
    stop: (handle, { signal }) => stop(deps, parseHandle(handle), signal),
    logs: (handle, lines) => Promise.resolve(tailLog(filesOf(parseHandle(handle)).log, lines)),
    diagnose: (handle, found, spec) => diagnose(deps, parseHandle(handle), found, spec),
    forget: (handle) => forgetRuns(parseHandle(handle)),
    files: processFiles(deps),
    usage: (handle) => readUsage({ clock: deps.clock, table }, parseHandle(handle)),
    describe,
    examine: async ({ hubVersion }) => examineCommand(await describe(), hubVersion),
  }
}

/**
 * Looks at the process. Also keeps the log within its bounds, and ends a server that uses more memory than it may: both were decided when it
 * was started, and there is nobody else to do them.
 */
async function observe(watchMemory: MemoryWatch, handle: ProcessHandle): Promise<Observation> {
  const claim = await readClaim(handle)
  if (claim.kind !== 'held') return { kind: 'absent' }
  const facts = await readFacts(handle)
  if (holderLives(claim)) {
    trimLog(filesOf(handle).log)
    const limit = facts?.memLimit ?? null
    if (limit !== null) await watchMemory(handle, claim, limit)
    if (holderLives(claim)) return { kind: 'running', url: claim.url }
  }
  if (await isMarked(filesOf(handle).stop)) return { kind: 'absent' }
  return await readEnd(handle, async () => ((await countKernelKills()) ?? Infinity) > (facts?.kernelKills ?? 0))
}

async function diagnose(
  { options, dataDir, clock }: Deps,
  handle: ProcessHandle,
  found: Observation,
  spec: StartSpec,
): Promise<ErrorRecord | null> {
  const home = await accountOf(spec, options, dataDir)
    .then((account) => account.home)
    .catch(() => '')
  return await diagnoseRun({ handle, found, spec, options, home, now: toIso(clock.now()) })
}

async function stop({ options, clock }: Deps, handle: ProcessHandle, signal: AbortSignal): Promise<void> {
  const claim = await voidClaim(handle)
  if (claim.kind !== 'held') return
  await mark(filesOf(handle).stop)
  const steps = [
    { name: 'SIGINT', seconds: options.interruptTimeoutSeconds },
    { name: 'SIGTERM', seconds: options.termTimeoutSeconds },
    { name: 'SIGKILL', seconds: options.killTimeoutSeconds },
  ] as const
  await endRun(handle, claim, { steps, clock, signal, isYoung: await isYoung(handle, clock) })
}

/** True when the server came to life less than two seconds ago. */
async function isYoung(handle: ProcessHandle, clock: Clock): Promise<boolean> {
  const made = await stat(filesOf(handle).claim).catch(() => null)
  return made !== null && clock.now() - made.mtimeMs < 2000
}
