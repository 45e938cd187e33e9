import { keptKind } from '../../core/kept-files.ts'
import type { KeptFiles } from '../../core/kept-files.ts'
import { note, sentence } from '../components.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import type { Ui } from '../ui.ts'

/** The folders, the home first, whose path may not be known yet. */
function folders(ui: Ui, { home, keepsHome, paths }: KeptFiles): Html {
  const own = keepsHome ? [home === null ? html`${ui.t('kept.yourHome')}` : html`<code>${home}</code>`] : []
  const all = [...own, ...paths.map((path) => html`<code>${path}</code>`)]
  return html`${all.map((one, index) => (index === 0 ? one : html`, ${one}`))}`
}

/** What is kept and what is not, before a server is used; a warning when the home folder is not kept, or only a part of it. */
export function keptNote(ui: Ui, kept: KeptFiles | null): Html {
  if (kept === null) return none
  const kind = keptKind(kept)
  if (kind === 'home') return html`<p class="faint" data-kept="home">${sentence(ui, 'kept.home', folders(ui, kept))}</p>`
  const text = kind === 'part' ? sentence(ui, 'kept.part', folders(ui, kept)) : ui.t('kept.nothing')
  return note(html`<p>${text}</p>`, 'brass', html`data-kept="${kind}"`)
}

/** The same in a few words. */
export function keptWords(ui: Ui, kept: KeptFiles | null): Html {
  const kind = kept === null ? 'home' : keptKind(kept)
  if (kept === null || kind === 'home') return html`${ui.t('card.files')}`
  return kind === 'part' ? sentence(ui, 'kept.partShort', folders(ui, kept)) : html`${ui.t('kept.nothingShort')}`
}
