import { HubError } from '../core/errors.ts'
import { safeEqual } from '../lib/secrets.ts'

/**
 * The address that the browser came back to, as the OAuth library wants it: that of the callback that was given, with the query of the one that came.
 * Errors: login_foreign, when there is not exactly one state or it is another one.
 */
export function returnedUrl(request: { readonly url: URL; readonly callbackUrl: string; readonly state: string }): URL {
  const states = request.url.searchParams.getAll('state')
  const [state = ''] = states
  if (states.length !== 1 || !safeEqual(state, request.state))
    throw new HubError('login_foreign', { start: new URL(request.callbackUrl).origin })
  const url = new URL(request.callbackUrl)
  url.search = request.url.search
  return url
}
