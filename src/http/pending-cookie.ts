import { hubPrefixOf } from './deps.ts'
import type { HttpDeps } from './deps.ts'
import type { Exchange } from './exchange.ts'

/** Longer than a sign-in is good for, so that a late one is told that it is late. */
const maxAgeSeconds = 1_800

/** The cookies of sign-ins that are under way in this browser, one for each. */
export type PendingCookie = {
  valuesOf(slot: string): readonly string[]
  keep(begun: { readonly slot: string; readonly sealed: string }): void
  drop(slot: string): void
}

type Place = { readonly options: Pick<HttpDeps['options'], 'baseUrl' | 'subdomainHost'> }

/**
 * Sent to the callback only; with hosts below the hub's own it is bound to the host instead, since a page of one of them could plant another one.
 */
export function pendingCookie({ options }: Place, { cookies, client }: Exchange): PendingCookie {
  const isBound = options.subdomainHost?.startsWith('https:') === true
  const prefix = isBound ? '__Host-' : client.protocol === 'https' ? '__Secure-' : ''
  const path = isBound ? '/' : `${hubPrefixOf(options)}oauth_callback`
  const nameOf = (slot: string): string => `${prefix}orrery-sign-in-${slot}`
  return {
    valuesOf: (slot) => cookies.all(nameOf(slot)),
    keep: ({ slot, sealed }) => cookies.set(nameOf(slot), sealed, { path, httpOnly: true, maxAgeSeconds }),
    drop: (slot) => cookies.clear(nameOf(slot), path),
  }
}
