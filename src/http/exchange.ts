import { randomBytes } from 'node:crypto'
import { isUserHost } from '../core/addresses.ts'
import type { HubPlace } from '../core/addresses.ts'
import { HubError } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import { describeClient } from './client-address.ts'
import type { Client, TrustedPeers } from './client-address.ts'
import { createCookieJar } from './cookies.ts'
import type { CookieJar } from './cookies.ts'
import type { Surface } from './route.ts'

/** One request and what has become known about it. Made once by the app, handed to everything that answers. */
export type Exchange = {
  readonly request: Request
  readonly method: string
  /** As it was sent: starts with '/', still percent-encoded, without the query. */
  readonly path: string
  /** `?a=b` as it was sent, or empty. */
  readonly search: string
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly client: Client
  /** The browser asked on a host that is for somebody's servers: nothing of the hub is shown there. */
  readonly forServers: boolean
  /** Appears in the log and in the reply. */
  readonly id: string
  readonly cookies: CookieJar
  /** What was found out on the way; the rest of the program only reads it. */
  readonly seen: {
    /** Who turned out to ask. */
    caller: Principal | null
    /** Pattern of the path that answered. */
    route: string | null
    /** Whom the answer is for. */
    surface: Surface
    /** The XSRF token that was put into the page, so that the cookie gets the same. */
    xsrf: { readonly value: string; readonly fresh: boolean } | null
  }
}

/** What the adapter knows beyond the request itself. */
export type Arrival = {
  /** Request target as it stood on the request line; the URL of the request when there was no socket. */
  readonly target: string
  /** Address of the socket's peer; null for the private socket. */
  readonly peer: string | null
}

/** Where the hub is, and whom it believes. */
export type Place = {
  readonly trusted: TrustedPeers
  readonly publicUrl: URL | null
  readonly hubPrefix: string
  readonly hubPlace: HubPlace
}

/**
 * Errors: bad_request when the target is not a path.
 */
export function openExchange(request: Request, arrival: Arrival, place: Place): Exchange {
  const { trusted, publicUrl, hubPrefix, hubPlace } = place
  const { target, peer } = arrival
  if (!target.startsWith('/') || target.includes('#')) throw new HubError('bad_request', { reason: 'the request target is not a path' })
  const cut = target.indexOf('?')
  const search = cut === -1 ? '' : target.slice(cut)
  const path = cut === -1 ? target : target.slice(0, cut)
  const surface: Surface = path === `${hubPrefix}api` || path.startsWith(`${hubPrefix}api/`) ? 'api' : 'page'
  const hosts = [request.headers.get('host') ?? '', request.headers.get('x-forwarded-host')?.split(',')[0] ?? '']
  const client = describeClient(peer, request.headers, trusted, publicUrl)
  return {
    request,
    method: request.method,
    path,
    search,
    query: new URLSearchParams(search),
    headers: request.headers,
    client,
    forServers: trusted.speaks(peer, request.headers) && hosts.some((host) => isUserHost(hubPlace, host)),
    id: randomBytes(8).toString('hex'),
    cookies: createCookieJar(request.headers.get('cookie'), client.protocol === 'https'),
    seen: { caller: null, route: null, surface, xsrf: null },
  }
}

/** A navigation of a browser, or a program that does not say. Only such requests get new cookies. */
export const isNavigation = (exchange: Exchange): boolean => (exchange.headers.get('sec-fetch-mode') ?? 'navigate') === 'navigate'
