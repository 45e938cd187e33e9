import type { ErrorRecord } from '../../core/errors.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { errorTexts, isMessageKey } from '../i18n.ts'
import { layout } from '../layout.ts'
import { logo } from '../logo.ts'
import type { Ui } from '../ui.ts'

/** An error as the page shows it. */
export type ErrorView = {
  readonly status: number
  /** Null: only the status is known. */
  readonly error: ErrorRecord | null
  /** Finds the entry in the hub's log. */
  readonly reference: string | null
  /** Shown instead of the error's own title, when somebody else wrote it. */
  readonly message?: string
  /** Where what failed is begun again; the page itself cannot be asked for once more. */
  readonly again?: string
}

/** The words for a status that came without an error of its own. */
function wordsOfStatus(ui: Ui, status: number): { readonly title: string; readonly hint: string } {
  const known = `status.${status}`
  const title = isMessageKey(`${known}.title`) ? `${known}.title` : status < 500 ? 'status.4xx.title' : 'status.5xx.title'
  const hint = isMessageKey(`${known}.hint`) ? `${known}.hint` : status < 500 ? 'status.4xx.hint' : 'status.5xx.hint'
  return { title: isMessageKey(title) ? ui.t(title) : '', hint: isMessageKey(hint) ? ui.t(hint) : '' }
}

/** Two addresses that should be one are easiest to compare below each other. */
function addresses(ui: Ui, error: ErrorRecord | null): Html {
  const { expected, received } = error?.code === 'provider_callback_wrong' ? error.detail : {}
  if (typeof expected !== 'string' || typeof received !== 'string') return none
  return html`<dl class="facts"><div><dt>${ui.t('error.expected')}</dt><dd><code>${expected}</code></dd></div>
<div><dt>${ui.t('error.received')}</dt><dd><code>${received}</code></dd></div></dl>`
}

/** Any error as a page: the number, one sentence, one hint, one way on. */
export function errorPage(data: ErrorView, ui: Ui): Html {
  const texts = data.error === null ? wordsOfStatus(ui, data.status) : errorTexts(ui.locale, data.error)
  const title = data.message ?? texts.title
  const home = ui.user === null ? none : html`<a class="btn primary" href="${ui.hubPrefix}home">${ui.t('nav.toHome')}</a>`
  const again = data.again === undefined ? none : html`<a class="btn primary" href="${data.again}">${ui.t('error.again')}</a>`
  const reload = data.again === undefined ? html`<a class="btn" href="" data-reload>${ui.t('error.reload')}</a>` : none
  const signIn =
    ui.user === null && data.again === undefined
      ? html`<a class="btn primary" href="${ui.hubPrefix}login">${ui.t('login.submit')}</a>`
      : none
  return layout(
    {
      title: `${data.status}`,
      width: 'medium',
      scripts: ['error'],
      body: html`<div class="stack error-page"><div class="status">${logo('')}<p class="number num">${data.status}</p></div><h1>${title}</h1>
${texts.hint === '' ? none : html`<p class="soft">${texts.hint}</p>`}${addresses(ui, data.error)}<div class="row">${again}${home}${signIn}${reload}</div>
<p class="faint">${data.error === null ? none : html`${ui.t('failed.code')} <code>${data.error.code}</code>`}${data.reference === null ? none : html` · ${ui.t('error.reference')} <code>${data.reference}</code>`}</p></div>`,
    },
    ui,
  )
}
