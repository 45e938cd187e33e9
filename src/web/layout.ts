import { localeNames, locales } from './i18n.ts'
import { dataBlock, html, none } from './html.ts'
import type { Html } from './html.ts'
import { logo } from './logo.ts'
import type { MessageKey } from './i18n.ts'
import type { NavEntry, Ui } from './ui.ts'

/** The frame of a page. */
export type Page = {
  /** Goes before the name of the hub in the title of the window. */
  readonly title: string
  readonly body: Html
  /** Widest the content may get. `narrow` is for a single form. */
  readonly width: 'narrow' | 'medium' | 'wide'
  /** Browser modules besides the common one. */
  readonly scripts?: readonly string[]
  /** Reload after so many seconds where scripts do not run. */
  readonly refreshSeconds?: number
  /** Goes on to this address by itself. */
  readonly leadsTo?: string
  /** Leave out the bar: for the pages before signing in. */
  readonly bare?: boolean
}

const entries: readonly { readonly id: NavEntry; readonly path: string; readonly key: MessageKey; readonly admin: boolean }[] = [
  { id: 'home', path: 'home', key: 'nav.home', admin: false },
  { id: 'people', path: 'admin', key: 'nav.people', admin: true },
  { id: 'servers', path: 'admin/servers', key: 'nav.servers', admin: true },
  { id: 'health', path: 'admin/health', key: 'nav.health', admin: true },
]

function navigation(ui: Ui): Html {
  if (ui.user === null) return none
  const { admin } = ui.user
  const links = entries
    .filter((entry) => admin || !entry.admin)
    .map(
      (entry) =>
        html`<a href="${ui.hubPrefix}${entry.path}"${ui.nav === entry.id ? html` aria-current="page"` : none}>${ui.t(entry.key)}</a>`,
    )
  return html`<nav aria-label="${ui.t('nav.label')}">${links}</nav>`
}

/** A form that posts, with its XSRF field. `attributes` is for class, id and data of the form element. */
export const postForm = (ui: Ui, action: string, body: Html, attributes: Html = none): Html =>
  html`<form method="post" action="${action}" ${attributes}><input type="hidden" name="_xsrf" value="${ui.xsrf}">${body}</form>`

function me(ui: Ui): Html {
  if (ui.user === null) return html`<div class="me"><a class="btn quiet" href="${ui.hubPrefix}login">${ui.t('login.submit')}</a></div>`
  const current = ui.nav === 'account' ? html` aria-current="page"` : none
  return html`<div class="me">
    <a class="name" href="${ui.hubPrefix}account"${current}><bdi>${ui.user.name}</bdi></a>
    ${postForm(ui, `${ui.hubPrefix}logout`, html`<button class="btn quiet" id="logout">${ui.t('nav.logout')}</button>`)}
  </div>`
}

const bar = (ui: Ui): Html => html`<header class="bar" id="thenavbar">
  <a class="brand" id="jupyterhub-logo" href="${ui.hubPrefix}">${logo('')}<span>Orrery</span></a>
  ${navigation(ui)}${me(ui)}
</header>`

function languageForm(ui: Ui): Html {
  if (!ui.canSwitch) return none
  const others = locales.filter((locale) => locale !== ui.locale)
  const buttons = others.map(
    (locale) => html`<button class="link" name="locale" value="${locale}" lang="${locale}">${localeNames[locale]}</button>`,
  )
  return postForm(ui, `${ui.hubPrefix}language`, html`<input type="hidden" name="next" value="${ui.here}">${buttons}`)
}

function themeForm(ui: Ui): Html {
  const choices = ['system', 'light', 'dark'] as const
  const buttons = choices.map(
    (theme) =>
      html`<button name="theme" value="${theme}" aria-pressed="${ui.theme === theme ? 'true' : 'false'}">${ui.t(`theme.${theme}`)}</button>`,
  )
  const body = html`<input type="hidden" name="next" value="${ui.here}"><fieldset><legend class="unseen">${ui.t('theme.label')}</legend>${buttons}</fieldset>`
  return postForm(ui, `${ui.hubPrefix}theme`, body, html`class="switch" data-theme-switch`)
}

const footer = (ui: Ui): Html => html`<footer class="foot">${languageForm(ui)}${themeForm(ui)}</footer>`

/** Facts for scripts. The names are those that scripts of existing deployments look for in `window.jhdata`. */
const pageData = (ui: Ui): Html =>
  dataBlock('page-data', {
    base_url: ui.hubPrefix,
    prefix: ui.baseUrl,
    user: ui.user?.name ?? null,
    admin_access: ui.user?.admin ?? false,
    options_form: false,
    xsrf_token: ui.xsrf,
    locale: ui.locale,
    words: { cancel: ui.t('add.cancel') },
  })

const refresh = (seconds: number | undefined): Html =>
  seconds === undefined ? none : html`<noscript><meta http-equiv="refresh" content="${seconds}"></noscript>`

function head(page: Page, ui: Ui): Html {
  const scripts = ['common', ...(page.scripts ?? [])].map(
    (name) => html`<script type="module" src="${ui.asset(`browser/${name}.js`)}"></script>`,
  )
  return html`<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Orrery</title><meta name="robots" content="noindex">${refresh(page.refreshSeconds)}${page.leadsTo === undefined ? none : html`<meta http-equiv="refresh" content="0;url=${page.leadsTo}">`}
<link rel="icon" href="${ui.asset('favicon.svg')}" type="image/svg+xml"><link rel="stylesheet" href="${ui.asset('style.css')}">${pageData(ui)}${scripts}`
}

/** A whole document. */
export const layout = (page: Page, ui: Ui): Html => html`<!doctype html>
<html lang="${ui.locale}" data-theme="${ui.theme}">
<head>${head(page, ui)}</head>
<body><a class="skip" href="#main">${ui.t('nav.skip')}</a>${page.bare === true ? none : bar(ui)}
<main id="main" class="${page.width}" tabindex="-1">${page.body}</main>
<div id="error-dialog" role="alert" hidden><p class="ajax-error"></p></div>
${footer(ui)}</body></html>`
