import { z } from 'zod'

/** Providers whose traps are known. */
export const presetNames = ['google', 'azure', 'gitlab', 'okta', 'auth0', 'keycloak'] as const

/** One of them. */
export type PresetName = (typeof presetNames)[number]

/** What is known of a provider; options of the entry come before it. */
export type Preset = {
  readonly title: string
  /** Null: it has to be given. */
  readonly issuer: string | null
  readonly scope: readonly string[]
  /** The claim that becomes the user name. */
  readonly userNameClaim: string
  /** Where the domain of somebody is said: the domain of a confirmed e-mail address, `hd` (Google), or nowhere that can be trusted. */
  readonly domainFrom: 'email' | 'hd' | null
  /** Does the e-mail address prove anything once it is confirmed? Entra lets administrators of other tenants write any address. */
  readonly trustsEmail: boolean
  /** Claims that tell one person from all others, for ever. */
  readonly subject: readonly [string, string]
}

const common = {
  issuer: null,
  scope: ['openid', 'profile', 'email'],
  userNameClaim: 'preferred_username',
  domainFrom: 'email',
  trustsEmail: true,
  subject: ['iss', 'sub'],
} as const

/** Every provider with what differs from the usual (auth-and-security §3.2–3.6). */
export const presets: Readonly<Record<PresetName | 'oidc', Preset>> = {
  oidc: { ...common, title: 'OpenID' },
  google: {
    ...common,
    title: 'Google',
    issuer: 'https://accounts.google.com',
    scope: ['openid', 'email', 'profile'],
    userNameClaim: 'email',
    domainFrom: 'hd',
  },
  azure: { ...common, title: 'Microsoft', domainFrom: null, trustsEmail: false, subject: ['tid', 'oid'] },
  gitlab: { ...common, title: 'GitLab', issuer: 'https://gitlab.com', userNameClaim: 'nickname' },
  okta: { ...common, title: 'Okta' },
  auth0: { ...common, title: 'Auth0', userNameClaim: 'email' },
  keycloak: { ...common, title: 'Keycloak' },
}

/** A tenant of Entra by its number: `common`, `organizations` and `consumers` are everybody, and domains can be moved. */
export const tenantSchema = z
  .string()
  .regex(
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    "expected the tenant (directory) id, such as '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'; 'common' and 'organizations' would let in every tenant",
  )
  .transform((text) => text.toLowerCase())

/** The issuer that tokens have to name. Null: it is not known. */
export function issuerOf(options: {
  readonly preset?: PresetName | undefined
  readonly issuer?: string | undefined
  readonly tenant?: string | undefined
}): string | null {
  if (options.issuer !== undefined) return options.issuer
  if (options.preset === 'azure') return options.tenant === undefined ? null : `https://login.microsoftonline.com/${options.tenant}/v2.0`
  return presets[options.preset ?? 'oidc'].issuer
}
