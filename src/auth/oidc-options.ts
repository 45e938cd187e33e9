import { z } from 'zod'
import { httpUrlSchema } from '../core/option-schemas.ts'
import { defineOptions, opt, optional, required } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'
import { presetNames, presets, tenantSchema } from './oidc-presets.ts'
import type { Preset } from './oidc-presets.ts'
import { authenticatorId, redirectOptions } from './redirect-options.ts'

const domain = z
  .string()
  .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, "expected a domain, such as 'school.example'")
  .transform((text) => text.toLowerCase())
const domains = z.array(domain)
const names = z.array(z.string().min(1))

/** Parameters that the protocol itself sets. */
const reserved = /^(?:state|nonce|scope|client_id|redirect_uri|response_type|response_mode|code_challenge(?:_method)?|request(?:_uri)?)$/

/** Options of signing in with any OpenID provider. */
export const oidcOptions = defineOptions(
  'authenticators',
  'Signing in with Google, Microsoft, GitLab, Okta, Auth0, Keycloak, or any other OpenID provider.',
  {
    preset: optional(
      z.enum(presetNames),
      'The provider, when it is one of these. It sets the issuer, the user name and what has to be checked.',
      {
        example: 'google',
      },
    ),
    issuer: optional(httpUrlSchema, 'Address of the provider, as its tokens name it. Needed unless the preset knows it.', {
      source: 'OAuthenticator.authorize_url',
      env: ['GITLAB_URL'],
      example: 'https://sso.example.org/realms/school',
    }),
    tenant: optional(tenantSchema, 'Tenant (directory) id, for the preset azure: only people of this tenant get in.', {
      source: 'AzureAdOAuthenticator.tenant_id',
      env: ['AAD_TENANT_ID'],
      example: '8eaef023-2b34-4da1-9baa-8bc8c9d6a490',
    }),
    clientId: required(z.string().min(1), 'The client id of this hub at the provider.', {
      source: 'OAuthenticator.client_id',
      env: ['OAUTH_CLIENT_ID'],
      example: 'orrery',
    }),
    clientSecret: optional(z.string().min(1), 'The client secret of this hub at the provider. Without it the hub is a public client.', {
      source: 'OAuthenticator.client_secret',
      env: ['OAUTH_CLIENT_SECRET'],
      secret: true,
      example: 'a secret of the provider',
    }),
    clientAuthentication: optional(
      z.enum(['basic', 'post']),
      'How the secret is sent: in a header, or in the form. Without it: what the provider says it takes.',
      { source: 'OAuthenticator.basic_auth', example: 'post' },
    ),
    ...redirectOptions,
    id: optional(
      authenticatorId,
      'Name of this entry in addresses and with accounts. Must not change once people have signed in. Without it: the preset.',
      {
        example: 'school',
      },
    ),
    title: optional(z.string().min(1), 'Name on the button of the sign-in page.', {
      source: 'OAuthenticator.login_service',
      env: ['LOGIN_SERVICE'],
      example: 'School account',
    }),
    scope: optional(names, "What is asked for, besides 'openid'.", {
      source: 'OAuthenticator.scope',
      example: ['profile', 'email', 'groups'],
    }),
    extraAuthorizeParams: opt(
      z.record(
        z.string().refine((name) => !reserved.test(name), 'expected a parameter that the hub does not set itself'),
        z.string(),
      ),
      {},
      'Further parameters of the address to which the browser is sent.',
      { source: 'OAuthenticator.extra_authorize_params', example: { prompt: 'select_account' } },
    ),
    userNameClaim: optional(
      z.string().min(1),
      "The claim that becomes the user name. 'email' counts only when the provider says that it is confirmed.",
      { source: 'OAuthenticator.username_claim', env: ['OAUTH2_USERNAME_KEY'], example: 'preferred_username' },
    ),
    stripDomain: optional(domain, "Takes '@' and this domain off the end of the user name. Names of other domains stay as they are.", {
      source: 'GoogleOAuthenticator.strip_domain',
      example: 'school.example',
    }),
    requiredDomains: opt(
      domains,
      [],
      'Keeps out everybody who is not of one of these domains, whatever else lets them in. Google: the domain of the Workspace; others: of the confirmed e-mail address.',
      { source: 'GoogleOAuthenticator.hosted_domain', example: ['school.example'] },
    ),
    allowedDomains: opt(domains, [], 'Lets in everybody of these domains, in addition to the rules of the section access.', {
      source: 'GoogleOAuthenticator.allowed_hosted_domains',
      example: ['school.example'],
    }),
    groupsClaim: opt(z.string().min(1), 'groups', "The claim with the groups; 'realm_access.roles' looks inside.", {
      source: 'OAuthenticator.auth_state_groups_key',
      env: ['OAUTH2_GROUPS_KEY'],
    }),
    allowedGroups: opt(names, [], 'Lets in members of these groups of the provider, in addition to the rules of the section access.', {
      source: 'OAuthenticator.allowed_groups',
      example: ['/staff'],
    }),
    adminGroups: opt(
      names,
      [],
      'Members of these groups of the provider are administrators. Whoever is in none of them and not in access.adminUsers stops being one at the next sign-in.',
      { source: 'OAuthenticator.admin_groups', example: ['/admins'] },
    ),
    manageGroups: opt(z.boolean(), false, 'Keeps the groups of the provider as groups here. A slash in a name becomes a colon.', {
      source: 'OAuthenticator.manage_groups',
    }),
    groupPrefix: opt(z.string(), '', 'Put before the names of the groups that are kept.', { example: 'school-' }),
    signOutThere: opt(z.boolean(), false, 'Signing out here leads to the provider, to sign out there too.', {
      source: 'OAuthenticator.logout_redirect_url',
    }),
    insecureIssuer: opt(z.boolean(), false, 'Allows an issuer without https on another machine.'),
  },
  'oidc',
)

/** Values of an entry of `authenticators` with the kind `oidc`. */
export type OidcOptions = SectionValues<typeof oidcOptions>

/** What is known of the provider of an entry. */
export const presetOf = (options: Pick<OidcOptions, 'preset'>): Preset => presets[options.preset ?? 'oidc']

/** The id of an entry. */
export const oidcId = (options: Pick<OidcOptions, 'id' | 'preset'>): string => options.id ?? options.preset ?? 'oidc'
