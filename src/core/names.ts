import { sha256Text } from './sha256.ts'

/** Normalised name of a user: NFC, lower-case. */
export type UserName = string
/** Name of a server; empty for the default server. */
export type ServerName = string

/** A name that may be used, or why it may not: a phrase that completes "cannot be used: …". */
export type ParsedName = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly reason: string }

type NameCheck = { readonly refuses: (raw: string, name: string) => boolean; readonly reason: string }

/** Longest user name, in bytes of UTF-8 after normalisation. */
export const maxUserNameBytes = 255

const utf8Length = (text: string): number => new TextEncoder().encode(text).length

/**
 * What a user name may not be, first match wins. Compatibility characters (full-width letters, the Kelvin sign, ligatures) are refused, not mapped:
 * two people must never look the same or end up as the same account.
 */
const userNameChecks: readonly NameCheck[] = [
  { refuses: (raw) => raw.length > 4 * maxUserNameBytes, reason: `it is longer than ${maxUserNameBytes} bytes` },
  { refuses: (raw) => raw.trim() === '', reason: 'it is empty' },
  { refuses: (raw) => raw !== raw.trim(), reason: 'it begins or ends with a blank' },
  { refuses: (_, name) => utf8Length(name) > maxUserNameBytes, reason: `it is longer than ${maxUserNameBytes} bytes` },
  { refuses: (_, name) => name === '.' || name === '..', reason: 'it means a folder' },
  { refuses: (_, name) => /[/\\]/.test(name), reason: 'it contains a slash' },
  { refuses: (raw) => /\p{Cc}|\p{Cs}/u.test(raw), reason: 'it contains a control character' },
  { refuses: (raw) => /\p{Cf}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u.test(raw), reason: 'it contains an invisible character' },
  {
    refuses: (raw) => /[\u2126\u212a\u212b]/.test(raw) || raw.normalize('NFC') !== raw.normalize('NFKC'),
    reason: 'it contains a character that only looks like another one',
  },
  { refuses: (_, name) => !/^[\p{L}\p{M}\p{N} ._@+~-]*$/u.test(name), reason: 'only letters, digits, blanks and . _ - @ + ~ may be used' },
  { refuses: (_, name) => !/^[\p{L}\p{N}_]/u.test(name), reason: 'it has to begin with a letter, a digit or an underscore' },
  { refuses: (_, name) => name.includes('  '), reason: 'it contains two blanks in a row' },
  { refuses: (_, name) => /^__.*__$/.test(name), reason: 'names between double underscores are reserved' },
]

/**
 * The normalised form of a user name, or why it is refused. Every way by which a user can come into being goes through this.
 * A form strips blanks around what was typed before it calls this; elsewhere they are refused.
 */
export function parseUserName(raw: string): ParsedName {
  const name = raw.length > 4 * maxUserNameBytes ? '' : raw.normalize('NFC').toLowerCase().normalize('NFC')
  const failed = userNameChecks.find((check) => check.refuses(raw, name))
  return failed === undefined ? { ok: true, name } : { ok: false, reason: failed.reason }
}

/** A new server's name (rest-api §1.5): 1–30 of a-z, 0-9 and single hyphens, a letter first, no hyphen last. Empty: the default server. */
export function parseServerName(raw: string): ParsedName {
  if (raw === '') return { ok: true, name: '' }
  if (raw.length > 30) return { ok: false, reason: 'it is longer than 30 characters' }
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(raw)) return { ok: true, name: raw }
  return { ok: false, reason: 'it has to begin with a letter and may contain lower-case letters, digits and single hyphens' }
}

/** A name cut to what may be shown in a message or a log line. */
export const shownName = (raw: string): string => (raw.length > 64 ? `${raw.slice(0, 64).toWellFormed()}…` : raw.toWellFormed())

/** Percent-encodes everything but `A-Z a-z 0-9 _ . - ~ @`, upper-case hex (rest-api §0.1). */
export function escapePath(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replaceAll('%40', '@')
  return encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** `/user/alice/`, or `/user/alice/lab/` for a named server. `baseUrl` begins and ends with a slash. */
export function serverPath(baseUrl: string, user: UserName, server: ServerName): string {
  return `${baseUrl}user/${escapePath(user)}/${server === '' ? '' : `${escapePath(server)}/`}`
}

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')
const plainSlug = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/**
 * A name for folders, containers, pods and volumes of one server: `alice`, `alice--lab`, or `readable---<128 bits of hash>` for everything that does not fit.
 * Different (user, server) never give the same; at most 49 of `a-z 0-9 -`, no hyphen at either end.
 */
export function objectSlug(user: UserName, server: ServerName): string {
  const plain = server === '' ? user : `${user}--${server}`
  const isPlain = plainSlug.test(user) && (server === '' || plainSlug.test(server))
  if (isPlain && plain.length <= 46) return plain
  const readable = `${lettersOf(user)}${lettersOf(server)}`.slice(0, 14) || 'x'
  return `${readable}---${sha256Text(JSON.stringify([user, server])).slice(0, 32)}`
}

/** The slug of what belongs to a user as a whole: home folder, volume. Different users never give the same. */
export const userSlug = (user: UserName): string => objectSlug(user, '')

/**
 * The name under which files are kept, as a part of other names: that of a second holder of a name (`ada/2`) without its slash. Names of users have
 * no capitals, so that it is nobody else's either.
 */
export const keptName = (homeName: string): string => homeName.replace('/', '.V')

const encodeClientPart = (text: string): string => escapePath(text).replaceAll('@', '%40')

/**
 * Id of a server's OAuth client, which is also the name of the server's login cookie: `jupyterhub-user-alice`, `jupyterhub-user-alice-lab`.
 * A hyphen of the user's name is encoded, so that the first hyphen after it always separates.
 */
export function oauthClientId(user: UserName, server: ServerName): string {
  const owner = encodeClientPart(user).replaceAll('-', '%2D')
  return `jupyterhub-user-${owner}${server === '' ? '' : `-${encodeClientPart(server)}`}`
}
