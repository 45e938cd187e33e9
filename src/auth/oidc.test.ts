import { redirectAuthenticatorPromises } from '../../test/conformance/redirect-authenticator.ts'
import { oidcEntry } from '../../test/support/oidc-entry.ts'
import { startOidcProvider } from '../../test/support/oidc-provider.ts'
import { systemClock } from '../lib/clock.ts'
import { createOidc } from './oidc.ts'

const callbackUrl = 'http://127.0.0.1:8000/hub/oauth_callback'

for (const refreshTokens of [false, true])
  redirectAuthenticatorPromises(`oidc ${refreshTokens ? 'with' : 'without'} refresh tokens`, async () => {
    const provider = await startOidcProvider({ callbackUrl, refreshTokens })
    return {
      authenticator: createOidc(oidcEntry(provider), { clock: systemClock }),
      callbackUrl,
      approve: provider.approve,
      deny: (url) => provider.approve(url, null),
      revoke: provider.revoke,
      goAway: provider.close,
      [Symbol.asyncDispose]: provider.close,
    }
  })
