import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

/** A TCP relay to a port of this machine whose answers can be slowed down. */
export type Throttle = {
  readonly port: number
  /** Bytes a second towards the client from now on, for each connection; 0 lets nothing through until it is changed, Infinity everything. */
  readonly setRate: (bytesPerSecond: number) => void
  /** Bytes that went to clients so far. */
  readonly sent: () => number
  readonly close: () => Promise<void>
}

const stepMs = 20

/** Opens a relay on a free port of loopback. */
export async function openThrottle(target: number, bytesPerSecond: number): Promise<Throttle> {
  let rate = bytesPerSecond
  let sent = 0
  const sockets = new Set<Socket>()
  const slow = (): Transform =>
    new Transform({
      async transform(chunk: Buffer, _encoding, done) {
        let rest = chunk
        while (rest.length > 0 && !this.destroyed) {
          const piece = rest.subarray(0, Math.ceil((rate * stepMs) / 1000))
          rest = rest.subarray(piece.length)
          sent += piece.length
          this.push(piece)
          if (rate !== Infinity) await delay(stepMs)
        }
        done()
      },
    })
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    client.pipe(upstream)
    upstream.pipe(slow()).pipe(client)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one))
    }
    client.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    setRate: (next) => {
      rate = next
    },
    sent: () => sent,
    close: async () => {
      rate = Infinity
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
