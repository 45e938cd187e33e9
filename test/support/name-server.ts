import { once } from 'node:events'
import { createServer } from 'node:net'
import { z } from 'zod'

/** A name server on TCP for which every name has this one IPv4 address. Resolves with its port. */
export async function startNameServer(address: string) {
  const server = createServer((socket) => {
    let held = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0)
        const answer = answerTo(held.subarray(2, end), address)
        socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]))
        held = held.subarray(end)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: z.object({ port: z.number() }).parse(server.address()).port, close: () => server.close() }
}

const typeA = 1

/** RFC 1035 §4.1: the question comes back, with one address when it asks for one. */
function answerTo(query: Buffer, host: string): Buffer {
  const nameEnd = query.indexOf(0, 12)
  const question = query.subarray(12, nameEnd + 5)
  const asksAddress = query.readUInt16BE(nameEnd + 1) === typeA
  const head = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, asksAddress ? 1 : 0, 0, 0, 0, 0])
  query.copy(head, 0, 0, 2)
  const address = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...host.split('.').map(Number)])
  return Buffer.concat([head, question, ...(asksAddress ? [address] : [])])
}
