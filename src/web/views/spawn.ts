import type { ErrorRecord } from '../../core/errors.ts'
import type { KeptFiles } from '../../core/kept-files.ts'
import { inputPattern } from '../../core/profile-pattern.ts'
import type { Profile, ProfileField } from '../../core/profile-schema.ts'
import { profileTitle } from '../../core/profiles.ts'
import type { FieldProblem } from '../../core/profiles.ts'
import { initialValue } from '../../core/profile-values.ts'
import { errorNote, sentence } from '../components.ts'
import { number } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { errorTexts } from '../i18n.ts'
import { layout, postForm } from '../layout.ts'
import { spawnLink } from '../links.ts'
import { named, serverPhrase } from '../server-view.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { keptNote } from './kept-files.ts'

/** The form on which a profile is chosen. */
export type Spawn = {
  readonly server: Pick<ServerView, 'userName' | 'name' | 'displayName'>
  /** Those that the owner of the server may use; at least one. */
  readonly profiles: readonly Profile[]
  /** What lasts of a start with each of them, in the same order; one for all when it is the same. */
  readonly kept: readonly (KeptFiles | null)[]
  /** Name of the profile that is chosen when the page opens. */
  readonly chosen: string
  /** Values of its fields by name, as typed or as kept from the last start; defaults for the others. */
  readonly values: Readonly<Record<string, string>>
  /** What is wrong with values of the chosen profile; shown at its fields. */
  readonly problems: readonly FieldProblem[]
  /** What is wrong beside that. */
  readonly error: ErrorRecord | null
  /** Where the start leads; null for the server itself. */
  readonly next: string | null
  /** How a new server is to be called; null: as it is. */
  readonly newDisplayName: string | null
}

type Shown = { readonly id: string; readonly value: string; readonly problem: FieldProblem | null }

function problemLine(ui: Ui, field: ProfileField, { id, problem }: Shown): Html {
  if (problem === null) return none
  const { title, hint } = errorTexts(ui.locale, { code: 'profile_field_invalid', detail: { ...problem, field: field.label } })
  return html`<p class="bad-text" id="${id}-problem">${title} ${hint}</p>`
}

function hintText(ui: Ui, field: ProfileField): string {
  if (field.kind !== 'number') return field.description
  const unit = field.sets === 'memLimit' ? ` ${field.unit}B` : ''
  const range = ui.t('spawn.range', { min: `${field.min}${unit}`, max: `${field.max}${unit}` })
  return field.description === '' ? range : `${field.description} ${range}`
}

function input(field: ProfileField, { id, value }: Shown, about: Html): Html {
  switch (field.kind) {
    case 'choice':
      return html`<select id="${id}" name="${id}"${about}>${Object.entries(field.choices).map(
        ([name, { label }]) => html`<option value="${name}"${name === value ? html` selected` : none}>${label ?? name}</option>`,
      )}</select>`
    case 'number':
      return html`<input id="${id}" name="${id}" type="number" value="${value}" min="${field.min}" max="${field.max}" step="${field.whole ? '1' : 'any'}"${about}>`
    case 'text': {
      const pattern = inputPattern(field.pattern)
      return html`<input id="${id}" name="${id}" type="text" value="${value}" maxlength="${field.maxLength}"${pattern === null ? none : html` pattern="${pattern}"`} autocapitalize="none" autocomplete="off" spellcheck="false"${about}>`
    }
    default:
      throw new TypeError(field satisfies never)
  }
}

function fieldOf(ui: Ui, field: ProfileField, shown: Shown): Html {
  const hint = hintText(ui, field)
  const ids = [hint === '' ? [] : [`${shown.id}-hint`], shown.problem === null ? [] : [`${shown.id}-problem`]].flat()
  const invalid = shown.problem === null ? none : html` aria-invalid="true"`
  const about = html`${ids.length === 0 ? none : html` aria-describedby="${ids.join(' ')}"`}${invalid}`
  return html`<div class="field"><label for="${shown.id}">${field.label}</label>${input(field, shown, about)}
${hint === '' ? none : html`<p class="faint" id="${shown.id}-hint">${hint}</p>`}${problemLine(ui, field, shown)}</div>`
}

function memory(ui: Ui, bytes: number): string {
  const [size, unit] = bytes < 2 ** 30 ? [bytes / 2 ** 20, 'MB'] : [bytes / 2 ** 30, 'GB']
  return `${number(ui, size, Number.isInteger(size) ? 0 : 1)} ${unit}`
}

function facts(ui: Ui, { memLimit, cpuLimit }: Profile): Html {
  const known = [
    ...(memLimit === undefined ? [] : [ui.t('spawn.memory', { size: memory(ui, memLimit) })]),
    ...(cpuLimit === undefined ? [] : [ui.t('spawn.cores', { n: cpuLimit })]),
  ]
  return known.length === 0 ? none : html`<p class="faint num">${known.join(' · ')}</p>`
}

function profileCard(data: Spawn, profile: Profile, kept: KeptFiles | null, ui: Ui): Html {
  const isChosen = profile.name === data.chosen
  const id = `profile-${profile.name}`
  const fields = Object.entries(profile.fields).map(([name, field]) => {
    const problem = isChosen ? data.problems.find((one) => one.field === name) : undefined
    const value = (isChosen && Object.hasOwn(data.values, name) ? data.values[name] : undefined) ?? `${initialValue(field) ?? ''}`
    return fieldOf(ui, field, { id: `${profile.name}--${name}`, value, problem: problem ?? null })
  })
  const settings = html`<div class="settings" role="group" aria-label="${ui.t('spawn.settings', { profile: profileTitle(profile) })}">${fields}</div>`
  return html`<div class="card profile"><div class="pick"><input type="radio" name="profile" id="${id}" value="${profile.name}"${isChosen ? html` checked` : none} aria-describedby="${id}-about">
<label for="${id}">${named(profileTitle(profile))}</label></div>
<div class="about" id="${id}-about">${profile.description === '' ? none : html`<p class="soft">${profile.description}</p>`}${facts(ui, profile)}${keptNote(ui, kept)}</div>${fields.length === 0 ? none : settings}</div>`
}

/**
 * The choice before a start. Everything works without a script: the style shows the fields of the chosen profile only, and the hub checks what
 * was typed; the browser does not, because it would stumble over fields that nobody sees.
 */
export const spawnPage = (data: Spawn, ui: Ui): Html => {
  const name = data.newDisplayName === null ? none : html`<input type="hidden" name="display_name" value="${data.newDisplayName}">`
  const body = html`${name}<fieldset class="profiles"><legend class="unseen">${ui.t('spawn.profiles')}</legend>${data.profiles.map(
    (profile, index) => profileCard(data, profile, data.kept.length === 1 ? null : (data.kept[index] ?? null), ui),
  )}</fieldset>${data.kept.length === 1 ? keptNote(ui, data.kept[0] ?? null) : none}
<button class="btn primary wide" id="start">${ui.t('card.start')}</button>`
  return layout(
    {
      title: ui.t('spawn.title'),
      width: 'medium',
      body: html`<div class="stack"><h1>${ui.t('spawn.heading')}</h1><p class="soft">${sentence(ui, 'spawn.text', serverPhrase(ui, data.server))}</p>
${errorNote(ui, data.error, '')}${postForm(ui, spawnLink(ui, data.server, data.next), body, html`class="stack" id="spawn_form" novalidate`)}</div>`,
    },
    ui,
  )
}
