import type { Socket } from 'node:net'

/** Size of the blocks that outgoing bytes are gathered in. */
const blockBytes = 65_536
/** Pieces larger than this get a buffer of their own. */
const largeBytes = 16_384

/**
 * Gathers the bytes for one socket and writes them at once. Used synchronously: `open`, any number of appends, `flush`. What was written stays
 * untouched in its block, so that a slow socket may keep it.
 */
export type Gather = {
  /** `reserve`: the first so many bytes lie in one piece. */
  open(socket: Socket, reserve: number): void
  /** Copies a range. */
  readonly bytes: (buf: Buffer, from: number, end: number) => void
  /** Copies text of one byte a character. */
  text(text: string): void
  /** Writes what was gathered. False: the socket wants to drain first. */
  flush(): boolean
  /** What has been gathered and not yet written. */
  pending(): Buffer
  /** Forgets what was gathered and not yet written. */
  discard(): void
}

/** One gather serves all sockets of a process. */
export function createGather(): Gather {
  let block = Buffer.allocUnsafeSlow(blockBytes)
  let start = 0
  let at = 0
  let target: Socket | null = null
  let roomy = true

  const send = (): void => {
    if (at === start || target === null) return
    roomy = target.write(block.subarray(start, at))
    start = at
  }
  const room = (bytes: number): void => {
    if (at + bytes <= block.length) return
    send()
    block = Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes))
    start = 0
    at = 0
  }
  const large = (buf: Buffer, from: number, end: number): void => {
    if (target === null) return
    send()
    const own = Buffer.allocUnsafeSlow(end - from)
    buf.copy(own, 0, from, end)
    roomy = target.write(own)
  }

  return {
    open(socket, reserve) {
      target = socket
      roomy = true
      room(reserve)
    },
    bytes(buf, from, end) {
      if (end - from > largeBytes) {
        large(buf, from, end)
        return
      }
      room(end - from)
      buf.copy(block, at, from, end)
      at += end - from
    },
    text(text) {
      room(text.length)
      block.write(text, at, 'latin1')
      at += text.length
    },
    flush() {
      send()
      target = null
      return roomy
    },
    pending: () => block.subarray(start, at),
    discard() {
      at = start
      target = null
    },
  }
}
