// Stands for a notebook server where bytes have to pass a proxy: echoes WebSocket messages, sends a stream in two parts, counts an upload (and
// tells how far it has come), and tells the headers that it got. With START_GATE it listens only when a file of that name is there.
import { watch } from 'node:fs'
import { access } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { WebSocketServer } from 'ws'

const url = new URL(process.env['JUPYTERHUB_SERVICE_URL'] ?? 'http://127.0.0.1:0/')
const open = new Set<ServerResponse>()
let arrived = 0

const server = createServer((request, response) => {
  const path = (request.url ?? '').slice(url.pathname.length)
  if (path === 'stream') {
    open.add(response)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('first')
    return
  }
  if (path === 'stream/end') for (const waiting of open) waiting.end('last')
  if (path === 'upload/so-far') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ arrived }))
    return
  }
  let received = 0
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
    arrived = received
  })
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

const gate = process.env['START_GATE']
if (gate !== undefined) await opened(gate)
server.listen(Number(url.port), url.hostname)

async function opened(file: string): Promise<void> {
  const exists = (): Promise<boolean> =>
    access(file).then(
      () => true,
      () => false,
    )
  const folder = watch(dirname(file))
  while (!(await exists())) await once(folder, 'change')
  folder.close()
}
