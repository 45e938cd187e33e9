import type { ErrorRecord } from '../../core/errors.ts'
import { errorNote, field, hero, note } from '../components.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { layout, postForm } from '../layout.ts'
import type { Ui } from '../ui.ts'

/** One way to sign in: a form, or a button that leads elsewhere. */
export type LogInChoice =
  | { readonly form: 'password'; readonly kind: string; readonly title: string }
  | { readonly form: 'redirect'; readonly kind: string; readonly title: string; readonly url: string }

/** The sign-in page: how one may sign in, and what came of the last try. */
export type LogIn = {
  readonly choices: readonly LogInChoice[]
  /** Where to go afterwards, already checked; null for the usual place. */
  readonly next: string | null
  readonly userName: string
  readonly error: ErrorRecord | null
  /** Said above the form: signed out, password set, and the like. */
  readonly notice: string | null
  /** `open`: may make an account; `ask`: may ask for one. */
  readonly signUp: 'open' | 'ask' | null
}

function passwordForm(data: LogIn, kind: string, title: string, primary: boolean, ui: Ui): Html {
  const several = data.choices.filter((choice) => choice.form === 'password').length > 1
  const id = several ? `-${kind}` : ''
  const action = `${ui.hubPrefix}login${data.next === null ? '' : `?next=${encodeURIComponent(data.next)}`}`
  const body = html`${several ? html`<h2 class="small">${title}</h2>` : none}<input type="hidden" name="authenticator" value="${kind}">
${field(`username_input${id}`, { name: 'username', label: ui.t('field.userName'), value: data.userName, autocomplete: 'username', required: true, autofocus: primary && data.userName === '', maxLength: 255 })}
${field(`password_input${id}`, { name: 'password', label: ui.t('field.password'), type: 'password', autocomplete: 'current-password', required: true, autofocus: primary && data.userName !== '' })}
<button class="btn wide${primary ? ' primary' : ''}" id="login_submit${id}">${ui.t('login.submit')}</button>`
  return postForm(ui, action, body, html`class="stack"`)
}

const or = (ui: Ui): Html => html`<div class="or">${ui.t('login.or')}</div>`

function choices(data: LogIn, ui: Ui): Html {
  const redirects = data.choices.flatMap((choice) => (choice.form === 'redirect' ? [choice] : []))
  const passwords = data.choices.flatMap((choice) => (choice.form === 'password' ? [choice] : []))
  const buttons = redirects.map(
    ({ url, title }, index) =>
      html`<a class="btn wide${index === 0 ? ' primary' : ''}" href="${url}">${ui.t('login.with', { service: title })}</a>`,
  )
  const forms = passwords.map(
    ({ kind, title }, index) =>
      html`${index > 0 ? or(ui) : none}${passwordForm(data, kind, title, redirects.length === 0 && index === 0, ui)}`,
  )
  return html`${buttons}${buttons.length > 0 && forms.length > 0 ? or(ui) : none}${forms}`
}

function signUpLine(data: LogIn, ui: Ui): Html {
  if (data.signUp === null) return none
  return html`<p class="aside">${ui.t('login.noAccount')} <a href="${ui.hubPrefix}signup">${ui.t(data.signUp === 'open' ? 'login.signUp' : 'login.ask')}</a></p>`
}

/** The page for signing in. */
export const logInPage = (data: LogIn, ui: Ui): Html =>
  layout(
    {
      title: ui.t('login.title'),
      width: 'narrow',
      bare: true,
      body: html`${hero(ui.t('login.heading'))}
<div class="card stack" id="login-main">${data.notice === null ? none : note(html`<p>${data.notice}</p>`, 'good', html`role="status"`)}${errorNote(ui, data.error)}${choices(data, ui)}</div>
${signUpLine(data, ui)}`,
    },
    ui,
  )
