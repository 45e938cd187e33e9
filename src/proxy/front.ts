import { watchFile, unwatchFile } from 'node:fs'
import { createServer as createNetServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { SecureContextOptions, Server as TlsServer } from 'node:tls'
import type { Ms } from '../core/time.ts'
import type { Challenges } from './acme/challenges.ts'
import type { DataPlane } from './data-plane.ts'
import type { TlsFiles } from './settings.ts'

/** The listener that browsers use. */
export type Front = {
  readonly server: Server
  /** A new certificate for the connections to come; those that are open keep theirs. Throws when it cannot be used. Nothing without TLS. */
  setTls(tls: SecureContextOptions): void
}

type FrontDeps = {
  readonly plane: DataPlane
  /** Null: plain http. */
  readonly tls: SecureContextOptions | null
  /** Null: nobody checks by TLS-ALPN-01 who has this host. */
  readonly challenges: Challenges | null
  readonly handshakeTimeoutMs: Ms
}

/** Not listening yet. */
export function createFront({ plane, tls, challenges, handshakeTimeoutMs }: FrontDeps): Front {
  if (tls === null) {
    const server = createNetServer({ allowHalfOpen: true, noDelay: true }, (socket) => plane.accept(socket, false))
    return { server, setTls: () => {} }
  }
  const options = { ...tls, ALPNProtocols: ['http/1.1'], handshakeTimeout: handshakeTimeoutMs, noDelay: true }
  const secure = createTlsServer(options, (socket) => plane.accept(socket, true))
  secure.on('tlsClientError', () => {})
  const setTls = (next: SecureContextOptions): void => secure.setSecureContext(next)
  return { server: challenges === null ? secure : sorter(secure, challenges, handshakeTimeoutMs), setTls }
}

/** The protocol name by which a certificate authority announces its check (RFC 8737 §6.2), as it stands in a list of protocols. */
const acmeProtocol = 'acme-tls/1'
const acmeMark = Buffer.from(`\n${acmeProtocol}`)

/** Takes connections in front of the TLS server. While a check is awaited, the first record tells whom each of them is for. */
function sorter(secure: TlsServer, challenges: Challenges, timeoutMs: Ms): Server {
  const checks = createTlsServer({
    ALPNProtocols: [acmeProtocol],
    handshakeTimeout: timeoutMs,
    SNICallback: (host, done) => {
      const context = challenges.contextFor(host)
      if (context === null) done(new Error('nobody waits for this check'))
      else done(null, context)
    },
  })
  checks.on('tlsClientError', () => {})
  checks.on('secureConnection', (socket) => {
    socket.on('error', () => {})
    socket.end()
  })
  const sort = async (socket: Socket): Promise<void> => {
    const hello = await readFirstRecord(socket, timeoutMs)
    if (hello !== null && !socket.destroyed) (hello.includes(acmeMark) ? checks : secure).emit('connection', socket)
  }
  return createNetServer({ noDelay: true }, (socket) => {
    if (challenges.awaitsTls()) void sort(socket)
    else secure.emit('connection', socket)
  })
}

const recordHeaderBytes = 5
const longestRecord = 16_384 + 2048

/** The first TLS record, which stays in the socket for whoever takes it over; null when the connection ended or the time was up. */
async function readFirstRecord(socket: Socket, timeoutMs: Ms): Promise<Buffer | null> {
  const deadline = setTimeout(() => socket.destroy(), timeoutMs)
  // Stays: between two owners a connection must not be without anybody who hears that it broke.
  socket.on('error', () => {})
  try {
    let got = Buffer.alloc(0)
    while (got.length < recordHeaderBytes || got.length < Math.min(recordHeaderBytes + got.readUInt16BE(3), longestRecord)) {
      const chunk = await nextChunk(socket)
      if (chunk === null) return null
      got = Buffer.concat([got, chunk])
      // What is no handshake is for the TLS server to refuse.
      if (got[0] !== 0x16) break
    }
    socket.unshift(got)
    return got
  } finally {
    clearTimeout(deadline)
  }
}

function nextChunk(socket: Socket): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const settle = (chunk: Buffer | null): void => {
      socket.off('readable', look).off('close', gone).off('end', gone)
      resolve(chunk)
    }
    const gone = (): void => settle(null)
    const look = (): void => {
      const chunk: unknown = socket.read()
      if (Buffer.isBuffer(chunk)) settle(chunk)
    }
    socket.on('readable', look).once('close', gone).once('end', gone)
    look()
  })
}

/** Files are looked at this often: those of a certificate change by rename, link or copy, on any file system. */
const watchEveryMs: Ms = 2000

/** Calls `changed` whenever key or certificate is another file or has other content, until the signal aborts. */
export function watchTlsFiles({ keyFile, certFile }: TlsFiles, changed: () => void, signal: AbortSignal): void {
  for (const file of new Set([keyFile, certFile])) {
    if (file === null) continue
    watchFile(file, { interval: watchEveryMs, persistent: false }, changed)
    signal.addEventListener('abort', () => unwatchFile(file, changed), { once: true })
  }
}
