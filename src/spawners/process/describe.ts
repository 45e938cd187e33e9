import { execFile } from 'node:child_process'
import { open, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Json } from '../../core/json.ts'
import { findCommand, isJupyterCommand } from './command.ts'
import { searchPath, type Surroundings } from './environment.ts'
import type { ProcessOptions } from './options.ts'

const run = promisify(execFile)
const patienceMs = 10_000
/** Asking the packages takes a fiftieth of the time in which the command itself tells its version. */
const askPackages = 'from importlib.metadata import version; print(version("jupyterhub"), version("jupyterlab"))'

type Versions = { readonly version: string | null; readonly jupyterlab: string | null }
type Facts = Readonly<Record<string, Json>>

/**
 * Tells what would be started: `{ command, found, path, version, jupyterlab, asRoot }`. `asRoot` is true when servers run with the rights of root.
 * Versions are asked for once for each state of the program.
 */
export function createDescriber(options: ProcessOptions, surroundings: Surroundings): () => Promise<Facts> {
  const known = new Map<string, Promise<Versions>>()
  return async () => {
    const [command = '', ...words] = options.cmd
    const asRoot = process.getuid?.() === 0 && !options.systemUsers
    const PATH = options.environment['PATH'] ?? searchPath(surroundings)
    const path = await findCommand(command, PATH)
    if (path === null) return { command, found: false, path, version: null, jupyterlab: null, asRoot }
    const state = `${path} ${(await stat(path)).mtimeMs}`
    const asked = known.get(state) ?? (words.length === 0 ? versionsOf(path, PATH) : unknown)
    known.set(state, asked)
    return { command, found: true, path, ...(await asked), asRoot }
  }
}

const unknown: Promise<Versions> = Promise.resolve({ version: null, jupyterlab: null })

async function versionsOf(path: string, PATH: string): Promise<Versions> {
  const python = isJupyterCommand(path) ? await interpreterOf(path) : null
  const packages = python === null ? null : await outputOf(python, ['-c', askPackages], PATH)
  const [version, jupyterlab] = packages?.split(' ') ?? []
  if (version !== undefined && jupyterlab !== undefined) return { version, jupyterlab }
  return { version: await outputOf(path, ['--version'], PATH), jupyterlab: null }
}

/** First line of what a program says; null when it fails or does not end in time. */
async function outputOf(program: string, words: readonly string[], PATH: string): Promise<string | null> {
  try {
    const { stdout } = await run(program, words, { timeout: patienceMs, env: { PATH } })
    return stdout.split('\n')[0]?.trim() || null
  } catch {
    return null
  }
}

/** The Python that a script names in its first line; null when it names none. */
async function interpreterOf(path: string): Promise<string | null> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    return /^#!(\/\S*python[\d.]*)\s*\n/.exec(buffer.toString('latin1', 0, bytesRead))?.[1] ?? null
  } finally {
    await file.close()
  }
}
