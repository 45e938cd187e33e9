import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolPath } from '../machine.ts'
import { until } from '../until.ts'
import { engineApi } from './engine-api.ts'
import type { EngineFolders } from './engine-folders.ts'
import type { Range } from './free-range.ts'

/** A running dockerd. */
export type Daemon = { readonly pid: number; readonly stop: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void> }

const startMs = 60_000
const stopMs = 40_000

/**
 * Starts dockerd with folders, socket and bridge of its own and waits until it answers.
 * Rejects with the end of its log when it does not.
 */
export async function startDaemon(folders: EngineFolders, range: Range, args: readonly string[]): Promise<Daemon> {
  await endOrphan(folders.pidFile)
  rmSync(folders.pidFile, { force: true })
  forgetDeadContainerd(join(folders.run, 'exec', 'containerd', 'containerd.pid'))
  writeFileSync(configOf(folders), '{}')
  const log = openSync(folders.log, 'a')
  const child = spawn(toolPath('docker'), [...daemonArgs(folders, range), ...args], { stdio: ['ignore', log, log] })
  closeSync(log)
  let ended: string | null = null
  child.on('error', (error) => (ended = error.message))
  child.on('exit', (code, signal) => (ended = `ended with ${signal ?? code}`))
  const api = engineApi(folders.socket)
  const answers = (): Promise<boolean> =>
    api.text('GET', '/_ping').then(
      () => true,
      () => false,
    )
  await until(async () => ended !== null || (await answers()), startMs).catch(() => {})
  const { pid } = child
  if (ended === null && pid !== undefined && (await answers()))
    return { pid, stop: (signal) => stopDaemon(child, signal, () => ended !== null) }
  child.kill('SIGKILL')
  throw new Error(`dockerd ${ended ?? `does not answer after ${startMs / 1000} s`}: ${lastWords(folders.log)}`)
}

/** An empty one: that of the machine is not meant for this engine. */
const configOf = (folders: EngineFolders): string => join(folders.run, 'daemon.json')

const daemonArgs = (folders: EngineFolders, range: Range): readonly string[] => [
  `--config-file=${configOf(folders)}`,
  `--data-root=${folders.data}`,
  `--exec-root=${join(folders.run, 'exec')}`,
  `--pidfile=${folders.pidFile}`,
  `--host=unix://${folders.socket}`,
  `--bridge=${folders.bridge}`,
  `--default-address-pool=base=${range.pool},size=24`,
  '--shutdown-timeout=5',
  '--log-level=warn',
]

/** Ends a dockerd with our folders whose keeper was killed. */
async function endOrphan(pidFile: string): Promise<void> {
  const pid = orphanOf(pidFile)
  if (pid === null) return
  process.kill(pid, 'SIGTERM')
  await until(() => orphanOf(pidFile) === null, stopMs)
}

function orphanOf(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(pidFile) ? pid : null
  } catch {
    return null
  }
}

/**
 * The containerd of a dockerd that was killed dies with it. Where nobody collects such orphans, it stays in the table of processes,
 * and the next dockerd would wait for it.
 */
function forgetDeadContainerd(pidFile: string): void {
  try {
    const status = readFileSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/status`, 'utf8')
    if (!/^State:\tZ/m.test(status)) return
  } catch {
    // No file or no process.
  }
  rmSync(pidFile, { force: true })
}

async function stopDaemon(
  child: { kill: (signal: NodeJS.Signals) => boolean },
  signal: NodeJS.Signals,
  hasEnded: () => boolean,
): Promise<void> {
  child.kill(signal)
  await until(hasEnded, stopMs).catch(() => child.kill('SIGKILL'))
  await until(hasEnded, stopMs)
}

/** Makes the bridge of an engine, in place of one that an earlier run may have left. */
export function makeBridge(name: string, address: string): void {
  removeBridge(name)
  const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  ip('link', 'add', name, 'type', 'bridge')
  ip('address', 'add', address, 'dev', name)
  ip('link', 'set', name, 'up')
}

/** Removes the bridge of an engine; nothing happens when there is none. */
export function removeBridge(name: string): void {
  try {
    execFileSync('ip', ['link', 'delete', name], { stdio: 'ignore' })
  } catch {
    // There was none.
  }
}

function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  return lines.slice(-5).join('\n')
}
