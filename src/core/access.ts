import type { AccessRules } from './access-rules.ts'
import type { ErrorCode } from './errors.ts'
import { parseUserName } from './names.ts'

/** Who somebody proved to be, as far as admission is concerned. What the authenticator demands of everybody has been checked before. */
export type AccessIdentity = {
  /** Id of the authenticator that vouches for it. */
  readonly authenticator: string
  /** As proved, before normalisation. */
  readonly userName: string
  /** Null: the authenticator has no opinion. */
  readonly admin: boolean | null
  /** Null: the authenticator knows nothing of groups. */
  readonly groups: readonly string[] | null
  /** A rule of the authenticator itself lets them in: an organisation, a group, a domain. */
  readonly vouched?: boolean
}

/** `admin` null: leave it as it is. `groups` null: leave them as they are. */
export type AccessDecision =
  | { readonly kind: 'admitted'; readonly name: string; readonly admin: boolean | null; readonly groups: readonly string[] | null }
  | { readonly kind: 'refused'; readonly reason: Extract<ErrorCode, 'sign_in_failed' | 'account_blocked' | 'forbidden'> }

/** The name here for a name at the authenticator: normalised, then mapped. Null when it cannot be used. */
export function admittedName(userName: string, rules: Pick<AccessRules, 'userNameMap' | 'userNamePattern'>): string | null {
  const mapped = rules.userNameMap.get(userName.normalize('NFC').toLowerCase())
  const parsed = parseUserName(mapped ?? userName)
  if (!parsed.ok) return null
  return rules.userNamePattern === null || rules.userNamePattern.test(parsed.name) ? parsed.name : null
}

/**
 * Do the lists of the operator speak of this person? `byName`: names without an authenticator before them mean people of this one
 * (or the account is theirs already).
 */
export function listedIn(rules: AccessRules, who: Listed): { readonly allowed: boolean; readonly admin: boolean } {
  const isOn = (names: ReadonlySet<string>): boolean => (who.byName && names.has(who.name)) || names.has(`${who.authenticator}:${who.name}`)
  const admin = isOn(rules.adminUsers)
  return { admin, allowed: admin || isOn(rules.allowedUsers) }
}

/** Somebody whom a list may name. */
export type Listed = { readonly name: string; readonly authenticator: string; readonly byName: boolean }

/**
 * Is somebody let in, and as whom? The order is a security property (auth-and-security §1.4): the name first, then what blocks, then what allows.
 * Nothing that allows can undo a block, and when no rule allows, nobody comes in.
 */
export function decideAccess(
  identity: AccessIdentity,
  rules: AccessRules,
  account: { readonly byName: boolean; readonly exists: boolean },
): AccessDecision {
  const name = admittedName(identity.userName, rules)
  if (name === null) return { kind: 'refused', reason: 'sign_in_failed' }
  if (rules.blockedUsers.has(name)) return { kind: 'refused', reason: 'account_blocked' }
  const listed = listedIn(rules, { name, authenticator: identity.authenticator, byName: account.byName })
  const admin = listed.admin ? true : identity.admin
  const isAllowed =
    rules.allowAll || listed.allowed || admin === true || identity.vouched === true || (rules.allowExistingUsers && account.exists)
  return isAllowed ? { kind: 'admitted', name, admin, groups: identity.groups } : { kind: 'refused', reason: 'forbidden' }
}
