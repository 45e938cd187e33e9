import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type EngineApi, EngineError } from './engine-api.ts'

/** What an image is built from. `folders` are laid over each other to make the context; one of them holds the Dockerfile. */
export type Build = {
  readonly folders: readonly string[]
  /** Values of the Dockerfile's ARGs. */
  readonly args?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

/** Builds without network, by the engine's own builder. Rejects with `EngineError` whose message ends in what the failing step printed. */
export async function buildImage(api: EngineApi, tag: string, { folders, args = {}, labels = {} }: Build): Promise<void> {
  const context = tar(folders)
  await api.lines('POST', '/build', {
    query: { t: tag, buildargs: args, labels, networkmode: 'none', forcerm: 'true' },
    body: { stream: context.stream, type: 'application/x-tar' },
  })
  await context.ended
}

/**
 * An image of these lines of a Dockerfile, for one test. `FROM` must name an image that is there.
 * @param files further files of the context by their path, for COPY
 */
export async function buildFromLines(
  api: EngineApi,
  tag: string,
  lines: readonly string[],
  files: Readonly<Record<string, string | Buffer>> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'context-'))
  writeFileSync(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`)
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content)
  await buildImage(api, tag, { folders: [folder] }).finally(() => rmSync(folder, { recursive: true, force: true }))
}

/** Whether the engine has that image. */
export async function hasImage(api: EngineApi, tag: string): Promise<boolean> {
  try {
    await api.call('GET', `/images/${tag}/json`)
    return true
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false
    throw error
  }
}

/** Twelve characters that change with any file of the folders, or with any of the texts. */
export function contentHash(folders: readonly string[], ...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const files = globSync('**/*', { cwd: folder }).toSorted()
    for (const file of files.filter((path) => statSync(join(folder, path)).isFile())) {
      hash.update(`${file}\0${statSync(join(folder, file)).mode & 0o111}\0`).update(readFileSync(join(folder, file)))
    }
  }
  for (const text of texts) hash.update(`\0${text}`)
  return hash.digest('hex').slice(0, 12)
}

/** The folders as one archive in which everything belongs to root. `ended` rejects when tar fails. */
export function tar(
  folders: readonly string[],
  options: readonly string[] = ['--owner=0', '--group=0'],
): { readonly stream: Readable; readonly ended: Promise<void> } {
  const sources = folders.flatMap((folder) => ['-C', folder, '.'])
  const child = spawn('tar', ['--create', '--numeric-owner', ...options, ...sources], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = exitOf(child).then((code) => assert.equal(code, 0, 'tar failed'))
  return { stream: child.stdout, ended }
}

/** Exit code of a program; null when a signal ended it. Rejects when it could not be started. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
}
