import { number } from './format.ts'
import { html, none } from './html.ts'
import type { Html } from './html.ts'
import type { Ui } from './ui.ts'

/** A part of a long list. */
export type Slice = {
  readonly total: number
  readonly offset: number
  readonly limit: number
}

/** Address of the same list with other parameters; empty values are left out. */
export function listLink(path: string, query: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}

/** "101–200 of 10,000" with links to the neighbours; nothing when all fits. */
export function pager(ui: Ui, slice: Slice, linkTo: (offset: number) => string): Html {
  const { total, offset, limit } = slice
  if (total <= limit && offset === 0) return none
  const last = Math.min(total, offset + limit)
  const step = (to: number, text: string, rel: string): Html =>
    to < 0 || to >= total
      ? html`<span class="btn quiet off" aria-disabled="true">${text}</span>`
      : html`<a class="btn quiet" rel="${rel}" href="${linkTo(to)}">${text}</a>`
  const before = offset === 0 ? -1 : Math.max(0, offset - limit)
  return html`<nav class="pager" aria-label="${ui.t('pager.label')}">${step(before, ui.t('pager.previous'), 'prev')}
<span class="num">${ui.t('pager.range', { first: number(ui, Math.min(total, offset + 1)), last: number(ui, last), total: number(ui, total) })}</span>${step(offset + limit, ui.t('pager.next'), 'next')}</nav>`
}
