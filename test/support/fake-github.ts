import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { api } from './github/api.ts'
import { accessToken, authorize } from './github/oauth.ts'
import { createWorld } from './github/world.ts'
import type { Application, GithubWorld } from './github/world.ts'

/** How it is started. `listen`: port 0 of 127.0.0.1 when not given. `publicUrl`: how browsers and hub reach it, when that is another address. */
export type FakeGithubOptions = {
  readonly application?: Partial<Application>
  readonly listen?: { readonly host: string; readonly port: number }
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly publicUrl?: string
}

/** One request that it got: method, path with query, and the token that came along. */
export type SeenRequest = { readonly method: string; readonly path: string; readonly authorization: string | null }

/** Answers instead of GitHub; null: let GitHub answer. */
export type Interference = (request: Request) => Response | Promise<Response> | null

/** A running one. `url` is `githubUrl`; its API is below `/api/v3`, as of a GitHub Enterprise Server. */
export type FakeGithub = AsyncDisposable & {
  readonly url: string
  readonly world: GithubWorld
  readonly requests: SeenRequest[]
  /** Puts something in the way of every request from now on; null takes it away. */
  interfere(interference: Interference | null): void
  /** What a browser does on the page of that address: the person chooses to allow it (null: not to). Where it is sent back to. */
  approve(url: string, person: string | null): Promise<URL>
  close(): Promise<void>
}

/**
 * An HTTP server that follows GitHub's documented OAuth and REST answers (docs.github.com: authorizing OAuth apps, troubleshooting of authorization and
 * token requests, REST endpoints of users, organisations and teams, rate limits), errors and paging included.
 */
export async function startFakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const world = createWorld(options.application ?? {})
  const requests: SeenRequest[] = []
  let interference: Interference | null = null

  const answer = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    requests.push({ method: request.method, path: `${pathname}${search}`, authorization: request.headers.get('authorization') })
    const instead = (await interference?.(request)) ?? null
    if (instead !== null) return instead
    if (pathname === '/login/oauth/authorize') return authorize(world, request)
    if (pathname === '/login/oauth/access_token' && request.method === 'POST') return accessToken(world, request)
    if (pathname.startsWith('/api/v3/')) return api(world, request, `${url}/api/v3`)
    return new Response('Not Found', { status: 404 })
  }

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void serve(incoming, outgoing, url, answer)
  }
  const { host, port } = options.listen ?? { host: '127.0.0.1', port: 0 }
  const server = options.tls === undefined ? createHttpServer(handle) : createHttpsServer(options.tls, handle)
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const url = options.publicUrl ?? `${options.tls === undefined ? 'http' : 'https'}://${host}:${bound}`

  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    url,
    world,
    requests,
    interfere: (next) => {
      interference = next
    },
    approve: async (page, person) => {
      const body = new URLSearchParams({ person: person ?? '' })
      const response = await fetch(page, { method: 'POST', body, redirect: 'manual' })
      return new URL(response.headers.get('location') ?? `about:${response.status}`)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  base: string,
  answer: (request: Request) => Promise<Response>,
): Promise<void> {
  try {
    const headers = new Headers(
      Object.entries(incoming.headersDistinct).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value])),
    )
    const method = incoming.method ?? 'GET'
    const body = method === 'GET' || method === 'HEAD' ? null : new Uint8Array(await buffer(incoming))
    const response = await answer(new Request(new URL(incoming.url ?? '/', base), { method, headers, body }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    for await (const chunk of response.body ?? []) outgoing.write(chunk)
    outgoing.end()
  } catch {
    // A request that was given up on the other side.
    outgoing.destroy()
  }
}
