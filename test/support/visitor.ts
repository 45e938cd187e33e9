import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'

type Cookie = { readonly name: string; readonly value: string; readonly path: string }

/** A browser without a screen, with no cookies yet: keeps them by path, follows redirects only when asked, fills in `_xsrf`. */
export function createVisitor(origin: string) {
  const jar = new Map<string, Cookie>()

  const cookieHeader = (path: string): string =>
    [...jar.values()]
      .filter((cookie) => path.startsWith(cookie.path))
      .toSorted((a, b) => b.path.length - a.path.length)
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ')

  const keep = (line: string): void => {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const [name = ''] = pair.split('=', 1)
    const attribute = (key: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
    const path = attribute('path') ?? '/'
    const gone = attribute('max-age') === '0' || Date.parse(attribute('expires') ?? '') < Date.now()
    if (gone) jar.delete(`${name};${path}`)
    else jar.set(`${name};${path}`, { name, value: pair.slice(name.length + 1), path })
  }

  /** One request, redirects not followed. */
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    const cookies = cookieHeader(path)
    if (cookies !== '') headers.set('cookie', cookies)
    const response = await exchange(`${origin}${path}`, { ...init, headers })
    for (const line of response.headers.getSetCookie()) keep(line)
    return response
  }

  /** GET, following redirects on this origin (at most 12). */
  const get = async (path: string): Promise<{ readonly response: Response; readonly path: string; readonly text: string }> => {
    let at = path
    for (let hops = 0; hops < 12; hops++) {
      const response = await send(at, { headers: { accept: 'text/html' } })
      const location = response.headers.get('location')
      if (location === null) return { response, path: at, text: await response.text() }
      await response.body?.cancel()
      const next = new URL(location, `${origin}${at}`)
      at = `${next.pathname}${next.search}`
    }
    throw new Error(`too many redirects from ${path}`)
  }

  const cookie = (name: string): string | null => [...jar.values()].find((entry) => entry.name === name)?.value ?? null

  /** Posts a form with the XSRF token of the hub. */
  const post = (path: string, fields: Readonly<Record<string, string>>): Promise<Response> =>
    send(path, { method: 'POST', body: new URLSearchParams({ _xsrf: cookie('_xsrf') ?? '', ...fields }) })

  /** A call of the REST API with the login cookie. `path` is relative to `/hub/api`. */
  const api = (method: string, path: string, body?: unknown): Promise<Response> =>
    send(`/hub/api${path}`, {
      method,
      headers: { 'x-xsrftoken': cookie('_xsrf') ?? '', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  /** Signs in by the form; throws when it is refused. */
  const signIn = async (username: string, password: string): Promise<void> => {
    await get('/hub/login')
    const response = await post('/hub/login', { username, password })
    await response.body?.cancel()
    if (response.status !== 302 && response.status !== 303) throw new Error(`sign-in of ${username}: ${response.status}`)
  }

  return { origin, send, get, post, api, signIn, cookie }
}

/** One exchange without what `fetch` adds of its own: browsers send no `Sec-Fetch-Mode: cors` when a person follows a link. */
function exchange(url: string, init: RequestInit & { readonly headers: Headers }): Promise<Response> {
  const { method = 'GET', body, headers } = init
  const text = body instanceof URLSearchParams ? body.toString() : body
  if (body instanceof URLSearchParams) headers.set('content-type', 'application/x-www-form-urlencoded')
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: Object.fromEntries(headers), agent: false }, (incoming) => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.once('error', reject)
      incoming.once('end', () => resolve(asResponse(incoming, Buffer.concat(parts))))
    })
    request.once('error', reject)
    request.end(typeof text === 'string' ? text : undefined)
  })
}

function asResponse(incoming: IncomingMessage, body: Buffer): Response {
  const headers = new Headers()
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '')
  }
  const status = incoming.statusCode ?? 0
  return new Response(status === 204 || status === 304 ? null : new Uint8Array(body), { status, headers })
}
