import { z } from 'zod'
import { countSchema, httpUrlSchema } from '../core/option-schemas.ts'
import { opt, optional } from '../core/options.ts'
import type { ValuesOf } from '../core/options.ts'
import type { RedirectSettings } from './authenticator.ts'

/** Name of an authenticator in addresses and with accounts. */
export const authenticatorId = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'expected lower-case letters, digits and hyphens')

/** Options of every authenticator that sends the browser elsewhere. */
export const redirectOptions = {
  callbackUrl: optional(
    httpUrlSchema,
    'The callback address as it is registered at the provider. Without it: hub.publicUrl with the path of the hub and oauth_callback.',
    {
      source: 'OAuthenticator.oauth_callback_url',
      env: ['OAUTH_CALLBACK_URL'],
      example: 'https://hub.example.org/hub/oauth_callback',
    },
  ),
  autoLogin: opt(z.boolean(), false, 'Goes there at once when it is the only way to sign in, without a page that asks.', {
    source: 'Authenticator.auto_login',
  }),
  authRefreshAgeSeconds: opt(
    countSchema(),
    300,
    'How long the answer of the provider counts before it is asked again; 0: until the next sign-in.',
    {
      unit: 'seconds',
      source: 'Authenticator.auth_refresh_age',
    },
  ),
  authRefreshGraceSeconds: opt(countSchema(), 900, 'How much longer a sign-in goes on while the provider does not answer.', {
    unit: 'seconds',
  }),
  enableAuthState: opt(
    z.boolean(),
    false,
    'Shows the tokens of the provider to holders of the scope admin:auth_state, and gives them to the spawner. They are kept encrypted either way.',
    { source: 'Authenticator.enable_auth_state' },
  ),
} as const

/** The same, as the hub uses them. */
export const redirectSettings = (options: ValuesOf<typeof redirectOptions>): RedirectSettings => ({
  callbackUrl: options.callbackUrl ?? null,
  autoLogin: options.autoLogin,
  authRefreshAgeSeconds: options.authRefreshAgeSeconds,
  authRefreshGraceSeconds: options.authRefreshGraceSeconds,
  enableAuthState: options.enableAuthState,
})
