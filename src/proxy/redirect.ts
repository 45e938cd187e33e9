import { createServer } from 'node:http'
import type { Server } from 'node:http'

/** A plain listener that sends every request to https, on port `to` of the same host. */
export function createRedirectServer(to: number): Server {
  return createServer((request, response) => {
    const host = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d+)?$/.exec(request.headers.host ?? '')?.[1]
    if (host === undefined || !(request.url ?? '').startsWith('/')) {
      response.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' })
      response.end('This address needs a Host header, so that it can send you to https.\n')
      return
    }
    response.writeHead(301, { Location: `https://${host}${to === 443 ? '' : `:${to}`}${request.url ?? '/'}` })
    response.end()
  })
}
