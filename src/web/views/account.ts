import type { ErrorRecord } from '../../core/errors.ts'
import type { IsoTime } from '../../core/time.ts'
import { errorNote, field, sentence } from '../components.ts'
import type { Notice } from '../components.ts'
import { when } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { localeNames, locales } from '../i18n.ts'
import { layout, postForm } from '../layout.ts'
import { named } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { describeDevice } from '../user-agent.ts'
import { noticeNote } from './home.ts'
import { waysInSection } from './ways-in.ts'
import type { WaysInView } from './ways-in.ts'

/** One login of the visitor. */
export type SessionView = {
  readonly id: number
  readonly current: boolean
  readonly address: string
  readonly userAgent: string
  readonly createdAt: IsoTime
  readonly lastSeenAt: IsoTime
}

/** What the account page shows. `notice`: last part of the message key of what was just done. */
export type Account = {
  readonly sessions: readonly SessionView[]
  /** Null: there is nothing to choose. */
  readonly waysIn: WaysInView | null
  /** Null: no password is kept here, somebody else vouches for the account. */
  readonly password: { readonly minimumLength: number; readonly error: ErrorRecord | null } | null
  readonly notice: Notice
}

/** The pages that belong to one person's account. */
export function accountTabs(ui: Ui, current: 'account' | 'token'): Html {
  const tab = (id: 'account' | 'token', text: string): Html =>
    html`<a href="${ui.hubPrefix}${id}"${id === current ? html` aria-current="page"` : none}>${text}</a>`
  return html`<nav class="tabs" aria-label="${ui.t('account.tabs')}">${tab('account', ui.t('account.tabAccount'))}${tab('token', ui.t('account.tabTokens'))}</nav>`
}

function passwordSection(data: Account, ui: Ui): Html {
  if (data.password === null) return none
  const { minimumLength, error } = data.password
  const body = html`<input type="hidden" name="username" autocomplete="username" value="${ui.user?.name ?? ''}">
${field('old-password', { name: 'old_password', label: ui.t('field.oldPassword'), type: 'password', autocomplete: 'current-password', required: true })}
${field('new-password', { name: 'new_password', label: ui.t('field.newPassword'), type: 'password', autocomplete: 'new-password', required: true, minLength: minimumLength, hint: ui.t('field.passwordHint', { minimum: minimumLength }) })}
${field('new-password-again', { name: 'new_password_confirmation', label: ui.t('field.passwordAgain'), type: 'password', autocomplete: 'new-password', required: true, minLength: minimumLength, extra: html`data-same-as="new-password" data-differs="${ui.t('field.passwordDiffers')}"` })}
<p class="faint">${ui.t('account.passwordEnds')}</p><button class="btn">${ui.t('account.passwordSubmit')}</button>`
  return html`<section class="card stack" id="password" aria-labelledby="password-title"><h2 class="small" id="password-title">${ui.t('account.password')}</h2>
${errorNote(ui, error)}${postForm(ui, `${ui.hubPrefix}change-password`, body, html`class="stack slim"`)}</section>`
}

function deviceName(ui: Ui, userAgent: string): string {
  const { browser, system } = describeDevice(userAgent)
  if (browser !== null && system !== null) return ui.t('account.device', { browser, system })
  return browser ?? system ?? ui.t('account.deviceUnknown')
}

function sessionLine(session: SessionView, ui: Ui): Html {
  const action = session.current
    ? html`<span class="pill good">${ui.t('account.thisSession')}</span>`
    : postForm(
        ui,
        `${ui.hubPrefix}account/sessions/${session.id}/end`,
        html`<button class="btn quiet" aria-label="${ui.t('account.endLabel', { device: deviceName(ui, session.userAgent) })}">${ui.t('account.end')}</button>`,
      )
  return html`<li><div><p><b>${deviceName(ui, session.userAgent)}</b></p>
<p class="faint"><bdi class="num">${session.address}</bdi> · ${sentence(ui, 'account.signedIn', when(ui, session.createdAt))} · ${sentence(ui, 'account.seen', when(ui, session.lastSeenAt))}</p></div>${action}</li>`
}

function sessionsSection(data: Account, ui: Ui): Html {
  const others = data.sessions.filter((session) => !session.current)
  const endAll =
    others.length === 0
      ? none
      : postForm(
          ui,
          `${ui.hubPrefix}account/sessions/end-others`,
          html`<button class="btn">${ui.t('account.endOthers')}</button>`,
          html`data-confirm="${ui.t('account.endOthersConfirm')}"`,
        )
  return html`<section class="card stack" id="sessions" aria-labelledby="sessions-title"><div class="row spread"><h2 class="small" id="sessions-title">${ui.t('account.sessions')}</h2>${endAll}</div>
<p class="soft">${ui.t('account.sessionsText')}</p><ul class="lines">${data.sessions.map((session) => sessionLine(session, ui))}</ul></section>`
}

function languageSection(ui: Ui): Html {
  if (!ui.canSwitch) return none
  const buttons = locales.map(
    (locale) =>
      html`<button class="btn" name="locale" value="${locale}" lang="${locale}" aria-pressed="${locale === ui.locale ? 'true' : 'false'}">${localeNames[locale]}</button>`,
  )
  return html`<section class="card stack" id="language" aria-labelledby="language-title"><h2 class="small" id="language-title">${ui.t('account.language')}</h2>
${postForm(ui, `${ui.hubPrefix}language`, html`<input type="hidden" name="next" value="${ui.here}">${buttons}`, html`class="row"`)}</section>`
}

/** The visitor's own account: password, logins, language. */
export const accountPage = (data: Account, ui: Ui): Html =>
  layout(
    {
      title: ui.t('account.title'),
      width: 'medium',
      body: html`<div class="stack">${noticeNote(ui, data.notice)}<h1>${named(ui.user?.name ?? '')}</h1>${accountTabs(ui, 'account')}
${sessionsSection(data, ui)}${waysInSection(data.waysIn, ui)}${passwordSection(data, ui)}${languageSection(ui)}</div>`,
    },
    ui,
  )
