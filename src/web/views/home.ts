import { empty, note } from '../components.ts'
import type { Notice } from '../components.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { isMessageKey } from '../i18n.ts'
import { layout, postForm } from '../layout.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { errorNote } from '../components.ts'
import type { ErrorRecord } from '../../core/errors.ts'
import { serverCard } from './server-card.ts'

/** The own servers and the form for another one. */
export type Home = {
  /** The default server first; it is there even when it was never started. */
  readonly servers: readonly ServerView[]
  /** Null: named servers are off. */
  readonly newServer: { readonly name: string; readonly used: number; /** 0: no limit. */ readonly limit: number } | null
  readonly error: ErrorRecord | null
  readonly notice: Notice
}

/** What was done, when the address names it. */
export function noticeNote(ui: Ui, notice: Notice): Html {
  const key = `notice.${notice ?? ''}`
  return isMessageKey(key) ? note(html`<p>${ui.t(key)}</p>`, 'good', html`role="status"`) : none
}

function newServerForm(data: Home, ui: Ui): Html {
  if (data.newServer === null) return none
  const { name, used, limit } = data.newServer
  if (limit > 0 && used >= limit) return html`<p class="faint">${ui.t('home.limitReached', { limit })}</p>`
  const left = limit > 0 ? html`<p class="faint">${ui.t('home.limitLeft', { left: limit - used })}</p>` : none
  const body = html`<div class="field"><label for="new-server-name">${ui.t('home.newName')}</label>
<input class="new-server-name" id="new-server-name" name="name" value="${name}" required maxlength="30" pattern="[a-z](-?[a-z0-9])*" autocapitalize="none" autocomplete="off" spellcheck="false" aria-describedby="new-server-hint" title="${ui.t('home.newHint')}"></div>
<button class="btn new-server-btn">${ui.t('home.newSubmit')}</button><p class="faint" id="new-server-hint">${ui.t('home.newHint')}</p>${left}`
  return html`<section class="card new-server" aria-labelledby="new-server"><h2 class="small" id="new-server">${ui.t('home.newServer')}</h2>${postForm(ui, `${ui.hubPrefix}new-server`, body, html`class="inline"`)}</section>`
}

/** The start page of everybody: the own servers and what can be done with them. */
export const homePage = (data: Home, ui: Ui): Html =>
  layout(
    {
      title: ui.t('home.title'),
      width: 'wide',
      scripts: ['home', 'usage'],
      body: html`<div class="stack">${noticeNote(ui, data.notice)}${errorNote(ui, data.error, '')}<h1>${ui.t('home.heading')}</h1>
${data.servers.length === 0 ? empty(ui.t('home.none'), ui.t('home.noneText')) : html`<div class="grid" id="server-list">${data.servers.map((server) => serverCard(server, ui))}</div>`}
${newServerForm(data, ui)}</div>`,
    },
    ui,
  )
