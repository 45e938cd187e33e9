// A server of somebody who means harm: an empty page for everybody, without rules of its own, that tries to plant cookies for the hub.
import { createServer } from 'node:http'

const url = new URL(process.env.JUPYTERHUB_SERVICE_URL ?? 'http://127.0.0.1:0/')
const planted = [
  'jupyterhub-hub-login=evil; Path=/',
  '__Host-jupyterhub-hub-login=evil; Secure; Path=/',
  '_xsrf=evil; Path=/hub/; Domain=hub.example.org',
]

createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': planted })
  response.end(`<!doctype html><title>${process.env.JUPYTERHUB_USER}</title><p>${request.headers.cookie ?? ''}</p>`)
}).listen(Number(url.port), url.hostname)
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(0))
