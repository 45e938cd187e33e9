import type { ErrorRecord } from '../../../core/errors.ts'
import { errorNote } from '../../components.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import { layout, postForm } from '../../layout.ts'
import type { Ui } from '../../ui.ts'

/** The form for new accounts, as it was typed so far. */
export type AddPeople = {
  readonly names: string
  /** The hub keeps passwords, so new people can get a link. */
  readonly invitations: boolean
  readonly error: ErrorRecord | null
}

const linkChoice = (data: AddPeople, ui: Ui): Html =>
  data.invitations
    ? html`<div class="check"><input type="checkbox" name="invite" value="yes" id="add-invite" checked aria-describedby="add-invite-hint"><div><label for="add-invite">${ui.t('add.invite')}</label><p class="faint" id="add-invite-hint">${ui.t('add.inviteHint')}</p></div></div>`
    : none

/** New accounts, one name a line. */
export const addPeoplePage = (data: AddPeople, ui: Ui): Html =>
  layout(
    {
      title: ui.t('people.add'),
      width: 'medium',
      body: html`<div class="stack"><p><a href="${ui.hubPrefix}admin">${ui.t('person.back')}</a></p><h1>${ui.t('people.add')}</h1>
<div class="card stack">${errorNote(ui, data.error)}${postForm(
        ui,
        `${ui.hubPrefix}admin/add`,
        html`<div class="field"><label for="add-names">${ui.t('add.names')}</label><textarea id="add-names" name="names" rows="6" required autofocus spellcheck="false" autocapitalize="none" aria-describedby="add-names-hint">${data.names}</textarea>
<p class="faint" id="add-names-hint">${ui.t('add.namesHint')}</p></div>${linkChoice(data, ui)}
<div class="check"><input type="checkbox" name="admin" value="yes" id="add-admin" aria-describedby="add-admin-hint"><div><label for="add-admin">${ui.t('add.admin')}</label><p class="faint" id="add-admin-hint">${ui.t('add.adminHint')}</p></div></div>
<div class="row"><button class="btn primary">${ui.t('add.submit')}</button><a class="btn quiet" href="${ui.hubPrefix}admin">${ui.t('add.cancel')}</a></div>`,
        html`class="stack"`,
      )}</div></div>`,
    },
    ui,
  )
