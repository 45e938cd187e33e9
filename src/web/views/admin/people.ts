import type { ServerStateKind } from '../../../core/server-state.ts'
import type { IsoTime } from '../../../core/time.ts'
import { empty, field, pill, select, statePill } from '../../components.ts'
import type { Notice } from '../../components.ts'
import { number, whenOr } from '../../format.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import { layout, postForm } from '../../layout.ts'
import { personLink, spawnLink, stopLink } from '../../links.ts'
import { listLink, pager } from '../../paging.ts'
import type { Slice } from '../../paging.ts'
import { named } from '../../server-view.ts'
import type { Ui } from '../../ui.ts'
import { noticeNote } from '../home.ts'

/** May somebody sign in: `invited` has an account but no password yet. */
export type AccountStatus = 'active' | 'pending' | 'invited' | 'blocked'

/** One line of the list of people. */
export type PersonRow = {
  readonly name: string
  readonly admin: boolean
  readonly status: AccountStatus
  readonly groups: readonly string[]
  /** State of the default server. */
  readonly server: ServerStateKind
  /** Named servers that run. */
  readonly othersRunning: number
  readonly lastActivity: IsoTime | null
}

/** What the list is narrowed to. */
export const peopleStates = ['', 'running', 'pending', 'invited', 'blocked', 'admin'] as const
/** Orders of the list of people. */
export const peopleSorts = ['name', 'last_activity'] as const
export type PeopleState = (typeof peopleStates)[number]
export type PeopleSort = (typeof peopleSorts)[number]

/** One page of the list of people, and what it was narrowed to. */
export type People = {
  readonly rows: readonly PersonRow[]
  readonly slice: Slice
  readonly search: string
  readonly state: PeopleState
  readonly sort: PeopleSort
  readonly counts: { readonly people: number; readonly running: number; readonly pending: number }
  /** Somebody who is gone has left files. */
  readonly hasLeftFiles: boolean
  readonly notice: Notice
}

const tones = { active: 'good', pending: 'warn', invited: 'idle', blocked: 'bad' } as const

/** Whether somebody may sign in, as a word; nothing for the usual case. */
export const statusPill = (ui: Ui, status: AccountStatus): Html =>
  status === 'active' ? none : pill(tones[status], ui.t(`person.${status}`))

const filters = (data: People, ui: Ui): Html => html`<form class="tools" method="get" action="${ui.hubPrefix}admin" role="search" data-live>
${field('people-search', { name: 'q', label: ui.t('people.search'), value: data.search, type: 'search', maxLength: 255, autocomplete: 'off', extra: html`placeholder="${ui.t('people.searchPlaceholder')}"` })}
${select(
  'people-state',
  'state',
  ui.t('people.state'),
  peopleStates.map((value) => ({ value, label: ui.t(value === '' ? 'people.state.any' : `people.state.${value}`) })),
  data.state,
)}
${select(
  'people-sort',
  'sort',
  ui.t('people.sort'),
  peopleSorts.map((value) => ({ value, label: ui.t(`people.sort.${value}`) })),
  data.sort,
)}
<button class="btn" data-submit>${ui.t('people.apply')}</button>
<p class="faint num count">${ui.t('people.count', { people: number(ui, data.counts.people), running: number(ui, data.counts.running) })}</p></form>`

function quickAction(person: PersonRow, ui: Ui, here: string): Html {
  const server = { userName: person.name, name: '' }
  const back = html`<input type="hidden" name="next" value="${here}">`
  const button = (action: string, text: string, label: string): Html =>
    postForm(ui, action, html`${back}<button class="btn quiet slim" aria-label="${label}">${text}</button>`)
  if (person.status === 'pending')
    return button(personLink(ui, person.name, 'approve'), ui.t('people.approve'), ui.t('people.approveLabel', { name: person.name }))
  if (person.status === 'blocked') return none
  if (person.server === 'running') return button(stopLink(ui, server), ui.t('card.stop'), ui.t('people.stopLabel', { name: person.name }))
  if (person.server === 'starting')
    return button(stopLink(ui, server), ui.t('card.cancel'), ui.t('people.stopLabel', { name: person.name }))
  if (person.server === 'stopping') return none
  return html`<a class="btn quiet slim" href="${spawnLink(ui, server, here)}" aria-label="${ui.t('people.startLabel', { name: person.name })}">${ui.t('card.start')}</a>`
}

const others = (person: PersonRow, ui: Ui): Html =>
  person.othersRunning === 0 ? none : html` <span class="faint num">${ui.t('people.more', { n: person.othersRunning })}</span>`

const row = (
  person: PersonRow,
  ui: Ui,
  here: string,
): Html => html`<tr data-user="${person.name}"><th scope="row" class="wrap"><a href="${personLink(ui, person.name)}">${named(person.name)}</a>
${person.admin ? html`<span class="tag">${ui.t('person.admin')}</span>` : none} ${statusPill(ui, person.status)}</th>
<td data-label="${ui.t('people.groups')}" class="wrap${person.groups.length === 0 ? ' blank' : ''}">${person.groups.length === 0 ? html`<span class="faint">–</span>` : named(person.groups.join(', '))}</td><td data-label="${ui.t('people.server')}"><span>${statePill(ui, person.server)}${others(person, ui)}</span></td>
<td data-label="${ui.t('people.seen')}">${whenOr(ui, person.lastActivity, ui.t('people.never'))}</td><td class="end">${quickAction(person, ui, here)}</td></tr>`

function table(data: People, ui: Ui): Html {
  const query = { q: data.search, state: data.state, sort: data.sort === 'name' ? '' : data.sort }
  const linkTo = (offset: number): string => listLink(`${ui.hubPrefix}admin`, { ...query, offset: offset === 0 ? '' : `${offset}` })
  if (data.rows.length === 0) return nobody(data, ui)
  return html`<div class="card flush"><table class="cards"><thead><tr><th scope="col">${ui.t('people.name')}</th><th scope="col">${ui.t('people.groups')}</th><th scope="col">${ui.t('people.server')}</th><th scope="col">${ui.t('people.seen')}</th><td></td></tr></thead>
<tbody>${data.rows.map((person) => row(person, ui, linkTo(data.slice.offset)))}</tbody></table></div>${pager(ui, data.slice, linkTo)}`
}

function nobody(data: People, ui: Ui): Html {
  const narrowed = data.search !== '' || data.state !== ''
  const reset = html`<a class="btn" href="${ui.hubPrefix}admin">${ui.t('people.showAll')}</a>`
  return html`<div class="card">${narrowed ? empty(ui.t('people.noMatch'), ui.t('people.noMatchText'), reset) : empty(ui.t('people.none'), ui.t('people.noneText'))}</div>`
}

const waiting = (data: People, ui: Ui): Html =>
  data.counts.pending === 0 || data.state === 'pending'
    ? none
    : html`<div class="note row spread"><p>${ui.t('people.waiting', { n: data.counts.pending })}</p><a class="btn" href="${ui.hubPrefix}admin?state=pending">${ui.t('people.waitingShow')}</a></div>`

/** Everybody with an account: find, approve, start and stop, and the way to one person. */
export const peoplePage = (data: People, ui: Ui): Html =>
  layout(
    {
      title: ui.t('people.title'),
      width: 'wide',
      scripts: ['people'],
      body: html`<div class="stack">${noticeNote(ui, data.notice)}<div class="row spread"><h1>${ui.t('people.title')}</h1><div class="row">${data.hasLeftFiles ? html`<a class="btn" href="${ui.hubPrefix}admin/files">${ui.t('people.leftFiles')}</a>` : none}<a class="btn primary" href="${ui.hubPrefix}admin/add">${ui.t('people.add')}</a></div></div>
${waiting(data, ui)}${filters(data, ui)}<div id="people-list" class="stack">${table(data, ui)}</div></div>`,
    },
    ui,
  )
