import type { RedirectAuthenticator } from '../../auth/authenticator.ts'
import { hubPrefixOf } from '../deps.ts'
import type { HttpDeps } from '../deps.ts'

/** Where a sign-in with that authenticator begins. */
export function loginPath(hub: HttpDeps, { id }: Pick<RedirectAuthenticator, 'id'>, next: string | null): string {
  const path = `${hubPrefixOf(hub.options)}oauth_login/${id}`
  return next === null ? path : `${path}?next=${encodeURIComponent(next)}`
}
