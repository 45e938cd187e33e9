import { connect as connectTcp } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { Connect } from './state.ts'
import type { Target } from './target.ts'

const readBytes = 65_536

/**
 * Opens plain and TLS connections. All plain ones read into one buffer: a read is handed over before the next one begins, so nothing needs to
 * be allocated for it.
 */
export function createConnect(tls: () => ConnectionOptions): Connect {
  const shared = Buffer.allocUnsafeSlow(readBytes)
  return (target, onBytes) => {
    if (target.secure) {
      const socket = connectSecure(target, tls())
      socket.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length))
      return socket
    }
    const onread: OnReadOpts = {
      buffer: shared,
      callback: (length) => {
        onBytes(shared, length)
        return true
      },
    }
    return connectPlain(target, onread)
  }
}

function connectPlain(target: Target, onread: OnReadOpts): Socket {
  const common = { onread, allowHalfOpen: true, noDelay: true }
  return target.socketPath === null
    ? connectTcp({ ...common, host: target.host ?? 'localhost', port: target.port })
    : connectTcp({ ...common, path: target.socketPath })
}

function connectSecure(target: Target, tls: ConnectionOptions): Socket {
  const host = target.host ?? 'localhost'
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const socket = connectTls({ ...tls, ...name, host, port: target.port, ALPNProtocols: ['http/1.1'] })
  socket.setNoDelay(true)
  return socket
}
