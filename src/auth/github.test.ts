import { redirectAuthenticatorPromises } from '../../test/conformance/redirect-authenticator.ts'
import { startFakeGithub } from '../../test/support/fake-github.ts'
import { systemClock } from '../lib/clock.ts'
import { createGithub } from './github.ts'
import type { GithubOptions } from './github-options.ts'

const callbackUrl = 'http://127.0.0.1:8000/hub/oauth_callback'

redirectAuthenticatorPromises('github', async () => {
  const github = await startFakeGithub({ application: { callbackUrl } })
  const { clientId, clientSecret } = github.world.application
  const options: GithubOptions = {
    kind: 'github',
    clientId,
    clientSecret,
    callbackUrl,
    autoLogin: false,
    authRefreshAgeSeconds: 300,
    authRefreshGraceSeconds: 900,
    enableAuthState: false,
    id: 'github',
    title: 'GitHub',
    githubUrl: github.url,
    apiUrl: undefined,
    allowedOrganizations: [],
    groupsFromTeams: [],
    requireVerifiedEmail: false,
    scope: [],
  }
  return {
    authenticator: createGithub(options, { clock: systemClock }),
    callbackUrl,
    approve: (url, person) => github.approve(url, person),
    deny: (url) => github.approve(url, null),
    revoke: () => Promise.resolve(github.world.tokens.clear()),
    goAway: () => github.close(),
    [Symbol.asyncDispose]: () => github.close(),
  }
})
