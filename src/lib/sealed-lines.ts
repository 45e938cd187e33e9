import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

/** Writes lines, in their order. */
export type LineWriter = (line: string) => Promise<void>

/**
 * Writes a compressed file of lines, of mode 0600, that ends in a digest of all of them. The file has its name only when it is whole and on the disk.
 * Rejects when there is a file of that name, unless it may be replaced.
 */
export async function writeSealedLines(path: string, replace: boolean, work: (write: LineWriter) => Promise<void>): Promise<void> {
  const draft = `${path}.part`
  await rm(draft, { force: true })
  const zipped = createGzip()
  const written = pipeline(zipped, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }))
  written.catch(() => zipped.destroy())
  try {
    const hash = createHash('sha256')
    await work(async (line) => {
      hash.update(`${line}\n`)
      if (!zipped.write(`${line}\n`)) await Promise.race([new Promise((resolve) => zipped.once('drain', resolve)), written])
    })
    zipped.end(`${endMark}${hash.digest('hex')}\n`)
    await written
    if (!replace) await refuseExisting(path)
    await rename(draft, path)
  } finally {
    zipped.destroy()
    await rm(draft, { force: true })
  }
}

const endMark = 'sha256 '

async function refuseExisting(path: string): Promise<void> {
  const present = await open(path, 'r').catch(() => null)
  if (present === null) return
  await present.close()
  throw new Error(`${path} exists already. Choose another name, or overwrite it with --force.`)
}

/** Shows every line of such a file. Rejects with one sentence when it is no such file, or not whole; lines may have been shown before that. */
export async function readSealedLines(path: string, show: (line: string) => Promise<void>): Promise<void> {
  const hash = createHash('sha256')
  let end: string | null = null
  const source = createReadStream(path)
  const unzipped = createGunzip()
  const flow = pipeline(source, unzipped)
  flow.catch(() => {})
  try {
    for await (const line of createInterface({ input: unzipped, crlfDelay: Infinity })) {
      if (end !== null) throw new Error('there is something after its end')
      if (line.startsWith(endMark)) end = line.slice(endMark.length)
      else {
        hash.update(`${line}\n`)
        await show(line)
      }
    }
    await flow
  } catch (cause) {
    throw new Error(`${path} cannot be read as a backup: ${reasonOf(cause)}.`, { cause })
  }
  if (end !== hash.digest('hex')) throw new Error(`${path} is not a whole backup: it was cut off or changed.`)
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
