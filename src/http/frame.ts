import { HubError } from '../core/errors.ts'
import type { HttpDeps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { redirect } from './page.ts'

/**
 * Answers requests that are for no path below the hub prefix (singleuser-and-web §5.1): the browser is sent below it,
 * where the right page explains. Nobody's cookies are looked at. Errors: method_not_allowed for anything but reading.
 */
export function answerOutside(
  request: { readonly method: string; readonly path: string; readonly search: string },
  baseUrl: string,
): Response {
  const { method, path, search } = request
  if (method !== 'GET' && method !== 'HEAD') throw new HubError('method_not_allowed')
  const hubPrefix = `${baseUrl}hub/`
  if (path === hubPrefix.slice(0, -1)) return redirect(`${hubPrefix}${search}`, 301)
  const inside = path.startsWith(baseUrl)
  const rest = path.slice(inside ? baseUrl.length : 1)
  if (inside && /^(?:user|services)\/[^/]+$/.test(rest)) return redirect(`${path}/${search}`, 301)
  return redirect(`${hubPrefix}${rest.replace(/^\/+/, '')}${inside ? search : ''}`)
}

/**
 * Answers on a host that is for somebody's servers, none of which answers this path: the browser is sent to the same path of the hub's own host.
 * No page, cookie or API of the hub exists here. Errors: not_found for anything but reading, and for programs.
 */
export function answerForServers(exchange: Exchange, hub: HttpDeps): Response {
  const { method, path, search } = exchange
  const isReading = method === 'GET' || method === 'HEAD'
  if (!isReading || exchange.seen.surface === 'api' || hub.publicUrl === null) throw new HubError('not_found')
  const inside = answerInside(path, hub.options.baseUrl)
  return redirect(`${hub.publicUrl.origin}${inside}${search}`)
}

/** The path below the hub prefix that explains why a server does not answer; other paths stay. */
function answerInside(path: string, baseUrl: string): string {
  return path.startsWith(`${baseUrl}user/`) ? `${baseUrl}hub/${path.slice(baseUrl.length)}` : `/${path.replace(/^\/+/, '')}`
}
