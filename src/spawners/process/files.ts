import { spawn } from 'node:child_process'
import { lstat, realpath, rm } from 'node:fs/promises'
import { basename, dirname, sep } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Readable } from 'node:stream'
import { HubError } from '../../core/errors.ts'
import type { FilesFound, LeftAlone } from '../../core/left-files.ts'
import type { FilesOwner, PersonFiles } from '../spawner.ts'
import { homeOf } from './account.ts'
import type { ProcessOptions } from './options.ts'

type FilesDeps = { readonly options: ProcessOptions; readonly dataDir: string }

/** What the process spawner does with the files of somebody who is gone: a home folder below the data directory, and nothing else. */
export const processFiles = (deps: FilesDeps): PersonFiles => ({
  find: (owner) => find(deps, owner),
  pack: (_owner, own, signal) => Promise.resolve(pack(own, signal)),
  remove: async (_owner, own) => {
    for (const path of own) await rm(path, { recursive: true, force: true, maxRetries: 3 })
  },
})

async function find({ options, dataDir }: FilesDeps, owner: FilesOwner): Promise<FilesFound> {
  if (options.systemUsers) return { own: [], leftAlone: [{ name: `~${owner.userName}`, why: 'account' }] }
  const home = homeOf(owner, options, dataDir)
  const found = await lstat(home).catch(() => null)
  if (found === null) return { own: [], leftAlone: [] }
  const why = await reasonToLeave(
    home,
    dataDir,
    owner.others.map((other) => homeOf(other, options, dataDir)),
  )
  return why === null && found.isDirectory()
    ? { own: [home], leftAlone: [] }
    : { own: [], leftAlone: [{ name: home, why: why ?? 'outside' }] }
}

/** Null when the folder is really where it seems to be, below the data directory, and nobody else's is in it or around it. */
async function reasonToLeave(home: string, dataDir: string, others: readonly string[]): Promise<LeftAlone['why'] | null> {
  if (others.some((other) => isBelow(other, home) || isBelow(home, other))) return 'shared'
  const [real, root] = [await realpath(home), await realpath(dataDir)]
  const isWhereItSeems = real === `${await realpath(dirname(home))}${sep}${basename(home)}`
  return isWhereItSeems && real !== root && isBelow(real, root) ? null : 'outside'
}

const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)

/**
 * The output of `tar`. It ends only when tar says that everything is in it. It is taken from the first byte on: what a program wrote that has ended
 * before anybody read is thrown away by the runtime.
 */
function pack(own: readonly string[], signal: AbortSignal): Readable {
  const [path = ''] = own
  const child = spawn('tar', ['--create', '--file=-', `--directory=${dirname(path)}`, '--', basename(path)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    signal,
  })
  const tar = child.stdout.pipe(new PassThrough(), { end: false })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = `${complaint}${text}`.slice(-300)))
  child.once('error', (error) => tar.destroy(error))
  child.once('close', (code) => {
    if (code === 0) tar.end()
    else tar.destroy(new HubError('spawner_failed', { reason: complaint.trim().split('\n').at(0) || `tar ended with ${code}` }))
  })
  tar.once('close', () => child.kill())
  // Whoever reads the stream hears of errors; one that nobody reads yet must not end the process.
  tar.on('error', () => {})
  return tar
}
