import { clockTime } from '../core/errors.ts'
import type { ErrorRecord } from '../core/errors.ts'
import type { ServerStateKind } from '../core/server-state.ts'
import { clock } from './format.ts'
import { html, none } from './html.ts'
import type { Html, HtmlValue } from './html.ts'
import { errorTexts } from './i18n.ts'
import type { MessageKey, MessageValues } from './i18n.ts'
import { logo } from './logo.ts'
import type { Ui } from './ui.ts'

/** Tone of a state: always beside a word, never alone. */
export type Tone = 'good' | 'warn' | 'bad' | 'idle'

/** A state as a word on its colour. */
export const pill = (tone: Tone, word: string): Html => html`<span class="pill ${tone}">${word}</span>`

const tones: Record<ServerStateKind, Tone> = { stopped: 'idle', starting: 'warn', running: 'good', stopping: 'warn', failed: 'bad' }

/** The state of a server as a word on its colour. */
export const statePill = (ui: Ui, kind: ServerStateKind): Html => pill(tones[kind], ui.t(`state.${kind}`))

/** Something worth knowing before going on. */
export const note = (body: Html, tone: 'brass' | 'good' | 'bad' = 'brass', attributes: Html = none): Html =>
  html`<div class="note ${tone} stack" ${attributes}>${body}</div>`

/** An error as one sentence. The moment that it names becomes one of the visitor's own clock where scripts run. */
export function errorTitle(ui: Ui, error: ErrorRecord): Html {
  const { title } = errorTexts(ui.locale, error)
  const { at } = error.detail
  if (typeof at !== 'string') return html`${title}`
  const [before = '', after] = title.split(clockTime(at))
  if (after === undefined) return html`${title}`
  return html`${before}${clock(at)}${after}`
}

/** An error as one sentence and one hint. */
export function errorNote(ui: Ui, error: ErrorRecord | null, className = 'login_error'): Html {
  if (error === null) return none
  const { hint } = errorTexts(ui.locale, error)
  return html`<div class="note bad stack ${className}" role="alert" data-code="${error.code}"><p><b>${errorTitle(ui, error)}</b></p>${hint === '' ? none : html`<p>${hint}</p>`}</div>`
}

/** The mark above a title, for pages with a single form. */
export const hero = (title: string, subtitle: string | null = null): Html =>
  html`<div class="hero">${logo('')}<h1>${title}</h1>${subtitle === null ? none : html`<p class="soft">${subtitle}</p>`}</div>`

/** A text field with its label. */
export type Field = {
  readonly name: string
  readonly label: string
  readonly value?: string
  readonly type?: 'text' | 'password' | 'search'
  readonly autocomplete?: string
  readonly hint?: string
  readonly required?: boolean
  readonly autofocus?: boolean
  readonly maxLength?: number
  readonly minLength?: number
  /** Further attributes of the input. */
  readonly extra?: Html
}

const on = (flag: boolean | undefined, attribute: string): HtmlValue => flag === true && html` ${attribute}`
const attr = (name: string, value: string | number | undefined): HtmlValue => value !== undefined && html` ${name}="${value}"`

/** A label, its input, and a hint that belongs to it. */
export function field(id: string, options: Field): Html {
  const hint = options.hint === undefined ? none : html`<p class="faint" id="${id}-hint">${options.hint}</p>`
  const described = options.hint === undefined ? false : html` aria-describedby="${id}-hint"`
  const names = options.autocomplete === 'username' && html` autocapitalize="none" spellcheck="false"`
  return html`<div class="field"><label for="${id}">${options.label}</label>
<input id="${id}" name="${options.name}" type="${options.type ?? 'text'}"${attr('value', options.value)}${attr('autocomplete', options.autocomplete)}${names}${attr('maxlength', options.maxLength)}${attr('minlength', options.minLength)}${on(options.required, 'required')}${on(options.autofocus, 'autofocus')}${described} ${options.extra}>${hint}</div>`
}

/** Text that can be copied with one click where scripts run, and selected where they do not. */
export const copyField = (ui: Ui, id: string, value: string, label: string): Html =>
  html`<div class="copy"><label class="unseen" for="${id}">${label}</label><input id="${id}" class="mono" readonly value="${value}" data-select>
<button type="button" class="btn" data-copy="${id}" data-copied="${ui.t('copy.done')}" hidden>${ui.t('copy.do')}</button></div>`

/** What a page shows in place of an empty list. */
export const empty = (title: string, text: string, action: Html = none): Html =>
  html`<div class="empty">${logo('')}<p><b>${title}</b></p><p class="soft">${text}</p>${action}</div>`

/** A choice of a select. */
export type Choice = { readonly value: string; readonly label: string }

/** A select with a label that only a screen reader sees. */
export const select = (id: string, name: string, label: string, choices: readonly Choice[], current: string): Html =>
  html`<div class="select"><label class="unseen" for="${id}">${label}</label><select id="${id}" name="${name}">${choices.map(
    ({ value, label: text }) => html`<option value="${value}"${value === current ? html` selected` : none}>${text}</option>`,
  )}</select></div>`

const gap = '\u0001'

/** A message with one place for something that is not plain text: a name, a time. `{it}` is the place. */
export function sentence(ui: Ui, key: MessageKey, it: Html, values: MessageValues = {}): Html {
  const [before = '', after = ''] = ui.t(key, { ...values, it: gap }).split(gap)
  return html`${before}${it}${after}`
}

/** A line that says that something was done, named by the last part of a message key. */
export type Notice = string | null
