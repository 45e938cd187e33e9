import type { ErrorCode } from './errors.ts'
import { parseUserName } from './names.ts'

/** Who somebody proved to be, as far as admission is concerned. */
export type AccessIdentity = {
  /** As proved, before normalisation. */
  readonly userName: string
  /** Null: the authenticator has no opinion. */
  readonly admin: boolean | null
  readonly groups: readonly string[] | null
}

/** Rules of the operator, made by `accessRules`. */
export type AccessRules = {
  readonly allowAll: boolean
  /** People who already have an account may come in. */
  readonly allowExistingUsers: boolean
  readonly allowedUsers: ReadonlySet<string>
  readonly allowedGroups: ReadonlySet<string>
  readonly adminUsers: ReadonlySet<string>
  readonly blockedUsers: ReadonlySet<string>
  /** Names at the authenticator (normalised) to names here. */
  readonly userNameMap: ReadonlyMap<string, string>
  /** The whole normalised name has to match. Null: any name. */
  readonly userNamePattern: RegExp | null
}

/** The rules as configured, before names are normalised. */
export type AccessSettings = {
  readonly allowAll?: boolean
  readonly allowExistingUsers?: boolean
  readonly allowedUsers?: readonly string[]
  readonly allowedGroups?: readonly string[]
  readonly adminUsers?: readonly string[]
  readonly blockedUsers?: readonly string[]
  readonly userNameMap?: Readonly<Record<string, string>>
  readonly userNamePattern?: string
}

/** `admin` null: leave it as it is. `groups` null: leave them as they are. */
export type AccessDecision =
  | { readonly kind: 'admitted'; readonly name: string; readonly admin: boolean | null; readonly groups: readonly string[] | null }
  | { readonly kind: 'refused'; readonly reason: Extract<ErrorCode, 'sign_in_failed' | 'account_blocked' | 'forbidden'> }

function normalise(option: string, names: readonly string[], problems: string[]): ReadonlySet<string> {
  return new Set(
    names.flatMap((raw) => {
      const parsed = parseUserName(raw.trim())
      if (!parsed.ok) problems.push(`access.${option}: ${JSON.stringify(raw)} cannot be used: ${parsed.reason}`)
      return parsed.ok ? [parsed.name] : []
    }),
  )
}

function fullPattern(pattern: string | undefined, problems: string[]): RegExp | null {
  if (pattern === undefined || pattern === '') return null
  try {
    return new RegExp(`^(?:${pattern})$`, 'u')
  } catch {
    problems.push(`access.userNamePattern: ${pattern} is not a regular expression`)
    return null
  }
}

/** Rules with every name normalised in the same way as at sign-in, and a sentence for each entry that cannot be used. */
export function accessRules(settings: AccessSettings): { readonly rules: AccessRules; readonly problems: readonly string[] } {
  const problems: string[] = []
  const names = (option: 'allowedUsers' | 'adminUsers' | 'blockedUsers'): ReadonlySet<string> =>
    normalise(option, settings[option] ?? [], problems)
  const mapped = Object.entries(settings.userNameMap ?? {}).map(([from, to]): [string, string] => [from.normalize('NFC').toLowerCase(), to])
  const rules: AccessRules = {
    allowAll: settings.allowAll ?? false,
    allowExistingUsers: settings.allowExistingUsers ?? (settings.allowedUsers ?? []).length > 0,
    allowedUsers: names('allowedUsers'),
    allowedGroups: new Set(settings.allowedGroups),
    adminUsers: names('adminUsers'),
    blockedUsers: names('blockedUsers'),
    userNameMap: new Map(mapped),
    userNamePattern: fullPattern(settings.userNamePattern, problems),
  }
  return { rules, problems }
}

/** The name here for a name at the authenticator: normalised, then mapped. Null when it cannot be used. */
export function admittedName(userName: string, rules: Pick<AccessRules, 'userNameMap' | 'userNamePattern'>): string | null {
  const mapped = rules.userNameMap.get(userName.normalize('NFC').toLowerCase())
  const parsed = parseUserName(mapped ?? userName)
  if (!parsed.ok) return null
  return rules.userNamePattern === null || rules.userNamePattern.test(parsed.name) ? parsed.name : null
}

/**
 * Is somebody let in, and as whom? The order is a security property (auth-and-security §1.4): the name first, then what blocks, then what allows.
 * Nothing that allows can undo a block, and when no rule allows, nobody comes in. `exists`: there is an account of the (normalised) name.
 */
export function decideAccess(identity: AccessIdentity, rules: AccessRules, exists: (name: string) => boolean): AccessDecision {
  const name = admittedName(identity.userName, rules)
  if (name === null) return { kind: 'refused', reason: 'sign_in_failed' }
  if (rules.blockedUsers.has(name)) return { kind: 'refused', reason: 'account_blocked' }
  const admin = identity.admin ?? (rules.adminUsers.has(name) ? true : null)
  const isAllowed =
    rules.allowAll ||
    admin === true ||
    rules.allowedUsers.has(name) ||
    (rules.allowExistingUsers && exists(name)) ||
    (identity.groups ?? []).some((group) => rules.allowedGroups.has(group))
  return isAllowed ? { kind: 'admitted', name, admin, groups: identity.groups } : { kind: 'refused', reason: 'forbidden' }
}
