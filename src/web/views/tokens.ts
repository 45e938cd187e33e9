import type { ErrorRecord } from '../../core/errors.ts'
import type { IsoTime } from '../../core/time.ts'
import { copyField, empty, errorNote, field, note } from '../components.ts'
import type { Notice } from '../components.ts'
import { when, whenOr } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { layout, postForm } from '../layout.ts'
import { named } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { accountTabs } from './account.ts'
import { noticeNote } from './home.ts'

/** One token as its owner sees it. */
export type TokenView = {
  readonly id: number
  readonly note: string
  /** Application that obtained it; null for a token somebody asked for on this page or by the API. */
  readonly application: string | null
  readonly scopes: readonly string[]
  readonly createdAt: IsoTime
  readonly lastActivityAt: IsoTime | null
  readonly expiresAt: IsoTime | null
}

/** The tokens of the visitor, and the form for a new one. */
export type Tokens = {
  readonly tokens: readonly TokenView[]
  /** Shown once, right after it was made. */
  readonly made: { readonly token: string; readonly note: string } | null
  readonly error: ErrorRecord | null
  readonly notice: Notice
  /** Longest life a token may have, in seconds; null: as long as wanted. */
  readonly maximumSeconds: number | null
  readonly form: { readonly note: string; readonly scopes: string }
}

const lifetimes = [3600, 86_400, 604_800, 2_592_000, 31_536_000] as const

function lifetimeChoices(data: Tokens, ui: Ui): Html {
  const allowed = lifetimes.filter((seconds) => data.maximumSeconds === null || seconds < data.maximumSeconds)
  const longest = data.maximumSeconds === null ? ui.t('tokens.never') : ui.t('tokens.longest')
  return html`${allowed.map((seconds) => html`<option value="${seconds}">${ui.t(`tokens.life.${seconds}`)}</option>`)}<option value="" selected>${longest}</option>`
}

function requestForm(data: Tokens, ui: Ui): Html {
  const body = html`${field('token-note', { name: 'note', label: ui.t('tokens.note'), value: data.form.note, hint: ui.t('tokens.noteHint'), maxLength: 255, extra: html`placeholder="${ui.t('tokens.defaultNote')}"` })}
<div class="field"><label for="token-expiration-seconds">${ui.t('tokens.expires')}</label><select id="token-expiration-seconds" name="expires_in">${lifetimeChoices(data, ui)}</select></div>
${field('token-scopes', { name: 'scopes', label: ui.t('tokens.scopes'), value: data.form.scopes, hint: ui.t('tokens.scopesHint'), extra: html`spellcheck="false" autocapitalize="none" autocomplete="off"` })}
<button class="btn primary">${ui.t('tokens.submit')}</button>`
  return html`<section class="card stack" aria-labelledby="request-title"><h2 class="small" id="request-title">${ui.t('tokens.new')}</h2><p class="soft">${ui.t('tokens.text')}</p>
${errorNote(ui, data.error)}${postForm(ui, `${ui.hubPrefix}token`, body, html`id="request-token-form" class="stack slim"`)}</section>`
}

const madeNote = (data: Tokens, ui: Ui): Html =>
  data.made === null
    ? none
    : note(
        html`<p><b>${ui.t('tokens.made')}</b></p>${copyField(ui, 'token-result', data.made.token, ui.t('tokens.madeLabel'))}<p>${ui.t('tokens.madeOnce')}</p>`,
        'good',
        html`role="status" id="token-area"`,
      )

function row(token: TokenView, ui: Ui): Html {
  const title = token.application ?? (token.note === '' ? ui.t('tokens.unnamed') : token.note)
  const under =
    token.application === null || token.note === '' || token.note === token.application
      ? none
      : html`<br><span class="faint">${named(token.note)}</span>`
  const scopes = token.scopes.includes('inherit') ? ui.t('tokens.all') : token.scopes.join(', ')
  const revoke = postForm(
    ui,
    `${ui.hubPrefix}token/${token.id}/revoke`,
    html`<button class="btn quiet danger revoke-token-btn" aria-label="${ui.t('tokens.revokeLabel', { note: title })}">${ui.t('tokens.revoke')}</button>`,
    html`data-confirm="${ui.t('tokens.revokeConfirm', { note: title })}"`,
  )
  return html`<tr class="token-row" data-token-id="${token.id}"><th scope="row" class="wrap">${named(title)}${under}<br><span class="faint mono" title="${token.scopes.join('\n')}">${scopes}</span></th>
<td data-label="${ui.t('tokens.created')}">${when(ui, token.createdAt)}</td><td data-label="${ui.t('tokens.used')}">${whenOr(ui, token.lastActivityAt, ui.t('tokens.neverUsed'))}</td>
<td data-label="${ui.t('tokens.until')}">${whenOr(ui, token.expiresAt, ui.t('tokens.noEnd'))}</td><td class="end">${revoke}</td></tr>`
}

function list(data: Tokens, ui: Ui): Html {
  if (data.tokens.length === 0) return html`<section class="card">${empty(ui.t('tokens.none'), ui.t('tokens.noneText'))}</section>`
  return html`<section class="card flush" aria-labelledby="list-title"><h2 class="small" id="list-title">${ui.t('tokens.list')}</h2>
<table class="cards"><thead><tr><th scope="col">${ui.t('tokens.what')}</th><th scope="col">${ui.t('tokens.created')}</th><th scope="col">${ui.t('tokens.used')}</th><th scope="col">${ui.t('tokens.until')}</th><td></td></tr></thead>
<tbody>${data.tokens.map((token) => row(token, ui))}</tbody></table></section>`
}

/** Tokens of the visitor: make one, see them, take one back. */
export const tokensPage = (data: Tokens, ui: Ui): Html =>
  layout(
    {
      title: ui.t('tokens.title'),
      width: 'medium',
      body: html`<div class="stack">${noticeNote(ui, data.notice)}<h1>${named(ui.user?.name ?? '')}</h1>${accountTabs(ui, 'token')}${madeNote(data, ui)}${requestForm(data, ui)}${list(data, ui)}</div>`,
    },
    ui,
  )
