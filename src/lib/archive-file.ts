import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { checkTar } from './tar-check.ts'
import type { TarFacts } from './tar-check.ts'

/**
 * Writes a tar stream, compressed, to a file with mode 0600 in a folder with mode 0700, and reads it again to its end. The file has its name only
 * when it is whole and on the disk; until then it is called `….part`, and goes when anything fails. Replaces what an earlier try left.
 */
export async function writeArchive(tar: Readable, path: string, signal: AbortSignal): Promise<TarFacts> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const part = `${path}.part`
  try {
    await rm(part, { force: true })
    await pipeline(tar, createGzip(), createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }), { signal })
    await chmod(part, 0o600)
    const facts = await readArchive(part, signal)
    await rename(part, path)
    await keepFolder(dirname(path))
    return facts
  } catch (error) {
    tar.destroy()
    await rm(part, { force: true }).catch(() => {})
    throw error
  }
}

/** Reads a compressed archive to its end. Throws when it is not whole. */
export async function readArchive(path: string, signal?: AbortSignal): Promise<TarFacts> {
  const unpacked = createGunzip()
  const options = signal === undefined ? {} : { signal }
  const [facts] = await Promise.all([checkTar(unpacked), pipeline(createReadStream(path), unpacked, options)])
  return facts
}

/** After this the new name outlives a loss of power. */
async function keepFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
