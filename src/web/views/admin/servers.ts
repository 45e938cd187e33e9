import { empty, errorTitle, select, sentence, statePill } from '../../components.ts'
import type { Notice } from '../../components.ts'
import { whenOr } from '../../format.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import { layout, postForm } from '../../layout.ts'
import { logLink, openLink, pendingLink, personLink, spawnLink, stopLink } from '../../links.ts'
import { listLink, pager } from '../../paging.ts'
import type { Slice } from '../../paging.ts'
import { named, serverPhrase, serverTitle } from '../../server-view.ts'
import type { ServerView } from '../../server-view.ts'
import type { Ui } from '../../ui.ts'
import { logBox } from '../pending.ts'
import { noticeNote } from '../home.ts'
import { usageCell } from '../usage.ts'

/** What the list of servers is narrowed to. `active`: everything but stopped and failed. */
export const serverFilters = ['active', 'running', 'starting', 'stopping', 'failed'] as const
export type ServerFilter = (typeof serverFilters)[number]

/** One page of the list of servers, and what it was narrowed to. */
export type RunningServers = {
  readonly servers: readonly ServerView[]
  readonly slice: Slice
  readonly filter: ServerFilter
  readonly search: string
  readonly notice: Notice
}

function about(server: ServerView, ui: Ui): Html {
  if (server.kind === 'starting') return html`<br><span class="faint">${ui.t(`phase.${server.phase ?? 'queued'}.now`)}</span>`
  if (server.kind === 'failed' && server.failure !== null)
    return html`<br><span class="faint wrap">${errorTitle(ui, server.failure)}</span>`
  return none
}

function action(server: ServerView, ui: Ui, back: string): Html {
  const whose = { name: `${server.userName} / ${serverTitle(ui, server)}` }
  const stop = (text: string): Html =>
    postForm(
      ui,
      stopLink(ui, server),
      html`<input type="hidden" name="next" value="${back}"><button class="btn quiet slim" aria-label="${ui.t('servers.stopLabel', whose)}">${text}</button>`,
    )
  if (server.kind === 'running') return stop(ui.t('card.stop'))
  if (server.kind === 'starting')
    return html`<a class="btn quiet slim" href="${pendingLink(ui, server)}" aria-label="${ui.t('servers.watchLabel', whose)}">${ui.t('card.watch')}</a>${stop(ui.t('card.cancel'))}`
  if (server.kind === 'stopping') return none
  return html`<a class="btn quiet slim" href="${spawnLink(ui, server)}" aria-label="${ui.t('servers.startLabel', whose)}">${ui.t('card.start')}</a>`
}

const owner = (server: ServerView, ui: Ui): Html =>
  html`<th scope="row" class="wrap"><a href="${personLink(ui, server.userName)}">${named(server.userName)}</a></th>`

function nameCell(server: ServerView, ui: Ui, isHeader: boolean): Html {
  const title =
    server.kind === 'running'
      ? html`<a href="${openLink(ui, server)}">${named(serverTitle(ui, server))}</a>`
      : named(serverTitle(ui, server))
  return isHeader
    ? html`<th scope="row" class="wrap">${title}</th>`
    : html`<td class="wrap" data-label="${ui.t('servers.name')}">${title}</td>`
}

function log(server: ServerView, ui: Ui): Html {
  // While it starts, the page that shows the start has the log too.
  if (server.kind === 'starting') return none
  const label = ui.t('servers.logLabel', { name: `${server.userName} / ${serverTitle(ui, server)}` })
  return html`<a class="btn quiet slim" href="${logLink(ui, server)}" aria-label="${label}">${ui.t('card.log')}</a>`
}

const row = (
  server: ServerView,
  ui: Ui,
  withOwner: boolean,
  back: string,
): Html => html`<tr data-server="${server.userName}/${server.name}">${withOwner ? owner(server, ui) : none}${nameCell(server, ui, !withOwner)}
<td data-label="${ui.t('people.state')}" class="wrap">${statePill(ui, server.kind)}${about(server, ui)}</td><td data-label="${ui.t('servers.since')}">${whenOr(ui, server.since, '–')}</td>
<td data-label="${ui.t('servers.used')}">${whenOr(ui, server.lastActivity, '–')}</td><td data-label="${ui.t('servers.uses')}">${usageCell(ui, server)}</td><td class="end"><div class="row tightly">${action(server, ui, back)}${log(server, ui)}</div></td></tr>`

/** Servers as lines of a table, with their owners or, on the page of one person, without. */
export const serverLines = (
  servers: readonly ServerView[],
  ui: Ui,
  withOwner: boolean,
  back: string,
): Html => html`<table class="cards"><thead><tr>${withOwner ? html`<th scope="col">${ui.t('servers.owner')}</th>` : none}
<th scope="col">${ui.t('servers.name')}</th><th scope="col">${ui.t('people.state')}</th><th scope="col">${ui.t('servers.since')}</th><th scope="col">${ui.t('servers.used')}</th><th scope="col">${ui.t('servers.uses')}</th><td></td></tr></thead>
<tbody>${servers.map((server) => row(server, ui, withOwner, back))}</tbody></table>`

const filterForm = (
  data: RunningServers,
  ui: Ui,
): Html => html`<form class="tools" method="get" action="${ui.hubPrefix}admin/servers" role="search" data-live>
<div class="field"><label for="servers-search">${ui.t('servers.search')}</label><input id="servers-search" type="search" name="q" value="${data.search}" maxlength="255" autocomplete="off" placeholder="${ui.t('servers.search')}"></div>
${select(
  'servers-state',
  'state',
  ui.t('people.state'),
  serverFilters.map((value) => ({ value, label: ui.t(`servers.filter.${value}`) })),
  data.filter,
)}<button class="btn" data-submit>${ui.t('people.apply')}</button></form>`

/** All servers that are up, on their way, or failed. */
export function serversPage(data: RunningServers, ui: Ui): Html {
  const path = `${ui.hubPrefix}admin/servers`
  const query = { q: data.search, state: data.filter === 'active' ? '' : data.filter }
  const linkTo = (offset: number): string => listLink(path, { ...query, offset: offset === 0 ? '' : `${offset}` })
  const body =
    data.servers.length === 0
      ? html`<div class="card">${empty(ui.t('servers.none'), ui.t('servers.noneText'))}</div>`
      : html`<div class="card flush">${serverLines(data.servers, ui, true, linkTo(data.slice.offset))}</div>${pager(ui, data.slice, linkTo)}`
  return layout(
    {
      title: ui.t('servers.title'),
      width: 'wide',
      scripts: ['people', 'usage'],
      body: html`<div class="stack">${noticeNote(ui, data.notice)}<h1>${ui.t('servers.title')}</h1>${filterForm(data, ui)}<div id="people-list" class="stack">${body}</div></div>`,
    },
    ui,
  )
}

/** The end of a log; `limit`: how many lines are kept. */
export type ServerLog = { readonly server: ServerView; readonly lines: readonly string[]; readonly limit: number }

/** The last lines that a server wrote. */
export const serverLogPage = (data: ServerLog, ui: Ui): Html =>
  layout(
    {
      title: ui.t('log.title'),
      width: 'wide',
      scripts: ['server-log'],
      body: html`<div class="stack"><div class="row"><h1>${sentence(ui, 'log.heading', serverPhrase(ui, data.server))}</h1>${statePill(ui, data.server.kind)}</div>
<p class="soft">${ui.t('log.limit', { n: data.limit })}</p>
<div class="row"><a class="btn" href="${logLink(ui, data.server)}" data-reload>${ui.t('log.reload')}</a><a class="btn quiet" href="${logLink(ui, data.server)}?format=text">${ui.t('log.raw')}</a><button type="button" class="btn quiet" data-copy="log" data-copied="${ui.t('copy.done')}" hidden>${ui.t('log.copy')}</button></div>
<div class="tall" data-log-url="${logLink(ui, data.server)}?format=text">${logBox(ui, data.lines)}</div></div>`,
    },
    ui,
  )
