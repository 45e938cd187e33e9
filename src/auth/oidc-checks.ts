import { isLoopback } from '../core/option-schemas.ts'
import { presetOf } from './oidc-options.ts'
import type { OidcOptions } from './oidc-options.ts'
import { issuerOf } from './oidc-presets.ts'

/** What is wrong with an option of an entry beside the others, and what to do. */
export type OidcProblem = { readonly option: keyof OidcOptions; readonly what: string; readonly fix: string }

type Check = (options: OidcOptions) => readonly OidcProblem[]

const oneProblem = (isWrong: boolean, option: keyof OidcOptions, what: string, fix: string): readonly OidcProblem[] =>
  isWrong ? [{ option, what, fix }] : []

/** The traps of providers that show in the options already. */
const checks: readonly Check[] = [
  ({ preset, tenant }) =>
    oneProblem(
      preset === 'azure' && tenant === undefined,
      'tenant',
      'it has to be given for the preset azure: without it people of every tenant would get in',
      "Write the tenant (directory) id of your organisation, such as '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'.",
    ),
  ({ preset, tenant }) =>
    oneProblem(
      preset !== 'azure' && tenant !== undefined,
      'tenant',
      'only the preset azure has tenants',
      "Remove it, or write preset: 'azure'.",
    ),
  (options) =>
    oneProblem(
      issuerOf(options) === null && options.preset !== 'azure',
      'issuer',
      'it has to be given',
      'Write the address of the provider: what stands before /.well-known/openid-configuration.',
    ),
  ({ preset, issuer }) =>
    oneProblem(
      (preset === 'google' || preset === 'azure') && issuer !== undefined && !isLocal(issuer),
      'issuer',
      `the preset ${preset ?? ''} has an issuer of its own`,
      'Remove it, or remove preset.',
    ),
  (options) => {
    const issuer = issuerOf(options)
    const isOpen = issuer !== null && issuer.startsWith('http:') && !isLocal(issuer) && !options.insecureIssuer
    return oneProblem(isOpen, 'issuer', 'tokens and secrets would travel unprotected', 'Write https.')
  },
  (options) => {
    const isName = options.userNameClaim === 'email' && !presetOf(options).trustsEmail
    const fix = "Leave it out, or write userNameClaim: 'preferred_username'."
    return oneProblem(isName, 'userNameClaim', 'at Microsoft an e-mail address proves nothing: whoever manages a tenant can write any', fix)
  },
  (options) => {
    const hasDomains = options.requiredDomains.length + options.allowedDomains.length > 0
    const option = options.requiredDomains.length > 0 ? 'requiredDomains' : 'allowedDomains'
    const isBlind = hasDomains && presetOf(options).domainFrom === null
    return oneProblem(
      isBlind,
      option,
      'this provider says nothing about domains that can be believed',
      'Remove it; tenant and allowedGroups say who gets in.',
    )
  },
]

const isLocal = (url: string): boolean => isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''))

/** Everything that is wrong with an entry. */
export const oidcProblems = (options: OidcOptions): readonly OidcProblem[] => checks.flatMap((check) => check(options))
