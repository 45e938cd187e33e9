// Stands for a notebook server where bytes have to pass a proxy: echoes WebSocket messages, sends a stream in two parts, counts an upload, and
// tells the headers that it got.
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'

const url = new URL(process.env['JUPYTERHUB_SERVICE_URL'] ?? 'http://127.0.0.1:0/')
const open = new Set<ServerResponse>()

const server = createServer((request, response) => {
  const path = (request.url ?? '').slice(url.pathname.length)
  if (path === 'stream') {
    open.add(response)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('first')
    return
  }
  if (path === 'stream/end') for (const waiting of open) waiting.end('last')
  let received = 0
  request.on('data', (chunk: Buffer) => (received += chunk.length))
  request.on('end', () =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ received, headers: request.headers })),
  )
})

const sockets = new WebSocketServer({ noServer: true })
server.on('upgrade', (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (client) =>
    client.on('message', (message: Buffer) => client.send(message.toString().toUpperCase())),
  ),
)
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(0))
server.listen(Number(url.port), url.hostname)
