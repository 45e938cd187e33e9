import { HubError } from '../../core/errors.ts'
import { serverUrl } from '../../core/addresses.ts'
import { escapePath, serverPath } from '../../core/names.ts'
import type { Principal } from '../../core/principal.ts'
import { allows } from '../../core/scopes.ts'
import { isReady, pendingOf } from '../../core/server-state.ts'
import { findServer } from '../../db/servers.ts'
import { findUser } from '../../db/users.ts'
import type { User } from '../../db/users.ts'
import { pendingLink, spawnLink } from '../../web/links.ts'
import { notRunningPage } from '../../web/views/pending.ts'
import { openPage, page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { problemReply } from '../problem.ts'
import { resourceOf } from '../resource.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, uiOf } from './render.ts'
import { absentServer, serverView, withKept } from './server-views.ts'
import { pathUser, prefixesOf } from './spawn.ts'
import type { Chosen } from './spawn.ts'

/** The way comes back here this often before it is given up. */
const redirectLimit = 4

/** Segments of the path behind the user, decoded as far as they can be. */
function segmentsOf(params: Readonly<Record<string, string>>): readonly string[] {
  return (params['rest'] ?? '').split('/').map(safelyDecoded)
}

function safelyDecoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** May the caller use the default server, or the one that the path may mean? Errors: resource_hidden. */
async function requireAccess({ hub, params }: PageCall, caller: Principal): Promise<void> {
  const user = pathUser(params)
  const meant = ['', segmentsOf(params)[0] ?? '']
  for (const server of meant) {
    const target = await resourceOf(hub.database.db, { kind: 'server', user, server })
    if (allows(caller.scopes, 'access:servers', target)) return
  }
  throw new HubError('resource_hidden')
}

/** The server that the path means: the named one of its first part when there is such a one, else the default one. */
async function meantServer({ hub, params }: PageCall, owner: User): Promise<Chosen> {
  const { db } = hub.database
  const first = segmentsOf(params)[0] ?? ''
  const named = hub.options.allowNamedServers && first !== '' ? await findServer(db, owner.id, first) : null
  if (named !== null) return { owner, name: named.name, server: named }
  return { owner, name: '', server: await findServer(db, owner.id, '') }
}

function prefersJson(accept: string | null): boolean {
  const weightOf = (type: string): number => {
    const part = (accept ?? '').split(',').find((text) => text.trim().toLowerCase().startsWith(type))
    if (part === undefined) return 0
    const quality = /;\s*q=([\d.]+)/.exec(part)?.[1]
    return quality === undefined ? 1 : Number(quality)
  }
  return weightOf('application/json') > weightOf('text/html')
}

/** The refusal of everything that is no page: 424, or what old clients expect. */
function notRunning(call: PageCall, chosen: Chosen): Response {
  const { exchange, hub } = call
  const startUrl = `${exchange.client.origin}${spawnLink(prefixesOf(call), { userName: chosen.owner.name, name: chosen.name })}`
  const reply = problemReply(new HubError('server_not_running', { path: exchange.path.slice(0, 1024), startUrl }))
  return hub.options.useLegacyStoppedServerStatusCode ? new Response(reply.body, { status: 503, headers: reply.headers }) : reply
}

/** The server runs, and still its address led to the hub: the proxy does not know yet. Errors: server_redirect_loop. */
async function sendBack(call: PageCall, chosen: Chosen): Promise<Response> {
  const { exchange, hub, params } = call
  const counted = exchange.query.get('redirects')
  const count = counted !== null && /^\d{1,3}$/.test(counted) ? Number(counted) : 0
  if (count >= redirectLimit) throw new HubError('server_redirect_loop', { server: chosen.owner.name })
  if (counted !== null) await hub.clock.sleep(Math.min(2 ** count, 10) * 1000, exchange.request.signal)
  const query = exchange.search
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '' && !/^redirects(?:=|$)/.test(pair))
  const path = `${serverUrl(hub.options, chosen.owner.name, '')}${params['rest'] ?? ''}`
  return redirect(`${path}?${[...query, `redirects=${count + 1}`].join('&')}`)
}

/** GET of an address that no running server answers (singleuser-and-web §5.4): never starts anything. */
async function showUser(parts: PageParts, call: PageCall): Promise<Response> {
  const { exchange, hub, caller } = call
  if (caller === null)
    return redirect(`${prefixesOf(call).hubPrefix}login?next=${encodeURIComponent(`${exchange.path}${exchange.search}`)}`)
  await requireAccess(call, caller)
  const owner = await findUser(hub.database.db, pathUser(call.params))
  if (owner === null) throw new HubError('resource_hidden')
  const chosen = await meantServer(call, owner)
  const { server, name } = chosen
  if (server !== null && isReady(server.state, server.desired)) return sendBack(call, chosen)
  if (segmentsOf(call.params).includes('api') || prefersJson(exchange.headers.get('accept'))) return notRunning(call, chosen)
  const wanted = `${exchange.path}${exchange.search}`
  const isOnItsWay = server !== null && (pendingOf(server.state, server.desired) !== null || server.state.kind === 'failed')
  if (isOnItsWay) return redirect(pendingLink(prefixesOf(call), { userName: owner.name, name }, wanted), 303)
  const bare = server === null ? absentServer(owner.name, '') : serverView(owner.name, server)
  const view = await withKept(hub.servers, owner, server, bare)
  const status = hub.options.useLegacyStoppedServerStatusCode ? 503 : 424
  const implicitSeconds = hub.options.implicitSpawnSeconds
  return htmlReply(notRunningPage({ server: view, next: wanted, implicitSeconds }, uiOf(parts, call, 'home')), status)
}

/** Everything but reading: always the same refusal, to those who may know about the server. */
async function refuseChange(call: PageCall): Promise<Response> {
  if (call.caller === null) throw new HubError('credentials_missing')
  await requireAccess(call, call.caller)
  const owner = await findUser(call.hub.database.db, pathUser(call.params))
  if (owner === null) throw new HubError('resource_hidden')
  return notRunning(call, await meantServer(call, owner))
}

/** Leads from an address without a name to the same place on the visitor's own server. */
function toOwnServer(call: PageCall<Principal>): Response {
  const { hub, caller, params, exchange } = call
  const target = `${serverPath(hub.options.baseUrl, caller.name, '')}${params['path'] ?? ''}${exchange.search}`
  return redirect(`${prefixesOf(call).hubPrefix}spawn/${escapePath(caller.name)}?next=${encodeURIComponent(target)}`)
}

/** What answers at the address of a server that does not run. */
export const userServerPages = (parts: PageParts): readonly Page[] => [
  openPage({ method: 'GET', path: '/user/:user/*rest', tokens: true }).handledBy((call) => showUser(parts, call)),
  ...(['POST', 'PATCH', 'DELETE'] as const).map((method) =>
    openPage({ method, path: '/user/:user/*rest', tokens: true, readsForm: false }).handledBy(refuseChange),
  ),
  page({ method: 'GET', path: '/user-redirect/*path' }).handledBy(toOwnServer),
]
