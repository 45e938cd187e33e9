import { z } from 'zod'
import { hasStatus, orAbsent, type EngineCall } from './engine-call.ts'

/** Head of one entry of a tar archive. */
export type FileHead = {
  readonly name: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly isFolder: boolean
}

const block = 512

/**
 * The first entries of what lies at a path in a container, running or not: the folder or file itself, then what is in it. Reads no further than `count`.
 * Null when there is nothing at the path.
 */
export async function firstEntries(call: EngineCall, container: string, path: string, count: number): Promise<readonly FileHead[] | null> {
  const stream = await openArchive(call, container, path)
  if (stream === null) return null
  const heads: FileHead[] = []
  let data = Buffer.alloc(0)
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) data = Buffer.concat([data, chunk])
    const read = readHeads(data, count)
    heads.splice(0, heads.length, ...read)
    if (heads.length >= count) break
  }
  stream.destroy()
  return heads
}

/** Text of a file in a container, running or not; null when there is none. At most a megabyte. */
export async function readFileOf(call: EngineCall, container: string, path: string): Promise<string | null> {
  const stream = await openArchive(call, container, path)
  if (stream === null) return null
  let data = Buffer.alloc(0)
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) data = Buffer.concat([data, chunk])
    if (data.length > 1024 * 1024) break
  }
  stream.destroy()
  const [head] = readHeads(data, 1)
  if (head === undefined || head.isFolder) return null
  return data.subarray(block, block + head.size).toString('utf8')
}

/** Whether there is something at the path. A link counts as something. */
export async function hasFile(call: EngineCall, container: string, path: string): Promise<boolean> {
  const found = await orAbsent(call.json({ method: 'HEAD', path: archivePath(container), query: { path } }))
  return found !== null
}

/** Gives an existing folder of a container another owner, without starting anything. */
export async function ownFolder(
  call: EngineCall,
  container: string,
  path: string,
  owner: { uid: number; gid: number; mode: number },
): Promise<void> {
  const parent = path.replace(/\/[^/]+\/?$/, '') || '/'
  const name = path.replace(/\/$/, '').slice(path.lastIndexOf('/') + 1)
  await call.json({ method: 'PUT', path: archivePath(container), query: { path: parent }, archive: folderArchive(name, owner) })
}

const archivePath = (container: string): string => `/containers/${encodeURIComponent(container)}/archive`

async function openArchive(call: EngineCall, container: string, path: string) {
  try {
    return await orAbsent(call.stream({ method: 'GET', path: archivePath(container), query: { path } }))
  } catch (error) {
    // What lies behind a link that leads nowhere is answered with an error of the engine.
    if (hasStatus(error, 400, 500)) return null
    throw error
  }
}

function readHeads(data: Buffer, count: number): FileHead[] {
  const heads: FileHead[] = []
  let at = 0
  while (heads.length < count && at + block <= data.length && data[at] !== 0) {
    const head = readHead(data.subarray(at, at + block))
    const type = String.fromCharCode(data[at + 156] ?? 0)
    // Long names and further attributes come as entries of their own, before the one they belong to.
    if (!/[xgLK]/.test(type)) heads.push(head)
    at += block + Math.ceil(head.size / block) * block
  }
  return heads
}

function readHead(head: Buffer): FileHead {
  const text = (from: number, length: number): string => head.toString('utf8', from, from + length).replace(/\0.*$/s, '')
  const isFolder = head[156] === 0x35
  return {
    name: text(0, 100),
    mode: number(head, 100, 8),
    uid: number(head, 108, 8),
    gid: number(head, 116, 8),
    size: number(head, 124, 12),
    isFolder,
  }
}

/** A number in octal digits, or in binary when its first bit is set. */
function number(head: Buffer, from: number, length: number): number {
  if (((head[from] ?? 0) & 0x80) !== 0) return head.readUIntBE(from + length - 6, 6)
  return z.coerce
    .number()
    .catch(0)
    .parse(
      Number.parseInt(
        head
          .toString('latin1', from, from + length)
          .replace(/[\0 ]+$/, '')
          .trim() || '0',
        8,
      ),
    )
}

function folderArchive(name: string, { uid, gid, mode }: { uid: number; gid: number; mode: number }): Buffer {
  const archive = Buffer.alloc(3 * block)
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`
  archive.write(`${name}/`, 0, 100)
  archive.write(octal(mode & 0o7777, 8), 100)
  archive.write(octal(uid, 8), 108)
  archive.write(octal(gid, 8), 116)
  archive.write(octal(0, 12), 124)
  archive.write(octal(0, 12), 136)
  archive.write('        ', 148)
  archive.write('5', 156)
  archive.write('ustar\x0000', 257)
  const sum = archive.subarray(0, block).reduce((total, byte) => total + byte, 0)
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return archive
}
