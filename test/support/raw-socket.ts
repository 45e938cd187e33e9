import { connect } from 'node:net'
import type { NetConnectOpts, Socket } from 'node:net'

/** A client that says exactly the bytes it is told to. */
export type RawSocket = {
  readonly socket: Socket
  send(bytes: string | Buffer): void
  /** Everything received so far, one character a byte. */
  received(): string
  /** Resolves with everything received as soon as it satisfies the condition; rejects when the peer closes first or time runs out. */
  receives(condition: (text: string) => boolean, withinMs?: number): Promise<string>
  /** Resolves with everything received once the peer has closed. */
  closed(withinMs?: number): Promise<string>
  /** How the connection ended: an error code, or null for an orderly close. */
  failure(): string | null
  destroy(): void
}

/** Connects; the socket never half-closes by itself. */
export async function rawSocket(place: NetConnectOpts): Promise<RawSocket> {
  const socket = connect(place)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return watchSocket(socket)
}

/** Watches a socket that is connected already. */
export function watchSocket(socket: Socket): RawSocket {
  let text = ''
  let ended = false
  let failure: string | null = null
  const waiting = new Set<() => void>()
  const changed = (): void => {
    for (const look of waiting) look()
  }
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    changed()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message
  })
  socket.on('close', () => {
    ended = true
    changed()
  })
  const wait = (done: () => boolean, what: string, withinMs: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer)
        waiting.delete(look)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`not ${what} within ${withinMs} ms; received: ${JSON.stringify(text.slice(0, 2000))}`))
      }, withinMs)
      const look = (): void => {
        if (!done() && !ended) return
        stop()
        if (done()) resolve(text)
        else reject(new Error(`closed before ${what}; received: ${JSON.stringify(text.slice(0, 2000))}`))
      }
      waiting.add(look)
      look()
    })
  return {
    socket,
    send: (bytes) => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    },
    received: () => text,
    receives: (condition, withinMs = 5000) => wait(() => condition(text), 'received', withinMs),
    closed: (withinMs = 5000) => wait(() => ended, 'closed', withinMs),
    failure: () => failure,
    destroy: () => {
      socket.destroy()
    },
  }
}
