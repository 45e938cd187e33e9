import type { ErrorRecord } from '../../core/errors.ts'
import { errorNote, field, hero } from '../components.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout, postForm } from '../layout.ts'
import type { Ui } from '../ui.ts'

const passwordFields = (ui: Ui, names: readonly [string, string], minimum: number, autofocus: boolean): Html => html`
${field('new-password', { name: names[0], label: ui.t('field.newPassword'), type: 'password', autocomplete: 'new-password', required: true, minLength: minimum, autofocus, hint: ui.t('field.passwordHint', { minimum }) })}
${field('new-password-again', { name: names[1], label: ui.t('field.passwordAgain'), type: 'password', autocomplete: 'new-password', required: true, minLength: minimum, extra: html`data-same-as="new-password" data-differs="${ui.t('field.passwordDiffers')}"` })}`

const nameField = (ui: Ui, value: string): Html =>
  field('user-name', {
    name: 'username',
    label: ui.t('field.userName'),
    value,
    autocomplete: 'username',
    required: true,
    autofocus: true,
    maxLength: 255,
    hint: ui.t('field.nameHint'),
  })

/** The form for the first administrator; `token` proves that the operator opened it. */
export type SetUp = {
  readonly token: string
  readonly userName: string
  readonly error: ErrorRecord | null
  readonly minimumPasswordLength: number
}

/** The first page of a new hub: makes the first administrator. */
export const setUpPage = (data: SetUp, ui: Ui): Html =>
  layout(
    {
      title: ui.t('setup.title'),
      width: 'narrow',
      bare: true,
      body: html`${hero(ui.t('setup.heading'), ui.t('setup.text'))}<div class="card stack">${errorNote(ui, data.error)}
${postForm(
  ui,
  `${ui.hubPrefix}setup`,
  html`<input type="hidden" name="token" value="${data.token}">${nameField(ui, data.userName)}${passwordFields(ui, ['password', 'password_confirmation'], data.minimumPasswordLength, false)}
<button class="btn primary wide">${ui.t('setup.submit')}</button>`,
  html`class="stack"`,
)}</div>`,
    },
    ui,
  )

/** The form of somebody who wants an account. */
export type SignUp = {
  readonly userName: string
  readonly error: ErrorRecord | null
  readonly minimumPasswordLength: number
  /** An administrator has to let new people in. */
  readonly approval: boolean
}

/** Making an account, or asking for one. */
export const signUpPage = (data: SignUp, ui: Ui): Html =>
  layout(
    {
      title: ui.t(data.approval ? 'signup.askTitle' : 'signup.title'),
      width: 'narrow',
      bare: true,
      body: html`${hero(ui.t(data.approval ? 'signup.askTitle' : 'signup.title'), data.approval ? ui.t('signup.askText') : null)}
<div class="card stack">${errorNote(ui, data.error)}${postForm(
        ui,
        `${ui.hubPrefix}signup`,
        html`${nameField(ui, data.userName)}${passwordFields(ui, ['signup_password', 'signup_password_confirmation'], data.minimumPasswordLength, false)}
<button class="btn primary wide">${ui.t(data.approval ? 'signup.ask' : 'signup.submit')}</button>`,
        html`class="stack"`,
      )}</div>
<p class="aside">${ui.t('signup.have')} <a href="${ui.hubPrefix}login">${ui.t('login.submit')}</a></p>`,
    },
    ui,
  )

/** After asking for an account. The same words whether or not the name was free. */
export const askedPage = (ui: Ui): Html =>
  layout(
    {
      title: ui.t('asked.title'),
      width: 'narrow',
      bare: true,
      body: html`${hero(ui.t('asked.heading'), ui.t('asked.text'))}<div class="card"><a class="btn wide" href="${ui.hubPrefix}login">${ui.t('asked.back')}</a></div>`,
    },
    ui,
  )

/** The form behind an invitation link. */
export type Invitation = {
  readonly token: string
  readonly userName: string
  /** The link leaves the name open. */
  readonly choosesName: boolean
  readonly error: ErrorRecord | null
  readonly minimumPasswordLength: number
}

/** What an invitation link opens: choose a password, and the account is yours. */
export const invitationPage = (data: Invitation, ui: Ui): Html =>
  layout(
    {
      title: ui.t('invitation.title'),
      width: 'narrow',
      bare: true,
      body: html`${hero(ui.t('invitation.heading'), ui.t('invitation.text'))}<div class="card stack">${errorNote(ui, data.error)}
${postForm(
  ui,
  `${ui.hubPrefix}invite`,
  html`<input type="hidden" name="token" value="${data.token}">${data.choosesName ? nameField(ui, data.userName) : field('user-name', { name: 'username', label: ui.t('field.userName'), value: data.userName, autocomplete: 'username', extra: html`readonly`, hint: ui.t('invitation.nameHint') })}
${passwordFields(ui, ['password', 'password_confirmation'], data.minimumPasswordLength, !data.choosesName)}<button class="btn primary wide">${ui.t('invitation.submit')}</button>`,
  html`class="stack"`,
)}</div>`,
    },
    ui,
  )
