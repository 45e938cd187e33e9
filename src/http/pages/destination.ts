import { safeNext } from '../../core/next-url.ts'
import { serverUrl } from '../../core/addresses.ts'
import type { Principal } from '../../core/principal.ts'
import { isActive } from '../../core/server-state.ts'
import { findServer } from '../../db/servers.ts'
import { hubPrefixOf } from '../deps.ts'
import type { HttpDeps } from '../deps.ts'
import type { Exchange } from '../exchange.ts'

type Call = { readonly exchange: Exchange; readonly hub: HttpDeps }

/** A `next` that came from outside as a path of ours, or null when it leads anywhere else (singleuser-and-web §5.5). */
export function checkedNext({ exchange, hub }: Call, next: string | null): string | null {
  const { subdomainHost } = hub.options
  const domain = subdomainHost === undefined ? null : new URL(subdomainHost).hostname
  return safeNext(next, { hub: URL.canParse(exchange.client.origin) ? exchange.client.origin : 'http://localhost', domain })
}

/** The `next` of the address, checked. */
export const nextOf = (call: Call): string | null => checkedNext(call, call.exchange.query.get('next'))

/** Parameters of this request go along to the usual place, not to a `next` that somebody asked for. */
function withQuery(path: string, exchange: Exchange): string {
  const kept = new URLSearchParams([...exchange.query].filter(([name]) => name !== 'next' && name !== '_xsrf' && name !== 'notice'))
  if (kept.size === 0) return path
  return `${path}${path.includes('?') ? '&' : '?'}${kept.toString()}`
}

/** Where somebody goes who did not say where: the configured page, their server, or home. */
async function usualPlace({ hub }: Call, visitor: Pick<Principal, 'id' | 'name'> | null): Promise<string> {
  const { defaultUrl, redirectToServer } = hub.options
  if (defaultUrl !== undefined) return defaultUrl
  const hubPrefix = hubPrefixOf(hub.options)
  if (visitor === null || !redirectToServer) return `${hubPrefix}home`
  const server = await findServer(hub.database.db, visitor.id, '')
  const isUp = server !== null && isActive(server.state) && server.desired === 'running'
  return isUp ? serverUrl(hub.options, visitor.name, '') : `${hubPrefix}spawn`
}

/** The checked `next`, else the page's own fallback, else the usual place, with the query of this request. */
export async function destinationOf(
  call: Call,
  visitor: Pick<Principal, 'id' | 'name'> | null,
  fallback: string | null = null,
): Promise<string> {
  return nextOf(call) ?? withQuery(fallback ?? (await usualPlace(call, visitor)), call.exchange)
}
