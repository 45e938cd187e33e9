import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { z } from 'zod'

type Cookie = { readonly name: string; readonly value: string; readonly host: string; readonly wide: boolean; readonly path: string }

/** Where every host of the visitor really is. */
type Way = { readonly port: number; readonly ca: string; readonly localAddress?: string }

type Sent = { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer | string }

/** An answer that was read to its end. */
export type Answer = { readonly url: URL; readonly status: number; readonly headers: IncomingMessage['headers']; readonly text: string }

/**
 * A browser without a screen that goes to several https hosts, all of them at one port of this machine. Keeps cookies as browsers do, by
 * host, `Domain` and path; every certificate is checked.
 */
export function createWideVisitor(way: Way) {
  const jar = new Map<string, Cookie>()

  const cookieHeader = ({ hostname, pathname }: URL): string =>
    [...jar.values()]
      .filter(({ host, wide }) => hostname === host || (wide && hostname.endsWith(`.${host}`)))
      .filter(({ path }) => pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')

  const keep = (line: string, { hostname }: URL): void => {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const found = (key: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
    const [name = ''] = pair.split('=', 1)
    const domain = found('domain')
    const cookie = {
      name,
      value: pair.slice(name.length + 1),
      host: domain ?? hostname,
      wide: domain !== undefined,
      path: found('path') ?? '/',
    }
    const key = `${name};${cookie.host};${cookie.path}`
    if (found('max-age') === '0' || Date.parse(found('expires') ?? '') < Date.now()) jar.delete(key)
    else jar.set(key, cookie)
  }

  /** The head of the answer to one request; the body is still to be read. */
  const open = (address: string, init: Sent = {}): Promise<IncomingMessage> => {
    const url = new URL(address)
    const cookie = cookieHeader(url)
    const headers = { host: url.host, ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const place = { host: '127.0.0.1', port: way.port, servername: url.hostname, ca: way.ca, agent: false } as const
    const source = way.localAddress === undefined ? {} : { localAddress: way.localAddress }
    return new Promise((resolve, reject) => {
      const path = `${url.pathname}${url.search}`
      const request = httpsRequest({ ...place, ...source, path, method: init.method ?? 'GET', headers }, (response) => {
        for (const line of response.headers['set-cookie'] ?? []) keep(line, url)
        resolve(response)
      })
      request.once('error', reject)
      request.end(init.body)
    })
  }

  /** One request, redirects not followed. */
  const send = async (address: string, init: Sent = {}): Promise<Answer> => {
    const response = await open(address, init)
    return { url: new URL(address), status: response.statusCode ?? 0, headers: response.headers, text: await textOf(response) }
  }

  /** GET, following redirects from host to host (at most 20). */
  const get = async (address: string): Promise<Answer> => {
    let at = address
    for (let hops = 0; hops < 20; hops++) {
      const answer = await send(at, { headers: { accept: 'text/html' } })
      const { location } = answer.headers
      if (location === undefined) return answer
      at = new URL(location, at).href
    }
    throw new Error(`too many redirects from ${address}, last to ${at}`)
  }

  const cookie = (name: string, host: string): Cookie | null =>
    [...jar.values()].find((known) => known.name === name && known.host === host) ?? null

  /** Posts a form of a page of that host with its XSRF token. */
  const post = (address: string, fields: Readonly<Record<string, string>>): Promise<Answer> => {
    const { hostname, origin } = new URL(address)
    const body = new URLSearchParams({ _xsrf: cookie('_xsrf', hostname)?.value ?? '', ...fields }).toString()
    return send(address, { method: 'POST', headers: { origin, 'content-type': 'application/x-www-form-urlencoded' }, body })
  }

  return { open, send, get, post, cookie, cookieHeader: (address: string) => cookieHeader(new URL(address)) }
}

/** The rest of a body as text. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(z.instanceof(Buffer).parse(part))
  return Buffer.concat(parts).toString()
}
