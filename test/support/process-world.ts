import { readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Handle } from '../../src/core/server-state.ts'
import { singleUserEnvironment } from '../../src/core/single-user-env.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { parseHandle } from '../../src/spawners/process/handle.ts'
import { processOptions, type ProcessOptions } from '../../src/spawners/process/options.ts'
import { readOrNull } from '../../src/lib/process-stat.ts'
import { listProcesses } from '../../src/spawners/process/processes.ts'
import { createProcessSpawner } from '../../src/spawners/process/process.ts'
import type { ServerRef, Spawner, StartSpec } from '../../src/spawners/spawner.ts'

const lightServer = fileURLToPath(new URL('light-server.mjs', import.meta.url))

/** The defaults of the process spawner, with some replaced. */
export function processDefaults(changes: Partial<ProcessOptions> = {}): ProcessOptions {
  const { options } = processOptions
  const defaults = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own defaults
  return { ...(defaults as unknown as ProcessOptions), ...changes }
}

/** Options under which every server is a light one that has little time to stop. */
export const lightOptions = (changes: Partial<ProcessOptions> = {}): ProcessOptions =>
  processDefaults({ cmd: [process.execPath, lightServer], interruptTimeoutSeconds: 2, termTimeoutSeconds: 2, ...changes })

/** A data directory of its own, with spawners over it whose command is the light server. */
export async function lightWorld() {
  const dataDir = await mkdtemp(join(tmpdir(), 'orrery-spawn-'))
  const hubEnvironment = { ...process.env, HUB_SECRET: 'must not leak' }
  const spawner = (changes: Partial<ProcessOptions> = {}): Spawner =>
    createProcessSpawner({
      options: lightOptions(changes),
      dataDir,
      clock: systemClock,
      version: '0.0.0',
      hubEnvironment,
      pythonBin: process.env['ORRERY_PYTHON_BIN'],
    })
  const close = async (): Promise<void> => {
    for (const { pid } of await launchersBelow(dataDir)) process.kill(-pid, 'SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
  return { dataDir, spawner, spec: startSpec, living, close }
}

/** The first start of a server, with a token of its own. */
export function startSpec(ref: ServerRef, generation: number, apiUrl = 'http://127.0.0.1:1/hub/api'): StartSpec {
  const { userName, serverName } = ref
  const environment = singleUserEnvironment({
    userName,
    serverName,
    apiToken: `token-of-${ref.key}-${generation}`,
    baseUrl: '/',
    apiUrl,
    publicOrigin: null,
    clientAllowedScopes: [],
    cookieHostPrefix: false,
    cookieOptions: null,
  })
  return { ...ref, generation, environment, servicePrefix: environment['JUPYTERHUB_SERVICE_PREFIX'] ?? '/', userOptions: {}, profile: null }
}

const launched = z.tuple([z.string(), z.string().endsWith('launch.sh'), z.string()]).rest(z.string())

/** The launchers that live for a handle, found by looking at the machine, not by what the spawner noted. */
async function living(handle: Handle): Promise<{ pid: number }[]> {
  const { folder, generation } = parseHandle(handle)
  return (await launchersBelow(folder)).filter((launcher) => launcher.generation === `${generation}`)
}

async function launchersBelow(folder: string): Promise<{ pid: number; generation: string }[]> {
  const launchers = (await listProcesses()).flatMap(({ pid, parent }) => {
    const words = launched.safeParse(readOrNull(`/proc/${pid}/cmdline`)?.split('\0'))
    return words.success && `${workingFolder(pid)}/`.startsWith(`${folder}/`) ? [{ pid, parent, generation: words.data[2] }] : []
  })
  // For a moment the child of a launcher looks like one.
  return launchers.filter((row) => !launchers.some((other) => other.pid === row.parent))
}

function workingFolder(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}
