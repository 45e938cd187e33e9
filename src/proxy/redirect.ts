import { createServer } from 'node:http'
import type { Server } from 'node:http'

const challengePath = '/.well-known/acme-challenge/'

/**
 * A plain listener that sends every request to https, on port `to` of the same host. `challengeText`: what a certificate authority that asks for
 * a token is told (RFC 8555 §8.3); null for tokens that nobody waits for.
 */
export function createRedirectServer(to: number, challengeText: (token: string) => string | null = () => null): Server {
  return createServer((request, response) => {
    const url = request.url ?? ''
    const text = url.startsWith(challengePath) ? challengeText(url.slice(challengePath.length)) : null
    if (text !== null) {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
      response.end(text)
      return
    }
    const host = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d+)?$/.exec(request.headers.host ?? '')?.[1]
    if (host === undefined || !url.startsWith('/')) {
      response.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' })
      response.end('This address needs a Host header, so that it can send you to https.\n')
      return
    }
    response.writeHead(301, { Location: `https://${host}${to === 443 ? '' : `:${to}`}${url}` })
    response.end()
  })
}
