import { serverPath } from './names.ts'
import type { ServerName, UserName } from './names.ts'
import { sha256Text } from './sha256.ts'

/** Where the hub is, as far as addresses of servers depend on it. */
export type HubPlace = {
  /** Begins and ends with a slash. */
  readonly baseUrl: string
  /** Origin of the hub (`https://hub.example.org`) when everybody's servers have a host of their own below it; else null or absent. */
  readonly subdomainHost?: string | null | undefined
}

const plainLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The part of a host name that stands for a person: the name itself when it can, else `u-readable--<128 bits of hash>`
 * (singleuser-and-web §5.8, with a longer hash). Different names never give the same; none looks like an encoded word (`xn--`).
 */
export function userLabel(user: UserName): string {
  if (plainLabel.test(user) && !user.includes('--')) return user
  const readable = user.replace(/[^a-z0-9]/g, '').slice(0, 8) || 'x'
  return `u-${readable}--${sha256Text(user).slice(0, 32)}`
}

/** The host of a person's servers, without port; null when they share that of the hub. */
export function userHost({ subdomainHost }: HubPlace, user: UserName): string | null {
  return subdomainHost ? `${userLabel(user)}.${new URL(subdomainHost).hostname}` : null
}

/** `https://alice.hub.example.org:8443`; empty when servers share the host of the hub, so that a path follows directly in both cases. */
export function userOrigin(place: HubPlace, user: UserName): string {
  const host = userHost(place, user)
  if (host === null || !place.subdomainHost) return ''
  const { protocol, port } = new URL(place.subdomainHost)
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}`
}

/** Where a browser that is at the hub finds a server: `/user/alice/`, or the whole address on the host of its own. */
export const serverUrl = (place: HubPlace, user: UserName, server: ServerName): string =>
  `${userOrigin(place, user)}${serverPath(place.baseUrl, user, server)}`

/** The route of a server: its path, behind its host when it has one. */
export function serverRoute(place: HubPlace, user: UserName, server: ServerName): string {
  const host = userHost(place, user)
  return `${host === null ? '' : `/${host}`}${serverPath(place.baseUrl, user, server)}`
}

/** True for a host (with or without port) that belongs to somebody's servers, not to the hub. */
export function isUserHost({ subdomainHost }: HubPlace, host: string): boolean {
  if (!subdomainHost) return false
  const name = host.toLowerCase().replace(/\.?(?::\d+)?$/, '')
  return name.endsWith(`.${new URL(subdomainHost).hostname}`)
}

/** All hosts of servers as one source of a content policy, `https://*.hub.example.org`; empty without such hosts. */
export function userOriginPattern({ subdomainHost }: HubPlace): string {
  if (!subdomainHost) return ''
  const { protocol, host } = new URL(subdomainHost)
  return `${protocol}//*.${host}`
}
