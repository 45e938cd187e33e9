import { hero } from '../components.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { isMessageKey } from '../i18n.ts'
import { layout, postForm } from '../layout.ts'
import { named } from '../server-view.ts'
import type { Ui } from '../ui.ts'

/** One thing that the application may do when it is let. */
export type ScopeView = {
  /** As it is asked for: `access:servers!server=alice/`. */
  readonly scope: string
  /** English meaning from the table of scopes; shown where the locale has none of its own. */
  readonly doc: string
}

/** What an application asks for. */
export type Authorize = {
  /** The address that the form posts to: this page's own, query included. */
  readonly action: string
  readonly application: string
  /** Host that gets the answer, as people know it. */
  readonly destination: string
  readonly scopes: readonly ScopeView[]
  /** It can only learn who the visitor is. */
  readonly onlyIdentify: boolean
}

function meaning(ui: Ui, { scope, doc }: ScopeView): string {
  const key = `scope.${scope.split('!')[0] ?? ''}`
  return isMessageKey(key) ? ui.t(key) : doc
}

const line = (ui: Ui, view: ScopeView, index: number): Html => html`<li><input type="hidden" name="scopes" value="${view.scope}">
<input type="checkbox" name="raw-scopes" id="scope-${index}" checked disabled><label for="scope-${index}">${meaning(ui, view)}<br><code class="faint">${view.scope}</code></label></li>`

/** Asks the visitor whether an application may act for them. */
export const authorizePage = (data: Authorize, ui: Ui): Html =>
  layout(
    {
      title: ui.t('authorize.title'),
      width: 'narrow',
      body: html`${hero(ui.t('authorize.heading'))}<div class="card stack"><p>${ui.t('authorize.text', { user: ui.user?.name ?? '' })}</p><p class="centre"><b>${named(data.application)}</b><br><span class="faint">${named(data.destination)}</span></p>
${data.onlyIdentify ? html`<p class="soft">${ui.t('authorize.onlyIdentify')}</p>` : html`<p>${ui.t('authorize.will')}</p>`}
${postForm(ui, data.action, html`<ul class="checks">${data.scopes.map((view, index) => line(ui, view, index))}</ul><button type="submit" class="btn primary wide">${ui.t('authorize.submit')}</button>`, html`class="stack"`)}
<a class="btn wide" href="${ui.hubPrefix}home">${ui.t('authorize.refuse')}</a>${none}</div>`,
    },
    ui,
  )
