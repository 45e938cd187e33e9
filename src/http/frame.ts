import { HubError } from '../core/errors.ts'
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
