import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const file = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url))

/** A port with TLS in front of a unix socket, which lets in only who has the client's certificate. `files` is what such a client needs. */
export async function openTlsRelay(socketPath: string) {
  const credentials = { key: readFileSync(file('one-key.pem')), cert: readFileSync(file('one.pem')), ca: readFileSync(file('ca.pem')) }
  const server = createServer({ ...credentials, requestCert: true, rejectUnauthorized: true }, (client) => {
    const upstream = connect(socketPath)
    client.pipe(upstream).pipe(client)
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  return { port, files: { ca: file('ca.pem'), cert: file('client.pem'), key: file('client-key.pem') }, close: () => void server.close() }
}
