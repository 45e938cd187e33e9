import { z } from 'zod'
import { httpUrlSchema } from '../core/option-schemas.ts'
import { defineOptions, opt, optional, required } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'
import { authenticatorId, redirectOptions } from './redirect-options.ts'

const organisation = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*(?::[A-Za-z0-9][\w.-]*)?$/, "expected an organisation, or one of its teams as 'organisation:team'")

/** Options of signing in with GitHub. */
export const githubOptions = defineOptions(
  'authenticators',
  'Signing in with GitHub, or a GitHub Enterprise Server. Needs an OAuth app or a GitHub App.',
  {
    clientId: required(z.string().min(1), 'The client id of the app at GitHub.', {
      source: 'GitHubOAuthenticator.client_id',
      env: ['GITHUB_CLIENT_ID', 'OAUTH_CLIENT_ID'],
      example: 'Iv1.0123456789abcdef',
    }),
    clientSecret: required(z.string().min(1), 'The client secret of the app at GitHub.', {
      source: 'GitHubOAuthenticator.client_secret',
      env: ['GITHUB_CLIENT_SECRET', 'OAUTH_CLIENT_SECRET'],
      secret: true,
      example: 'a secret that GitHub shows once',
    }),
    ...redirectOptions,
    id: opt(authenticatorId, 'github', 'Name of this entry in addresses and with accounts. Must not change once people have signed in.'),
    title: opt(z.string().min(1), 'GitHub', 'Name on the button of the sign-in page.', { source: 'OAuthenticator.login_service' }),
    githubUrl: opt(httpUrlSchema, 'https://github.com', 'Address of GitHub, or of a GitHub Enterprise Server.', {
      source: 'GitHubOAuthenticator.github_url',
      env: ['GITHUB_URL'],
      example: 'https://github.example.org',
    }),
    apiUrl: optional(httpUrlSchema, 'Address of its REST API. Without it: https://api.github.com, or githubUrl with /api/v3.', {
      source: 'GitHubOAuthenticator.github_api',
      example: 'https://github.example.org/api/v3',
    }),
    allowedOrganizations: opt(
      z.array(organisation),
      [],
      "Members of these organisations, or teams ('organisation:team'), may sign in, in addition to the rules of the section access.",
      { source: 'GitHubOAuthenticator.allowed_organizations', example: ['acme', 'other:staff'] },
    ),
    groupsFromTeams: opt(
      z.array(organisation),
      [],
      "Teams of these organisations become groups named 'organisation:team', kept up to date.",
      { source: 'GitHubOAuthenticator.populate_teams_in_auth_state', example: ['acme'] },
    ),
    requireVerifiedEmail: opt(z.boolean(), false, 'Lets in only people whose primary e-mail address is confirmed at GitHub.'),
    scope: opt(z.array(z.string().min(1)), [], 'Further scopes to ask for, beside those that the other options need.', {
      source: 'OAuthenticator.scope',
      example: ['repo'],
    }),
  },
  'github',
)

/** Values of an entry of `authenticators` with the kind `github`. */
export type GithubOptions = SectionValues<typeof githubOptions>
