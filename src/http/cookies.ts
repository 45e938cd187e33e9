import type { HubOptions } from '../hub/options.ts'

/** Names of the hub's cookies; other programs rely on them. */
export const cookieNames = {
  /** The login: an opaque random value, valid below the hub prefix only. */
  login: 'jupyterhub-hub-login',
  /** Random and not secret; notebook servers read it to notice a logout. */
  session: 'jupyterhub-session-id',
  /** XSRF token, readable by the pages of the hub. */
  xsrf: '_xsrf',
} as const

/** The login cookie of this hub. With hosts below its own, a page of one of them could plant a cookie for the hub: the prefix forbids it. */
export function loginCookie(options: Pick<HubOptions, 'baseUrl' | 'subdomainHost'>): { readonly name: string; readonly path: string } {
  if (options.subdomainHost?.startsWith('https:') === true) return { name: `__Host-${cookieNames.login}`, path: '/' }
  return { name: cookieNames.login, path: `${options.baseUrl}hub/` }
}

/** How a cookie is kept by the browser. `Secure` and `SameSite=Lax` are added by the jar. */
export type CookieOptions = {
  readonly path: string
  /** Hosts below this one get it too; absent: only the host that sets it. */
  readonly domain?: string | undefined
  readonly httpOnly: boolean
  /** Absent: until the browser is closed. 0: at once. */
  readonly maxAgeSeconds?: number
}

/** Cookies of one request and of its reply. */
export type CookieJar = {
  /** All values that were sent under the name, in their order. None when there are more than eight: somebody has planted them to push out the true one. */
  all(name: string): readonly string[]
  set(name: string, value: string, options: CookieOptions): void
  clear(name: string, path: string, domain?: string): void
  /** The `Set-Cookie` lines, one for each name and path, the last one counts. */
  outgoing(): readonly string[]
}

const maximumValues = 8
const safeValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
const safePath = /^\/[\x21-\x3a\x3c-\x7e]*$/

function parseCookies(header: string | null): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at <= 0 || name === '') continue
    const values = found.get(name) ?? []
    if (values.length <= maximumValues)
      values.push(
        pair
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      )
    found.set(name, values)
  }
  return found
}

function formatCookie(name: string, value: string, options: CookieOptions, secure: boolean): string {
  if (!safeValue.test(value) || !safePath.test(options.path)) throw new Error(`cookie ${name} has characters that a browser would misread`)
  const age = options.maxAgeSeconds === undefined ? '' : `; Max-Age=${Math.trunc(options.maxAgeSeconds)}`
  const domain = options.domain === undefined ? '' : `; Domain=${options.domain}`
  return `${name}=${value}; Path=${options.path}${domain}${age}${options.httpOnly ? '; HttpOnly' : ''}${secure ? '; Secure' : ''}; SameSite=Lax`
}

/** Reads the `Cookie` header and collects what the reply sets. `secure`: the browser uses https. */
export function createCookieJar(header: string | null, secure: boolean): CookieJar {
  const sent = parseCookies(header)
  const lines = new Map<string, string>()
  const set = (name: string, value: string, options: CookieOptions): void => {
    lines.set(`${name};${options.path}`, formatCookie(name, value, options, secure))
  }
  return {
    all: (name) => {
      const values = sent.get(name) ?? []
      return values.length > maximumValues ? [] : values
    },
    set,
    clear: (name, path, domain) => set(name, '', { path, domain, httpOnly: true, maxAgeSeconds: 0 }),
    outgoing: () => [...lines.values()],
  }
}
