import type { Principal } from '../../core/principal.ts'
import type { ServerStateKind } from '../../core/server-state.ts'
import { filtersOf } from '../../core/scopes.ts'
import { countServers, listServers } from '../../db/servers.ts'
import type { Server } from '../../db/servers.ts'
import { listUsers } from '../../db/users.ts'
import { tellFinding } from '../../web/i18n.ts'
import { number, duration } from '../../web/format.ts'
import { findingCodes } from '../../core/findings.ts'
import { healthPage } from '../../web/views/admin/health.ts'
import { serverFilters, serversPage } from '../../web/views/admin/servers.ts'
import type { ServerFilter } from '../../web/views/admin/servers.ts'
import { page } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { offsetIn, ownersOf } from './admin-people.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, noticeOf, uiOf } from './render.ts'
import { serverView, withUsage } from './server-views.ts'

const pageLength = 100

const isFilter = (text: string): text is ServerFilter => (serverFilters as readonly string[]).includes(text)

const kindsOf = (filter: ServerFilter): readonly ServerStateKind[] => (filter === 'active' ? ['starting', 'running', 'stopping'] : [filter])

type Found = { readonly servers: readonly Server[]; readonly total: number }

/** Servers in these states, of owners whom the caller may see and whose names contain the text. */
async function findServers({ hub, caller }: PageCall<Principal>, filter: ServerFilter, search: string, offset: number): Promise<Found> {
  const { db } = hub.database
  const kinds = kindsOf(filter)
  const reach = filtersOf(caller.scopes, 'read:servers')
  if (search === '' && reach === 'all')
    return { servers: await listServers(db, { kinds, offset, limit: pageLength }), total: await countServers(db, kinds) }
  const seen = reach === 'all' ? {} : { names: reach.users, groupNames: reach.groups }
  const owners = await listUsers(db, { ...seen, ...(search === '' ? {} : { nameFilter: search.normalize('NFC').toLowerCase() }) })
  const all = await listServers(db, { kinds, userIds: owners.items.map(({ id }) => id) })
  return { servers: all.slice(offset, offset + pageLength), total: all.length }
}

async function showServers(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { hub, exchange } = call
  const asked = exchange.query.get('state') ?? ''
  const filter = isFilter(asked) ? asked : 'active'
  const search = (exchange.query.get('q') ?? '').trim().slice(0, 255)
  const offset = offsetIn(exchange.query)
  const { servers, total } = await findServers(call, filter, search, offset)
  const owners = await ownersOf(hub, servers)
  const views = await Promise.all(
    servers.map((server) => withUsage(hub.servers, server, serverView(owners.get(server.userId) ?? '', server))),
  )
  const data = { servers: views, slice: { total, offset, limit: pageLength }, filter, search, notice: noticeOf(exchange) }
  return htmlReply(serversPage(data, uiOf(parts, call, 'servers')))
}

async function showHealth(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const ui = uiOf(parts, call, 'health')
  const { findings, numbers, versions, images } = await parts.health.report()
  const { people, running, starting, failed, memoryMb, upSeconds } = numbers
  const data = {
    findings: findings.map((finding) => ({ level: findingCodes[finding.code].level, ...tellFinding(ui.locale, finding) })),
    images,
    versions: Object.entries(versions).map(([name, value]) => ({ name, value })),
    numbers: [
      { name: ui.t('health.people'), value: number(ui, people) },
      { name: ui.t('health.running'), value: number(ui, running) },
      { name: ui.t('health.starting'), value: number(ui, starting) },
      { name: ui.t('health.failed'), value: number(ui, failed) },
      { name: ui.t('health.memory'), value: `${number(ui, memoryMb)} MB` },
      { name: ui.t('health.up'), value: duration(ui, upSeconds * 1000) },
    ],
  }
  return htmlReply(healthPage(data, ui))
}

/** What runs, and whether all is well. */
export const hubPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/admin/servers', scopes: ['admin-ui'] }).handledBy((call) => showServers(parts, call)),
  page({ method: 'GET', path: '/admin/health', scopes: ['admin-ui'] }).handledBy((call) => showHealth(parts, call)),
]
