import type { IsoTime } from '../../../core/time.ts'
import { copyField, note, pill, sentence } from '../../components.ts'
import type { Notice } from '../../components.ts'
import { when, whenOr } from '../../format.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import type { MessageKey } from '../../i18n.ts'
import { layout, postForm } from '../../layout.ts'
import { personLink } from '../../links.ts'
import { named } from '../../server-view.ts'
import type { ServerView } from '../../server-view.ts'
import type { Ui } from '../../ui.ts'
import { noticeNote } from '../home.ts'
import { serverLines } from './servers.ts'
import { statusPill } from './people.ts'
import type { AccountStatus } from './people.ts'

/** One person with what an administrator may know. */
export type Person = {
  readonly name: string
  readonly admin: boolean
  readonly status: AccountStatus
  readonly groups: readonly string[]
  readonly createdAt: IsoTime
  readonly lastActivity: IsoTime | null
  readonly servers: readonly ServerView[]
  /** Open logins. */
  readonly sessions: number
  /** The visitor is looking at themselves. */
  readonly self: boolean
  /** The hub keeps passwords, so a link to choose one can be made. */
  readonly invitations: boolean
  readonly notice: Notice
}

type Action = {
  readonly id: string
  readonly title: MessageKey
  readonly text: MessageKey
  readonly submit: MessageKey
  readonly primary?: boolean
}

const actionRow = (
  data: Person,
  ui: Ui,
  { id, title, text, submit, primary }: Action,
): Html => html`<li><div><p><b>${ui.t(title)}</b></p><p class="faint">${ui.t(text)}</p></div>
${postForm(ui, personLink(ui, data.name, id), html`<button class="btn${primary === true ? ' primary' : ''}">${ui.t(submit)}</button>`)}</li>`

function actionsFor(data: Person): readonly Action[] {
  const { status, admin, self } = data
  const approve: Action = {
    id: 'approve',
    title: 'person.approve',
    text: 'person.approveText',
    submit: 'person.approveSubmit',
    primary: true,
  }
  const unblock: Action = { id: 'approve', title: 'person.unblock', text: 'person.unblockText', submit: 'person.unblockSubmit' }
  const invite: Action = { id: 'invite', title: 'person.invite', text: 'person.inviteText', submit: 'person.inviteSubmit' }
  const makeAdmin: Action = { id: 'make-admin', title: 'person.makeAdmin', text: 'person.makeAdminText', submit: 'person.makeAdminSubmit' }
  const dropAdmin: Action = { id: 'drop-admin', title: 'person.dropAdmin', text: 'person.dropAdminText', submit: 'person.dropAdminSubmit' }
  const endSessions: Action = {
    id: 'end-sessions',
    title: 'person.endSessions',
    text: 'person.endSessionsText',
    submit: 'person.endSessionsSubmit',
  }
  const block: Action = { id: 'block', title: 'person.block', text: 'person.blockText', submit: 'person.blockSubmit' }
  const candidates: readonly (Action | false)[] = [
    status === 'pending' && approve,
    status === 'blocked' && unblock,
    data.invitations && (status === 'active' || status === 'invited') && invite,
    !self && data.sessions > 0 && endSessions,
    !admin && status !== 'pending' && status !== 'blocked' && makeAdmin,
    admin && !self && dropAdmin,
    !self && status !== 'blocked' && block,
  ]
  return candidates.flatMap((action) => (action === false ? [] : [action]))
}

const removal = (data: Person, ui: Ui): Html =>
  data.self
    ? none
    : html`<li><div><p><b>${ui.t('person.remove')}</b></p><p class="faint">${ui.t('person.removeText')}</p></div><a class="btn danger" href="${personLink(ui, data.name, 'remove')}">${ui.t('person.removeSubmit')}</a></li>`

const facts = (
  data: Person,
  ui: Ui,
): Html => html`<dl class="facts"><div><dt>${ui.t('person.since')}</dt><dd>${when(ui, data.createdAt)}</dd></div>
<div><dt>${ui.t('people.seen')}</dt><dd>${whenOr(ui, data.lastActivity, ui.t('people.never'))}</dd></div><div><dt>${ui.t('person.sessions')}</dt><dd class="num">${data.sessions}</dd></div>
<div><dt>${ui.t('people.groups')}</dt><dd>${data.groups.length === 0 ? '–' : named(data.groups.join(', '))}</dd></div></dl>`

/** One person as an administrator sees them. */
export const personPage = (data: Person, ui: Ui): Html =>
  layout(
    {
      title: data.name,
      scripts: ['usage'],
      width: 'medium',
      body: html`<div class="stack">${noticeNote(ui, data.notice)}<p><a href="${ui.hubPrefix}admin">${ui.t('person.back')}</a></p>
<div class="row"><h1>${named(data.name)}</h1>${data.admin ? html`<span class="tag">${ui.t('person.admin')}</span>` : none}${statusPill(ui, data.status)}${data.self ? pill('good', ui.t('person.you')) : none}</div>
<section class="card">${facts(data, ui)}</section><section class="card flush" aria-labelledby="person-servers"><h2 class="small" id="person-servers">${ui.t('person.servers')}</h2>${serverLines(data.servers, ui, false, ui.here)}</section>
<section class="card stack" aria-labelledby="person-account"><h2 class="small" id="person-account">${ui.t('person.account')}</h2><ul class="lines">${actionsFor(data).map((action) => actionRow(data, ui, action))}${removal(data, ui)}</ul></section></div>`,
    },
    ui,
  )

/** What became of adding people. The addresses are secrets: whoever has one can take the account. */
export type Invited = {
  readonly links: readonly { readonly name: string; readonly url: string }[]
  /** Accounts that were made without a link. */
  readonly added: readonly string[]
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
  readonly expiresAt: IsoTime | null
}

/** The links of new invitations, shown this once. */
export const invitedPage = (data: Invited, ui: Ui): Html =>
  layout(
    {
      title: ui.t('invited.title'),
      width: 'medium',
      body: html`<div class="stack"><p><a href="${ui.hubPrefix}admin">${ui.t('person.back')}</a></p><h1>${ui.t('invited.heading')}</h1>
${data.refused.length === 0 ? none : note(html`<p><b>${ui.t('invited.refused')}</b></p><ul class="plain">${data.refused.map(({ name, reason }) => html`<li>${named(name)}: ${reason}</li>`)}</ul>`, 'bad', html`role="alert"`)}
${data.links.length === 0 ? none : note(html`<p>${ui.t('invited.once')} ${data.expiresAt === null ? none : sentence(ui, 'invited.until', when(ui, data.expiresAt))}</p>`)}
${data.links.map(({ name, url }, index) => html`<section class="card stack tight"><h2 class="small">${named(name)}</h2>${copyField(ui, `link-${index}`, url, ui.t('invited.label', { name }))}</section>`)}
${data.added.length === 0 ? none : html`<section class="card stack tight"><h2 class="small">${ui.t('invited.added')}</h2><p>${named(data.added.join(', '))}</p></section>`}
<div class="row"><a class="btn primary" href="${ui.hubPrefix}admin">${ui.t('invited.done')}</a><a class="btn" href="${ui.hubPrefix}admin/add">${ui.t('invited.more')}</a></div></div>`,
    },
    ui,
  )
