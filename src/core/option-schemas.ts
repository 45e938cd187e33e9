import { z } from 'zod'

/** A URL prefix: `hub`, `/hub`, `/hub/` all become `/hub/`. */
export const urlPrefixSchema = z
  .string()
  .refine(
    (text) => !/[?#\s\\]|\/\/|(^|\/)\.\.?(\/|$)/.test(text),
    "expected a path such as '/' or '/jupyter/', without query, '..' or blanks",
  )
  .transform((text) => `/${text}/`.replace(/\/{2,}/g, '/'))

/** An address that browsers or programs open: http or https, no trailing query. */
export const httpUrlSchema = z.string().refine(isHttpUrl, "expected an address that begins with 'http://' or 'https://'")

/** An address to listen on: `http://127.0.0.1:8000`, `https://[::]:443`. No path: prefixes have their own option. */
export const bindUrlSchema = z
  .string()
  .refine(
    isBindUrl,
    "expected an address to listen on, such as 'http://127.0.0.1:8000' (http or https, host, port from 0 to 65535, no path)",
  )

/** A host name that certificates are given out for: with a dot in it, no address, no `*`. */
export const hostName = z
  .string()
  .toLowerCase()
  .regex(
    /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    "expected a host name such as 'hub.example.org', without '*'",
  )

/** A whole number from `minimum` on. */
export const countSchema = (minimum = 0): z.ZodInt => z.int().min(minimum)

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.search === '' && url.hash === ''
}

function isBindUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !isHttpUrl(text)) return false
  return url.pathname === '/' && url.username === '' && url.hostname !== ''
}

/** An origin whose host is a name with a dot, so that there can be hosts below it; `localhost` too, as browsers know hosts below it. */
export function isHostOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !isHttpUrl(text) || url.pathname !== '/' || url.username !== '') return false
  return url.hostname === 'localhost' || (/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(url.hostname) && !/\.\d+$/.test(url.hostname))
}

/** An address to listen on, taken apart. `*` and an empty host mean every address and are written `0.0.0.0` or `::`. */
export type BindAddress = { readonly host: string; readonly port: number; readonly secure: boolean }

/** Takes apart what `bindUrlSchema` accepted. The port is that of the scheme when none is given. */
export function bindAddress(text: string): BindAddress {
  const url = new URL(text)
  const secure = url.protocol === 'https:'
  const standard = secure ? 443 : 80
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? standard : Number(url.port), secure }
}

/** Can only this machine reach the host? Names other than `localhost` are taken as reachable from elsewhere. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)

/** Does the host stand for every address of the machine? */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** Where a volume goes: a path, or a path with how it is mounted. */
export const volumeTarget = z.union([
  z.string().startsWith('/'),
  z.strictObject({
    bind: z.string().startsWith('/'),
    mode: z
      .string()
      .regex(/^(?:rw|ro|z|Z)(?:,(?:rw|ro|z|Z))*$/)
      .optional(),
    propagation: z.enum(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']).optional(),
  }),
])
