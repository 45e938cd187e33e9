// Bytes passed on between two sockets without being looked at, for comparison: node bare-net.ts PORT UPSTREAM
import { connect, createServer } from 'node:net'

const [port, upstream] = process.argv.slice(2).map(Number)

createServer({ noDelay: true }, (client) => {
  const server = connect({ host: '127.0.0.1', port: upstream ?? 0, noDelay: true })
  client.on('data', (chunk) => server.write(chunk))
  server.on('data', (chunk) => client.write(chunk))
  client.on('close', () => server.destroy())
  server.on('close', () => client.destroy())
  client.on('error', () => {})
  server.on('error', () => {})
}).listen(port, '127.0.0.1')
