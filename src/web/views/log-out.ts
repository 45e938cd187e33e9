import { hero } from '../components.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout, postForm } from '../layout.ts'
import type { Ui } from '../ui.ts'

/** Asks before signing out: what a link or an image elsewhere leads to must not sign anybody out. */
export const logOutPage = (ui: Ui): Html =>
  layout(
    {
      title: ui.t('logout.title'),
      width: 'narrow',
      body: html`${hero(ui.t('logout.heading'), ui.t('logout.text'))}<div class="card stack">
${postForm(ui, `${ui.hubPrefix}logout`, html`<button class="btn primary wide">${ui.t('nav.logout')}</button>`)}
<a class="btn wide" href="${ui.hubPrefix}home">${ui.t('logout.stay')}</a></div>`,
    },
    ui,
  )
