/** Longest `next` that is looked at. Long enough for an authorize request of the longest user name. */
const maxLength = 8192

/** Where the hub is reached. */
export type OwnOrigins = {
  /** Origin as browsers see it: `https://hub.example.org`. */
  readonly hub: string
  /** Domain below which user servers have hosts of their own; null without subdomains. */
  readonly domain?: string | null
}

/** Control characters and blanks at the start are dropped by browsers, which would turn a path into another address. */
const isSuspicious = (next: string): boolean => next.length > maxLength || /\p{Cc}|^\s/u.test(next) || !next.isWellFormed()

/** The part behind the origin, when `next` is an absolute address of ours or a path; else null. */
function localPart(next: string, own: OwnOrigins): string | null {
  const { protocol, host } = new URL(own.hub)
  for (const prefix of [`${protocol}//${host}/`, `//${host}/`]) {
    if (next.startsWith(prefix)) return next.slice(prefix.length - 1)
  }
  if (/^\/(?!\/)/.test(next)) return next
  const url = typeof own.domain === 'string' && /^https?:\/\//.test(next) && URL.canParse(next) ? new URL(next) : null
  const isOurs = url !== null && (url.hostname === own.domain || url.hostname.endsWith(`.${own.domain ?? ''}`))
  return isOurs && url.username === '' && url.password === '' ? `${url.pathname}${url.search}${url.hash}` : null
}

/**
 * A safe place to go after signing in or starting a server: a path on our own origin, with exactly one slash in front, or null when `next` leads anywhere else
 * (singleuser-and-web §5.5, auth-and-security §5.6). Check again wherever a kept `next` is used.
 */
export function safeNext(next: string | null | undefined, own: OwnOrigins): string | null {
  if (typeof next !== 'string' || isSuspicious(next)) return null
  const local = localPart(next.replaceAll('\\', '%5C'), own)
  if (local === null) return null
  const path = `/${local.replace(/^\/+/, '')}`
  if (!URL.canParse(path, own.hub)) return null
  const url = new URL(path, own.hub)
  if (url.origin !== new URL(own.hub).origin || url.username !== '' || url.password !== '') return null
  return `/${url.pathname.replace(/^\/+/, '')}${url.search}${url.hash}`
}
