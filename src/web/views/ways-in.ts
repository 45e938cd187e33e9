import type { IsoTime } from '../../core/time.ts'
import { sentence } from '../components.ts'
import { when } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { layout, postForm } from '../layout.ts'
import type { Ui } from '../ui.ts'

/** One way to sign in elsewhere. `service` null: it is not configured any more. */
export type IdentityView = {
  readonly id: number
  readonly service: string | null
  readonly authenticator: string
  readonly login: string
  readonly since: IsoTime
  /** Without it nobody could sign in to the account. */
  readonly only: boolean
}

/** How somebody may sign in, and how else they could. */
export type WaysInView = {
  readonly password: boolean
  readonly identities: readonly IdentityView[]
  readonly offers: readonly { readonly id: string; readonly title: string }[]
}

function identityLine({ id, service, authenticator, login, since, only }: IdentityView, ui: Ui): Html {
  const name = service ?? authenticator
  const action = only
    ? html`<span class="pill idle">${ui.t('ways.only')}</span>`
    : postForm(
        ui,
        `${ui.hubPrefix}account/identities/${id}/unlink`,
        html`<button class="btn quiet" aria-label="${ui.t('ways.unlinkLabel', { service: name, login })}">${ui.t('ways.unlink')}</button>`,
        html`data-confirm="${ui.t('ways.unlinkConfirm', { service: name })}"`,
      )
  const gone = service === null ? html` · ${ui.t('ways.gone')}` : none
  return html`<li><div><p><b>${name}</b></p><p class="faint"><bdi>${login}</bdi> · ${sentence(ui, 'ways.since', when(ui, since))}${gone}</p></div>${action}</li>`
}

/** The ways to sign in to one's own account. */
export function waysInSection(data: WaysInView | null, ui: Ui): Html {
  if (data === null) return none
  const password = data.password
    ? html`<li><div><p><b>${ui.t('ways.password')}</b></p><p class="faint">${ui.t('ways.passwordText')}</p></div></li>`
    : none
  const offers = data.offers.map(({ id, title }) =>
    postForm(ui, `${ui.hubPrefix}account/link/${id}`, html`<button class="btn">${ui.t('ways.link', { service: title })}</button>`),
  )
  return html`<section class="card stack" id="ways-in" aria-labelledby="ways-in-title"><h2 class="small" id="ways-in-title">${ui.t('ways.title')}</h2>
<p class="soft">${ui.t('ways.text')}</p><ul class="lines">${password}${data.identities.map((identity) => identityLine(identity, ui))}</ul>${offers.length === 0 ? none : html`<div class="row">${offers}</div>`}</section>`
}

/** The way to another site, after a form: browsers do not let a form lead there itself. Goes on by itself, with or without scripts. */
export const leavingPage = (data: { readonly service: string; readonly url: string }, ui: Ui): Html =>
  layout(
    {
      title: ui.t('leaving.title', { service: data.service }),
      width: 'narrow',
      leadsTo: data.url,
      body: html`<div class="card stack"><h1>${ui.t('leaving.title', { service: data.service })}</h1>
<p class="soft">${ui.t('leaving.text')}</p><a class="btn primary wide" href="${data.url}">${ui.t('leaving.go', { service: data.service })}</a></div>`,
    },
    ui,
  )
