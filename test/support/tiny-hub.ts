import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

/** The little of a hub that one single-user server needs, with any version and any answer to its reports of activity. */
export type TinyHub = {
  /** What `JUPYTERHUB_API_URL` has to be. */
  readonly apiUrl: string
  /** Method and path of every request, in order. */
  readonly asked: readonly string[]
  readonly close: () => Promise<void>
}

/** Opens a tiny hub in which every token belongs to the owner of the server. */
export async function openTinyHub(
  userName: string,
  { version = '5.5.1', activityStatus = 200, host = '127.0.0.1' } = {},
): Promise<TinyHub> {
  const asked: string[] = []
  const user = { kind: 'user', name: userName, admin: false, groups: [], scopes: [`access:servers!server=${userName}/`] }
  const answer = (request: IncomingMessage): { status: number; body: object } => {
    if (request.url === '/hub/api/user') return { status: 200, body: user }
    if (request.url?.endsWith('/activity') === true) return { status: activityStatus, body: {} }
    return { status: 200, body: { version } }
  }
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status, body } = answer(request)
    response.writeHead(status, { 'content-type': 'application/json', 'X-JupyterHub-Version': version }).end(JSON.stringify(body))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { apiUrl: `http://${host}:${port}/hub/api`, asked, close }
}
