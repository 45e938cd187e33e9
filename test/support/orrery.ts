import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const lightServer = fileURLToPath(new URL('light-server.mjs', import.meta.url))

/** The first administrator of every hub that a test starts. */
export const admin = { name: 'teacher', password: 'orrery-walks-on-brass' } as const

/** Sections of a configuration, by name. */
export type TestConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Settings that start the light server instead of a notebook server: fast, and it answers like one as far as the hub can see. */
export const lightSpawner = {
  cmd: [process.execPath, lightServer],
  interruptTimeoutSeconds: 2,
  termTimeoutSeconds: 2,
  killTimeoutSeconds: 2,
} as const

/** A folder with a configuration and a data directory, where a hub can be started again and again. */
export type Place = {
  readonly folder: string
  readonly dataDir: string
  readonly url: string
  /** The address with the base path: `http://127.0.0.1:1234/`. */
  readonly home: string
  readonly hubUrl: string
  remove(): Promise<void>
}

/** Writes the configuration into a new folder. The public and the internal port are free ones. */
export async function preparePlace(config: TestConfig = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-walk-'))
  const [url, hubUrl] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const sections = {
    ...config,
    hub: { bindUrl: hubUrl, ...config['hub'] },
    proxy: { bindUrl: url, ...config['proxy'] },
  }
  await writeFile(join(folder, 'orrery.config.json'), JSON.stringify(sections))
  const home = `${url}${z.string().parse(config['hub']?.['baseUrl'] ?? '/')}`
  return { folder, dataDir: join(folder, 'data'), url, home, hubUrl, remove: () => removePlace(folder) }
}

/** Ends what still runs there (servers outlive their hub), and removes the folder. */
async function removePlace(folder: string): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (pid !== process.pid && environment.includes(`HOME=${folder}/`)) process.kill(pid, 'SIGKILL')
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** A running `orrery start`. */
export type RunningOrrery = {
  readonly place: Place
  readonly child: ChildProcess
  /** Everything it has printed. */
  readonly output: () => string
  /** Pids of the supervisor's children. Throws when one is not there. */
  pids(): Promise<{ readonly hub: number; readonly proxy: number }>
  /** SIGTERM, and waits for the end. `stopServers` was decided at the start. */
  stop(): Promise<number | null>
  /** Resolves when the process has ended. */
  readonly ended: Promise<number | null>
}

/** Starts `orrery start` at a place and waits until the sign-in page answers. Throws with its output when it ends before. */
export async function startOrrery(
  place: Place,
  options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<RunningOrrery> {
  const env = { ...process.env, ORRERY_ADMIN_USER: admin.name, ORRERY_ADMIN_PASSWORD: admin.password, ...options.env }
  const args = [main, 'start', '--config', join(place.folder, 'orrery.config.json'), '--data-dir', place.dataDir, ...(options.args ?? [])]
  const child = spawn(process.execPath, args, { cwd: place.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: string[] = []
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  let gone = false
  void ended.then(() => (gone = true))
  const output = (): string => printed.join('')
  await until(async () => {
    if (gone) throw new Error(`orrery start ended:\n${output()}`)
    return answers(`${place.home}hub/api/`)
  }, 30_000)
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM')
    return ended
  }
  return { place, child, output, stop, ended, pids: () => childrenOf(child.pid ?? 0) }
}

/** True when the address answers with 200. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}

async function childrenOf(pid: number): Promise<{ hub: number; proxy: number }> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number)
  const named = async (word: string): Promise<number> => {
    for (const child of children) {
      const words = (await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')).split('\0')
      if (words.includes(word)) return child
    }
    throw new Error(`the supervisor has no child ${word}`)
  }
  return { hub: await named('hub'), proxy: await named('proxy') }
}

/** True while a process with that pid lives (zombies do not). */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}
