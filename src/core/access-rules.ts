import { parseUserName } from './names.ts'
import type { ParsedName } from './names.ts'

/** Rules of the operator, made by `accessRules`. */
export type AccessRules = {
  readonly allowAll: boolean
  /** People who already have an account may come in. */
  readonly allowExistingUsers: boolean
  /** `alice`, or `google:alice` for who is called so at that authenticator. */
  readonly allowedUsers: ReadonlySet<string>
  /** Like `allowedUsers`. */
  readonly adminUsers: ReadonlySet<string>
  readonly blockedUsers: ReadonlySet<string>
  /** Groups that exist already, or have roles, and whose members an authenticator may decide nevertheless. */
  readonly managedGroups: ReadonlySet<string>
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
  readonly adminUsers?: readonly string[]
  readonly blockedUsers?: readonly string[]
  readonly managedGroups?: readonly string[]
  readonly userNameMap?: Readonly<Record<string, string>>
  readonly userNamePattern?: string | undefined
}

/**
 * An entry of a list of people, normalised: `alice`, or `google:alice` for who is called so at the authenticator `google`.
 * No user name has a colon, so the two cannot be mistaken for each other.
 */
export function parseListedName(raw: string): ParsedName & { readonly authenticator: string | null } {
  const [, authenticator = null, rest = raw] = /^\s*([a-z][a-z0-9-]*):(.*)$/s.exec(raw) ?? []
  const parsed = parseUserName(rest.trim())
  if (!parsed.ok) return { ...parsed, authenticator }
  return { ok: true, name: authenticator === null ? parsed.name : `${authenticator}:${parsed.name}`, authenticator }
}

/** Is somebody of that name on the list, at whatever authenticator? */
export const isListed = (names: ReadonlySet<string>, name: string): boolean =>
  names.has(name) || [...names].some((listed) => listed.endsWith(`:${name}`))

const parsers = { allowedUsers: parseListedName, adminUsers: parseListedName, blockedUsers: (raw: string) => parseUserName(raw.trim()) }

function normalise(option: keyof typeof parsers, names: readonly string[], problems: string[]): ReadonlySet<string> {
  return new Set(
    names.flatMap((raw) => {
      const parsed = parsers[option](raw)
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
  const names = (option: keyof typeof parsers): ReadonlySet<string> => normalise(option, settings[option] ?? [], problems)
  const mapped = Object.entries(settings.userNameMap ?? {}).map(([from, to]): [string, string] => [from.normalize('NFC').toLowerCase(), to])
  const rules: AccessRules = {
    allowAll: settings.allowAll ?? false,
    allowExistingUsers: settings.allowExistingUsers ?? false,
    allowedUsers: names('allowedUsers'),
    adminUsers: names('adminUsers'),
    blockedUsers: names('blockedUsers'),
    managedGroups: new Set((settings.managedGroups ?? []).map((name) => name.normalize('NFC'))),
    userNameMap: new Map(mapped),
    userNamePattern: fullPattern(settings.userNamePattern, problems),
  }
  return { rules, problems }
}
