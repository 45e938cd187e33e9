import { HubError } from '../../core/errors.ts'
import { parseServerName } from '../../core/names.ts'
import type { Principal } from '../../core/principal.ts'
import { serversOfUser } from '../../db/servers.ts'
import { spawnLink } from '../../web/links.ts'
import { homePage } from '../../web/views/home.ts'
import { hubPrefixOf } from '../deps.ts'
import { existingUser } from '../facts.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { oneField } from './entrance.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, noticeOf, recordOf, uiOf } from './render.ts'
import { serverViews, withKept, withLarger, withUsage } from './server-views.ts'

async function showHome(parts: PageParts, call: PageCall<Principal>, typed: string, error: HubError | null): Promise<Response> {
  const { hub, caller, exchange } = call
  const { allowNamedServers, namedServerLimitPerUser } = hub.options
  const owner = await existingUser(hub.database.db, caller.name)
  const servers = await serversOfUser(hub.database.db, owner.id)
  const used = servers.filter((server) => server.name !== '').length
  const newServer = allowNamedServers ? { name: typed, used, limit: namedServerLimitPerUser } : null
  const views = serverViews(caller.name, servers, hub.servers.profiles.all)
  const completed = views.map(async (view) => {
    const server = servers.find(({ name }) => name === view.name)
    const known = await withKept(hub.servers, owner, server, await withLarger(hub.servers, owner, server, view))
    return withUsage(hub.servers, server, known)
  })
  const data = {
    servers: await Promise.all(completed),
    newServer,
    error: error === null ? null : recordOf(error),
    notice: noticeOf(exchange),
  }
  const ui = uiOf(parts, call, 'home', `${hubPrefixOf(hub.options)}home`)
  return htmlReply(homePage(data, ui), error?.status ?? 200)
}

/** A form that starts a server of a new name. Whether it may be made is decided by the start itself. */
function startNamed(parts: PageParts, call: PageCall<Principal>): Promise<Response> | Response {
  const { hub, caller, form } = call
  const name = oneField(form, 'name').trim()
  const parsed = name === '' ? ({ ok: false, reason: 'it is empty' } as const) : parseServerName(name)
  if (!parsed.ok) return showHome(parts, call, name, new HubError('bad_name', { name: name.slice(0, 64), reason: parsed.reason }))
  return redirect(
    spawnLink({ hubPrefix: hubPrefixOf(hub.options), baseUrl: hub.options.baseUrl }, { userName: caller.name, name: parsed.name }),
    303,
  )
}

/** The own servers. */
export const homePages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/home' }).handledBy((call) => showHome(parts, call, '', null)),
  page({ method: 'POST', path: '/new-server' }).handledBy((call) => startNamed(parts, call)),
]
