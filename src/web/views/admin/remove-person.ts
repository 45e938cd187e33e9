import { fileFates } from '../../../core/left-files.ts'
import type { FileFate } from '../../../core/left-files.ts'
import { note } from '../../components.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import { layout, postForm } from '../../layout.ts'
import { personLink } from '../../links.ts'
import { named } from '../../server-view.ts'
import type { Ui } from '../../ui.ts'

/** Who is to be removed, and how many of their servers that would stop. */
export type RemovePerson = { readonly name: string; readonly runningServers: number }

const choice = (fate: FileFate, ui: Ui): Html => html`<div class="card profile"><div class="pick">
<input type="radio" name="files" id="files-${fate}" value="${fate}"${fate === 'keep' ? html` checked` : none} aria-describedby="files-${fate}-about">
<label for="files-${fate}">${ui.t(`remove.files.${fate}`)}</label></div><p class="about soft" id="files-${fate}-about">${ui.t(`remove.files.${fate}Text`)}</p></div>`

/** Asks before somebody is removed for good, and what becomes of their files. */
export const removePersonPage = (data: RemovePerson, ui: Ui): Html => {
  const running = data.runningServers > 0 ? note(html`<p>${ui.t('remove.running', { n: data.runningServers })}</p>`) : none
  const form = html`<fieldset class="profiles"><legend>${ui.t('remove.files')}</legend>${fileFates.map((fate) => choice(fate, ui))}</fieldset>
<button class="btn danger solid wide">${ui.t('remove.submit')}</button>`
  return layout(
    {
      title: ui.t('remove.title'),
      width: 'narrow',
      body: html`<div class="stack"><h1>${ui.t('remove.heading')}</h1><div class="card stack"><p><b>${named(data.name)}</b></p><p>${ui.t('remove.text')}</p>${running}</div>
${postForm(ui, personLink(ui, data.name, 'remove'), form, html`class="stack"`)}<a class="btn wide" href="${personLink(ui, data.name)}">${ui.t('remove.keep')}</a></div>`,
    },
    ui,
  )
}
