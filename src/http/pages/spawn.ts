import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { serverUrl } from '../../core/addresses.ts'
import { parseUserName } from '../../core/names.ts'
import { formOptions } from '../../core/profiles.ts'
import type { Principal } from '../../core/principal.ts'
import { isReady, pendingOf } from '../../core/server-state.ts'
import { findServer } from '../../db/servers.ts'
import type { Server } from '../../db/servers.ts'
import type { User } from '../../db/users.ts'
import { labelOf } from '../../hub/server-ref.ts'
import { stillEnding } from '../../hub/write-start.ts'
import { pendingLink } from '../../web/links.ts'
import { hubPrefixOf } from '../deps.ts'
import { existingUser } from '../facts.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import type { Target } from '../resource.ts'
import { checkedNext, destinationOf, nextOf } from './destination.ts'
import type { PageParts } from './page-parts.ts'
import { needsForm, showForm } from './spawn-form.ts'

type Params = Readonly<Record<string, string>>

/** A name in a path, normalised when it can be a user name at all. */
export function pathUser(params: Params): string {
  const parsed = parseUserName(params['user'] ?? '')
  return parsed.ok ? parsed.name : (params['user'] ?? '')
}

/** The server that a path names. */
export const serverOf = (params: Params): Target => ({ kind: 'server', user: pathUser(params), server: params['server'] ?? '' })

/** The server of a page of servers: its owner, its name, and its row when it was ever made. */
export type Chosen = { readonly owner: User; readonly name: string; readonly server: Server | null }

/** Errors: user_not_found. */
export async function choose({ hub, params }: PageCall<Principal>): Promise<Chosen> {
  const owner = await existingUser(hub.database.db, pathUser(params))
  const name = params['server'] ?? ''
  return { owner, name, server: await findServer(hub.database.db, owner.id, name) }
}

/** Prefixes for links. */
export const prefixesOf = ({ hub }: Pick<PageCall, 'hub'>) => ({ hubPrefix: hubPrefixOf(hub.options), baseUrl: hub.options.baseUrl })

/** The page that shows how the start goes; what the address asked for goes along. */
function toPending(call: PageCall<Principal>, { owner, name }: Chosen): Response {
  return redirect(pendingLink(prefixesOf(call), { userName: owner.name, name }, nextOf(call)))
}

const notOptions = new Set(['next', 'display_name', '_xsrf', 'notice', 'redirects'])

/** Options that a link or a form carries: lists of texts by name; null when there are none. Names with `opt-` win over all others. */
function optionsIn(fields: URLSearchParams): JsonObject | null {
  const names = [...new Set(fields.keys())].filter((name) => !notOptions.has(name) && name !== '__proto__')
  const marked = names.filter((name) => name.startsWith('opt-'))
  if (marked.includes('opt-')) throw new HubError('bad_request', { reason: 'an option has no name' })
  const chosen = marked.length > 0 ? marked : names
  if (chosen.length === 0) return null
  return Object.fromEntries(chosen.map((name) => [name.replace(/^opt-/, ''), fields.getAll(name)]))
}

/** A start that is over this soon needs no page of its own, milliseconds. */
const briefMs = 250

async function start(
  call: PageCall<Principal>,
  chosen: Chosen,
  fields: URLSearchParams,
  userOptions: JsonObject | null,
): Promise<Response> {
  const { hub, caller, exchange } = call
  const { owner, name } = chosen
  const displayName = fields.get('display_name')
  const asked = { owner, serverName: name, userOptions, displayName, askedBy: caller.name }
  const { server } = await hub.servers.start(asked)
  const now = await hub.servers.settled(server.id, briefMs, exchange.request.signal)
  if (now !== null && isReady(now.state, now.desired)) return toServer(call, chosen)
  return toPending(call, chosen)
}

const toServer = async (call: PageCall<Principal>, { owner, name }: Chosen): Promise<Response> =>
  redirect(nextOf(call) ?? (await destinationOf(call, call.caller, serverUrl(call.hub.options, owner.name, name))))

/** Starts with a choice, or shows the form again with what is wrong with it. Null: the choice of last time. */
async function startChecked(
  parts: PageParts,
  call: PageCall<Principal>,
  chosen: Chosen,
  fields: URLSearchParams,
  asked: JsonObject | null,
): Promise<Response> {
  const options = asked ?? chosen.server?.userOptions ?? {}
  const checked = await call.hub.servers.profiles.check(chosen.owner, options, asked === null)
  return checked.ok ? start(call, chosen, fields, asked) : showForm(parts, call, chosen, { options, checked })
}

/** `GET spawn`: the first line of the table that fits (singleuser-and-web §5.3). Errors: user_not_found, named_servers_off, and those of the start. */
async function showSpawn(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const chosen = await choose(call)
  const { server, name } = chosen
  if (name !== '' && !call.hub.options.allowNamedServers) throw new HubError('named_servers_off')
  if (server !== null && isReady(server.state, server.desired)) return toServer(call, chosen)
  if (server !== null && pendingOf(server.state, server.desired) !== null) return toPending(call, chosen)
  const { query } = call.exchange
  const asked = optionsIn(query)
  const { profiles } = call.hub.servers
  if (profiles.all.length === 0) return start(call, chosen, query, asked)
  if (asked !== null) return startChecked(parts, call, chosen, query, asked)
  const usable = await profiles.usableBy(chosen.owner)
  if (needsForm(usable)) return showForm(parts, call, chosen, null)
  return start(call, chosen, query, { profile: usable[0]?.name ?? null })
}

/** `POST spawn`: errors server_already_running, server_pending and server_stop_waits come from the start itself. */
async function postSpawn(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const chosen = await choose(call)
  const { server, owner, name } = chosen
  const label = labelOf(owner.name, name)
  const pending = server === null ? null : pendingOf(server.state, server.desired)
  if (server !== null && pending !== null) throw stillEnding(server, label, pending)
  if (call.hub.servers.profiles.all.length === 0) return start(call, chosen, call.form, optionsIn(call.form))
  const typed = formOptions(
    [...call.form].filter(([field]) => !notOptions.has(field)),
    call.form.get('profile'),
  )
  return startChecked(parts, call, chosen, call.form, Object.keys(typed).length === 0 ? null : typed)
}

const own = (call: PageCall<Principal>): PageCall<Principal> => ({ ...call, params: { user: call.caller.name, server: '' } })

const starting = { scopes: ['start:servers'], resource: serverOf }

/** Starting a server by a link or a form. */
export const spawnPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/spawn' }).handledBy((call) => showSpawn(parts, own(call))),
  page({ method: 'POST', path: '/spawn' }).handledBy((call) => postSpawn(parts, own(call))),
  ...['/spawn/:user', '/spawn/:user/:server?'].flatMap((path) => [
    page({ method: 'GET', path, ...starting }).handledBy((call) => showSpawn(parts, call)),
    page({ method: 'POST', path, ...starting }).handledBy((call) => postSpawn(parts, call)),
  ]),
]

/** Where a form that stops something goes back to: its `next` field, checked, else home. */
export const backOf = (call: PageCall<Principal>, notice: string): string => {
  const next = checkedNext(call, call.form.get('next'))
  if (next !== null) return next
  return `${hubPrefixOf(call.hub.options)}home?notice=${notice}`
}
