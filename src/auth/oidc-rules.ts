import type { Identity } from './authenticator.ts'
import { oidcId, presetOf } from './oidc-options.ts'
import type { OidcOptions } from './oidc-options.ts'

/** What a provider says about somebody: claims of OpenID Connect Core §5.1 and its own. */
export type Claims = Readonly<Record<string, unknown>>

/** Options by which claims are judged. */
export type ClaimRules = Pick<
  OidcOptions,
  | 'id'
  | 'preset'
  | 'tenant'
  | 'userNameClaim'
  | 'stripDomain'
  | 'requiredDomains'
  | 'allowedDomains'
  | 'groupsClaim'
  | 'allowedGroups'
  | 'adminGroups'
  | 'manageGroups'
  | 'groupPrefix'
>

/** Who it is; or why not: `odd` is a fault of the provider or the options, the others are about the person. */
export type Judged =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'odd'; readonly reason: string }
  | { readonly kind: 'email_unverified' | 'domain_not_allowed' }

const own = (claims: Claims, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined)

/**
 * Several accounts of the same person as one, the first counts most. Whether an e-mail address is confirmed is believed only from who names the
 * address.
 */
export function mergeClaims(...documents: readonly Claims[]): Claims {
  const merged = new Map<string, unknown>()
  for (const document of documents.toReversed()) {
    const namesAddress = Object.hasOwn(document, 'email')
    if (namesAddress) merged.delete('email_verified')
    for (const [name, value] of Object.entries(document)) if (name !== 'email_verified' || namesAddress) merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

/** The value of a claim by its name, or by the names on the way to it, with dots between them. */
export function claimAt(claims: Claims, path: string): unknown {
  const direct = own(claims, path)
  if (direct !== undefined) return direct
  return path.split('.').reduce<unknown>((at, name) => (isClaims(at) ? own(at, name) : undefined), claims)
}

const isClaims = (value: unknown): value is Claims => typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' && value.length <= 1024 ? value : null)

/** The address, when the provider says in so many words that it is confirmed. */
const confirmedEmail = (claims: Claims): string | null => (own(claims, 'email_verified') === true ? textOf(own(claims, 'email')) : null)

/** Who the claims of a checked token speak of, and what the options say about them. The restrictions come first, and always. */
export function judgeClaims(rules: ClaimRules, claims: Claims): Judged {
  const preset = presetOf(rules)
  if (rules.tenant !== undefined && own(claims, 'tid') !== rules.tenant)
    return { kind: 'odd', reason: 'it is about somebody of another tenant' }
  const domain = domainOf(rules, claims)
  if (rules.requiredDomains.length > 0 && (domain === null || !rules.requiredDomains.includes(domain)))
    return { kind: preset.domainFrom === 'email' && confirmedEmail(claims) === null ? 'email_unverified' : 'domain_not_allowed' }
  const subject = preset.subject.map((name) => textOf(own(claims, name)))
  if (subject.includes(null)) return { kind: 'odd', reason: `it has no ${preset.subject.join(' and ')}` }
  const nameClaim = rules.userNameClaim ?? preset.userNameClaim
  const raw = nameClaim === 'email' ? confirmedEmail(claims) : textOf(claimAt(claims, nameClaim))
  if (raw === null)
    return nameClaim === 'email'
      ? { kind: 'email_unverified' }
      : { kind: 'odd', reason: `it has no ${nameClaim}, which is to be the user name` }
  const groups = groupsIn(rules, claims)
  if (groups === 'incomplete') return { kind: 'odd', reason: 'it does not name all groups' }
  return {
    kind: 'identity',
    identity: {
      authenticator: oidcId(rules),
      subject: subject.join(' '),
      userName: preset.domainFrom === null || domain === rules.stripDomain ? withoutDomain(raw, rules.stripDomain) : raw,
      admin: rules.adminGroups.length === 0 ? null : groups.some((group) => rules.adminGroups.includes(group)),
      groups: rules.manageGroups ? keptNames(groups, rules.groupPrefix) : null,
      vouched: (domain !== null && rules.allowedDomains.includes(domain)) || groups.some((group) => rules.allowedGroups.includes(group)),
    },
  }
}

function domainOf(rules: ClaimRules, claims: Claims): string | null {
  const { domainFrom } = presetOf(rules)
  if (domainFrom === null) return null
  const text = domainFrom === 'hd' ? textOf(own(claims, 'hd')) : (confirmedEmail(claims)?.split('@').at(-1) ?? null)
  return text === null ? null : text.toLowerCase()
}

function withoutDomain(name: string, domain: string | undefined): string {
  const end = `@${domain ?? ''}`.toLowerCase()
  return domain !== undefined && name.toLowerCase().endsWith(end) && name.length > end.length ? name.slice(0, -end.length) : name
}

/** Whatever is no text is no group. Entra leaves the list out when it is long, and says so in `_claim_names`. */
function groupsIn(rules: ClaimRules, claims: Claims): readonly string[] | 'incomplete' {
  const isAsked = rules.allowedGroups.length > 0 || rules.adminGroups.length > 0 || rules.manageGroups
  if (!isAsked) return []
  const value = claimAt(claims, rules.groupsClaim)
  const pointers = own(claims, '_claim_names')
  const isElsewhere = (isClaims(pointers) && own(pointers, rules.groupsClaim) !== undefined) || own(claims, 'hasgroups') === true
  if (value === undefined && isElsewhere) return 'incomplete'
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((group) => typeof group === 'string')
}

/** Names of groups here: paths with colons instead of slashes. What has a colon of its own could be mistaken for a path. */
const keptNames = (groups: readonly string[], prefix: string): readonly string[] =>
  [
    ...new Set(groups.filter((group) => !group.includes(':')).map((group) => `${prefix}${group.replace(/^\//, '').replaceAll('/', ':')}`)),
  ].toSorted()
