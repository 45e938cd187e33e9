import type { RedirectAuthenticator } from '../../auth/authenticator.ts'
import { HubError } from '../../core/errors.ts'
import { isLoopback } from '../../core/option-schemas.ts'
import { hubPrefixOf } from '../deps.ts'
import type { PageCall } from '../page.ts'

/**
 * The callback address, to the letter: the configured one, else the public address of the hub. What a request says about its host is believed only
 * when that is this machine. Errors: callback_unknown.
 */
export function callbackUrlOf({ hub, exchange }: PageCall, { id, settings }: RedirectAuthenticator): string {
  if (settings.callbackUrl !== null) return new URL(settings.callbackUrl).href
  const { origin } = exchange.client
  const isKnown = hub.publicUrl !== null || (URL.canParse(origin) && isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, '')))
  if (!isKnown) throw new HubError('callback_unknown', { authenticator: id })
  return new URL(`${hubPrefixOf(hub.options)}oauth_callback`, origin).href
}
