import { toIso } from '../core/time.ts'
import { systemClock } from '../lib/clock.ts'
import { prepareDataDir } from '../lib/data-dir.ts'
import { createLog, logLevels } from '../lib/log.ts'
import { startChild } from './child.ts'
import { dataDirPlace } from './data-dir-place.ts'
import { becomeInstance } from './instance-lock.ts'
import { keepRunning } from './keep-running.ts'
import { pageAnswers } from './page-answers.ts'
import type { Ms } from '../core/time.ts'
import type { Log } from '../lib/log.ts'
import type { ConfigFlags } from './flagged-bind-url.ts'
import type { Host, ReadyFacts } from './host.ts'
import type { Instance, InstanceRecord } from './instance-lock.ts'
import type { KeptProcess, Readiness } from './keep-running.ts'

/** What the command line says. */
export type SuperviseOptions = ConfigFlags & { readonly stopServers: boolean }

/** Stopping all notebook servers takes its time, milliseconds. */
const stopServersDeadlineMs: Ms = 120_000

/**
 * Runs hub and proxy until the process is asked to end, and starts either again when it dies. It reads no configuration itself, so that it is
 * small and its children begin at once. The hub ends first and the proxy last, so that open notebooks are served as long as possible.
 * Resolves with the exit code: 0 when it was asked to end, 1 or 2 when hub or proxy cannot start.
 */
export async function supervise(host: Host, options: SuperviseOptions): Promise<number> {
  const dataDir = dataDirPlace(options.dataDir, host)
  const log = supervisorLog(host)
  await prepareDataDir(dataDir)
  const place = await becomeInstance(dataDir, toIso(systemClock.now()))
  if (!place.ok) {
    host.stderr.write(`${alreadyRuns(dataDir, place.other)}\n`)
    return 1
  }
  const keep = keeper(host, ['--data-dir', dataDir, ...configArgs(options)], log, place.instance)
  const [hub, proxy] = [keep('hub'), keep('proxy')]
  host.onHangUp(() => proxy.current()?.signal('SIGHUP'))
  const exitCode = await untilAsked(host, hub, proxy)
  log.info('supervisor.stopping', { stopServers: options.stopServers })
  await hub.stop({ kind: 'stop', stopServers: options.stopServers }, options.stopServers ? stopServersDeadlineMs : undefined)
  await proxy.stop({ kind: 'stop', stopServers: false })
  place.instance.release()
  return exitCode
}

/** The arguments that tell the children which configuration is meant. */
function configArgs({ config, host, port }: ConfigFlags): string[] {
  const args = Object.entries({ config, host, port })
  return args.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
}

/** Tells people where to go as soon as the page is there, and waits. */
async function untilAsked(host: Host, hub: KeptProcess, proxy: KeptProcess): Promise<number> {
  const asked = new Promise<null>((resolve) => {
    if (host.stop.aborted) resolve(null)
    else host.stop.addEventListener('abort', () => resolve(null), { once: true })
  })
  const readiness = await Promise.race([asked, bothReady(hub, proxy)])
  if (readiness === null) return 0
  if (!readiness.ok) {
    host.stderr.write(`${readiness.sentence}\n`)
    return readiness.exitCode
  }
  const { facts } = readiness
  await pageAnswers(facts.signInPage, systemClock, host.stop).catch(() => {})
  if (!host.stop.aborted) tell(host, facts)
  await asked
  return 0
}

/** The one line for people. A set-up link is only good until the hub starts anew; then the next one is told. */
const tell = (host: Host, facts: ReadyFacts): void => (facts.jsonOnly ? host.stderr : host.stdout).write(`${facts.line}\n`)

/** What the hub says once both are ready, or what the first one says that cannot start. */
async function bothReady(hub: KeptProcess, proxy: KeptProcess): Promise<Readiness> {
  const first = await Promise.race([hub.ready, proxy.ready])
  if (!first.ok) return first
  const proxyReady = await proxy.ready
  return proxyReady.ok ? hub.ready : proxyReady
}

function keeper(host: Host, args: readonly string[], log: Log, instance: Instance): (name: 'hub' | 'proxy') => KeptProcess {
  const env = host.stdout.isTerminal ? { ...host.env, ORRERY_TERMINAL: '1' } : host.env
  return (name) => {
    const spec = { args: [name, ...args], env, onLine: lineWriter(host, log.child({ from: name })) }
    return keepRunning(
      {
        name,
        start: (onMessage) => startChild(host.program, { ...spec, onMessage }, host.cwd),
        onStarted: (pid) => {
          if (!instance.note(name, pid)) log.warn('supervisor.not_noted', { name, pid })
        },
        onBack: (facts) => {
          if (facts.setUpPath !== null) tell(host, facts)
        },
      },
      { clock: systemClock, log, stop: host.stop },
    )
  }
}

/** Log lines are passed on as they are. What a child prints to standard error is no log line, and becomes one unless a person reads. */
function lineWriter(host: Host, log: Log): (line: string, from: 'stdout' | 'stderr') => void {
  return (line, from) => {
    if (from === 'stdout' || host.stdout.isTerminal) host.stdout.write(`${line}\n`)
    else log.warn('process.said', { line })
  }
}

/** The supervisor reads no configuration; of the log options it knows the variables. */
function supervisorLog(host: Host): Log {
  const format = host.env['ORRERY_LOG_FORMAT'] ?? 'auto'
  const level = logLevels.find((known) => known === host.env['ORRERY_LOG_LEVEL']) ?? 'info'
  const pretty = format === 'pretty' || (format !== 'json' && host.stdout.isTerminal)
  return createLog({ level, format: pretty ? 'pretty' : 'json', process: 'supervisor', write: (line) => host.stdout.write(line) })
}

function alreadyRuns(dataDir: string, other: InstanceRecord | null): string {
  const who = other === null ? '' : ` (process ${other.pid}, since ${other.since})`
  return `Orrery already runs in ${dataDir}${who}. Stop it first, or give another folder with --data-dir.`
}
