// The simplest proxy on node:http, for comparison: node plain-http.ts PORT UPSTREAM
import { Agent, createServer, request } from 'node:http'

const [port, upstream] = process.argv.slice(2).map(Number)
const agent = new Agent({ keepAlive: true })

createServer((incoming, outgoing) => {
  const { method = 'GET', url = '/', headers } = incoming
  const onward = request(
    { host: '127.0.0.1', port: upstream ?? 0, method, path: url, headers: { ...headers, 'x-forwarded-for': '127.0.0.1' }, agent },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    },
  )
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}).listen(port, '127.0.0.1')
