import { formatSize } from '../../core/units.ts'
import { isAlmostFull } from '../../core/usage.ts'
import type { Usage } from '../../core/usage.ts'
import { sentence } from '../components.ts'
import { clock, number, when } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'

/** By which a script finds what belongs to a server when it brings the page up to date. */
const markOf = ({ userName, name }: ServerView): string => `${userName}/${name}`

const coresText = (ui: Ui, cores: number, limit: number | null): string =>
  limit === null ? ui.t('usage.cores', { used: number(ui, cores, 1) }) : ui.t('usage.coresOf', { used: number(ui, cores, 1), limit })

const sizeText = (ui: Ui, bytes: number, limitBytes: number | null): string =>
  limitBytes === null ? formatSize(bytes) : ui.t('usage.of', { used: formatSize(bytes), limit: formatSize(limitBytes) })

/** The text beside it says the same, so that nothing is told by colour or length alone. */
const bar = (label: string, used: number, limit: number | null): Html =>
  limit === null
    ? none
    : html`<meter aria-label="${label}" min="0" max="${limit}" high="${limit * 0.9}" value="${Math.min(used, limit)}"></meter>`

const fact = (label: string, text: Html | string, more: Html = none): Html =>
  html`<div><dt>${label}</dt><dd class="num">${text}${more}</dd></div>`

function memory(ui: Ui, { memoryBytes, memoryLimitBytes }: Usage): Html {
  const label = ui.t('usage.memory')
  const full = isAlmostFull(memoryBytes, memoryLimitBytes) ? html` <b class="warn-text">${ui.t('usage.almostFull')}</b>` : none
  return fact(label, html`${sizeText(ui, memoryBytes, memoryLimitBytes)}${full}`, bar(label, memoryBytes, memoryLimitBytes))
}

function facts(ui: Ui, usage: Usage): Html {
  const { cores, cpuLimit, disk, memoryKillAt } = usage
  const cpu = ui.t('usage.cpu')
  return html`<dl class="usage">${cores === null ? none : fact(cpu, coresText(ui, cores, cpuLimit), bar(cpu, cores, cpuLimit))}${memory(ui, usage)}${
    disk === null
      ? none
      : fact(
          ui.t('usage.disk'),
          formatSize(disk.bytes),
          html` <span class="faint">${sentence(ui, 'usage.counted', when(ui, disk.at))}</span>`,
        )
  }</dl>${memoryKillAt === null ? none : html`<p class="warn-text">${sentence(ui, 'usage.memoryKill', clock(memoryKillAt))}</p>`}`
}

/** What a running server uses, with bars where there are limits. Empty until it was measured; nothing where nothing can be. */
export const usageFacts = (ui: Ui, server: ServerView): Html =>
  server.usage === null
    ? none
    : html`<div class="stack tight" data-usage="${markOf(server)}">${server.usage === 'soon' ? none : facts(ui, server.usage)}</div>`

function words(ui: Ui, { cores, cpuLimit, memoryBytes, memoryLimitBytes, disk }: Usage): Html {
  const full = isAlmostFull(memoryBytes, memoryLimitBytes) ? html` <b class="warn-text">${ui.t('usage.almostFull')}</b>` : none
  const rest = [
    ...(cores === null ? [] : [coresText(ui, cores, cpuLimit)]),
    ...(disk === null ? [] : [`${ui.t('usage.disk')} ${formatSize(disk.bytes)}`]),
  ]
  return html`<div class="num">${sizeText(ui, memoryBytes, memoryLimitBytes)}${full}</div><div class="faint num">${rest.join(' · ')}</div>`
}

/** The same in two lines, for a cell of a table. */
export const usageCell = (ui: Ui, server: ServerView): Html =>
  html`<div data-usage="${markOf(server)}">${server.usage === null || server.usage === 'soon' ? '–' : words(ui, server.usage)}</div>`
