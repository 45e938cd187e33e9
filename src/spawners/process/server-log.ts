import { closeSync, openSync, readSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { isCode } from './claim.ts'

/** Lines of output that are kept of one run. */
export const keptLines = 2000
const rotateAtBytes = 1_048_576
const keptBytes = 524_288
const longestLine = 4000
/** ECMA-48 control sequences, and operating system commands such as a window's title. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const terminalOrders = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g
/** Control characters but the tab, and those that turn the direction of text. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * Cuts a log that has grown too long: its last lines move to a second file, and the log begins anew. The server goes on writing through its
 * own descriptor, which was opened for appending. Copy and cut follow each other at once; a line written just between them may be lost.
 */
export function trimLog(path: string): void {
  if (sizeOf(path) <= rotateAtBytes) return
  const draft = `${path}.new`
  writeFileSync(draft, lastLines(tailText(path, keptBytes), keptLines).join('\n') + '\n', { mode: 0o600 })
  renameSync(draft, olderOf(path))
  truncateSync(path, 0)
}

/**
 * The last lines of a log and of what was cut from it, oldest first. Each is plain text of at most 4000 characters: without colours and other
 * orders to a terminal, and of a line that was written over and over only what stood there last. Empty when there is none.
 */
export function tailLog(path: string, lines: number): readonly string[] {
  const text = tailText(olderOf(path), keptBytes) + tailText(path, rotateAtBytes)
  return lastLines(text, Math.min(lines, keptLines)).map(plainLine)
}

/** The file that holds what was cut. */
export const olderOf = (path: string): string => `${path}.1`

function plainLine(line: string): string {
  const shown =
    line
      .replace(terminalOrders, '')
      .split('\r')
      .findLast((part) => part !== '') ?? ''
  const plain = shown.replace(invisible, '')
  return plain.length > longestLine ? `${plain.slice(0, longestLine)}…` : plain
}

function lastLines(text: string, count: number): string[] {
  const lines = text.replace(/\n$/, '').split(/\r?\n/)
  return text === '' || count <= 0 ? [] : lines.slice(-count)
}

function tailText(path: string, bytes: number): string {
  const size = sizeOf(path)
  if (size === 0) return ''
  const buffer = Buffer.alloc(Math.min(size, bytes))
  const file = openSync(path, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, size - buffer.length))
  } finally {
    closeSync(file)
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 0
    throw error
  }
}
