import { fileFates } from '../../../core/left-files.ts'
import type { LeftFiles } from '../../../core/left-files.ts'
import { empty, errorNote, pill, select } from '../../components.ts'
import type { Notice } from '../../components.ts'
import { when } from '../../format.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import { layout, postForm } from '../../layout.ts'
import { named } from '../../server-view.ts'
import type { Ui } from '../../ui.ts'
import { noticeNote } from '../home.ts'

/** Files of people who are gone. `place` names them in forms and commands. */
export type LeftFilesRow = LeftFiles & { readonly place: string }

/** What the page shows. */
export type LeftFilesList = { readonly rows: readonly LeftFilesRow[]; readonly notice: Notice }

function statePillOf({ state, fate, archive, failure }: LeftFilesRow, ui: Ui): Html {
  if (failure !== null) return pill('bad', ui.t('files.state.failed'))
  if (state === 'kept') return pill('idle', ui.t('files.state.kept'))
  if (state === 'done') return archive === null ? pill('idle', ui.t('files.state.gone')) : pill('good', ui.t('files.state.archived'))
  return pill('warn', ui.t(`files.state.${fate}`))
}

const paths = (names: readonly string[]): Html =>
  names.length === 0 ? none : html`<ul class="plain">${names.map((name) => html`<li class="mono wrap">${name}</li>`)}</ul>`

const leftAlone = ({ found }: LeftFilesRow, ui: Ui): Html =>
  found.leftAlone.length === 0
    ? none
    : html`<p class="faint">${ui.t('files.leftAlone')}</p><ul class="plain">${found.leftAlone.map(({ name, why }) => html`<li class="faint wrap"><span class="mono">${name}</span>: ${ui.t(`files.why.${why}`)}</li>`)}</ul>`

function decision(row: LeftFilesRow, ui: Ui): Html {
  if (row.state === 'done') return none
  const choices = fileFates.map((value) => ({ value, label: ui.t(`remove.files.${value}`) }))
  const body = html`<input type="hidden" name="place" value="${row.place}">${select(`fate-${row.id}`, 'files', ui.t('files.decideLabel', { name: row.userName }), choices, row.fate)}
<button class="btn">${ui.t('files.decide')}</button>`
  return postForm(ui, `${ui.hubPrefix}admin/files`, body, html`class="row"`)
}

const handOver = ({ place }: LeftFilesRow, ui: Ui): Html =>
  html`<p class="faint">${ui.t('files.handOver')} <code>orrery user add ${ui.t('files.newName')} --files-of ${place}</code></p>`

const card = (row: LeftFilesRow, ui: Ui): Html => html`<section class="card stack tight" data-place="${row.place}">
<div class="row spread"><h2 class="small">${named(row.userName)}</h2>${statePillOf(row, ui)}</div><p class="faint">${ui.t('files.removed')} ${when(ui, row.askedAt)}</p>
${row.archive === null ? none : html`<p class="mono wrap">${row.archive}</p>`}${paths(row.found.own)}${leftAlone(row, ui)}${errorNote(ui, row.failure, '')}
${row.state === 'kept' || (row.state === 'waiting' && row.fate === 'keep') ? handOver(row, ui) : none}${decision(row, ui)}</section>`

/** Where the files of people who are gone are, and what becomes of them. */
export const leftFilesPage = (data: LeftFilesList, ui: Ui): Html =>
  layout(
    {
      title: ui.t('files.title'),
      width: 'medium',
      body: html`<div class="stack">${noticeNote(ui, data.notice)}<p><a href="${ui.hubPrefix}admin">${ui.t('person.back')}</a></p><h1>${ui.t('files.title')}</h1><p class="soft">${ui.t('files.text')}</p>
${data.rows.length === 0 ? html`<div class="card">${empty(ui.t('files.none'), ui.t('files.noneText'))}</div>` : data.rows.map((row) => card(row, ui))}</div>`,
    },
    ui,
  )
