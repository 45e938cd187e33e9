import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** End of the path, below every base URL, at which the doctor tries whether WebSockets arrive here. */
const trialPath = '/hub/api/upgrade-trial'
/** RFC 6455 §1.3. */
const handshakeSalt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const patienceMs = 5_000

/** The hub itself speaks no WebSocket: all other requests for an upgrade are answered as if they were none. */
export const isUpgradeTrial = ({ url, headers }: IncomingMessage): boolean =>
  (url ?? '').endsWith(trialPath) && headers.upgrade?.toLowerCase() === 'websocket'

/** At most so many characters, none of which JSON would make longer: the message fits into the shortest frame. */
const plain = (text: string, length: number): string => text.replace(/[^\w.:[\]-]/g, '').slice(0, length)

/**
 * Opens the WebSocket, waits for a first sign of the other side, and tells in one message what arrived: `{ host, proto }`, nothing that the
 * asker has not sent or passed on the way. Then it closes.
 */
export function answerUpgradeTrial(request: IncomingMessage, socket: Duplex): void {
  const { headers } = request
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key'] ?? ''}${handshakeSalt}`)
    .digest('base64')
  const [proto = ''] = String(headers['x-forwarded-proto'] ?? '').split(',')
  const text = Buffer.from(JSON.stringify({ host: plain(headers.host ?? '', 72), proto: plain(proto, 8) }))
  const timer = setTimeout(() => socket.destroy(), patienceMs)
  socket.on('error', () => socket.destroy())
  socket.once('close', () => clearTimeout(timer))
  socket.once('data', () => socket.end(Buffer.concat([Buffer.from([0x81, text.length]), text, Buffer.from([0x88, 0])])))
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
}
