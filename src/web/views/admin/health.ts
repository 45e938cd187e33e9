import type { KeptImage } from '../../../core/kept-image.ts'
import { formatSize } from '../../../core/units.ts'
import { empty, errorTitle, pill, sentence } from '../../components.ts'
import type { Tone } from '../../components.ts'
import { when } from '../../format.ts'
import { html, none } from '../../html.ts'
import type { Html } from '../../html.ts'
import { errorTexts } from '../../i18n.ts'
import { layout } from '../../layout.ts'
import type { Ui } from '../../ui.ts'

/** Something about the hub that an operator should know. */
export type Finding = {
  readonly level: 'good' | 'warn' | 'bad'
  readonly what: string
  readonly why: string
  /** The line to change; empty when there is nothing to do. */
  readonly change: string
}

/** What a look at the hub found; numbers and versions as they are shown. */
export type Health = {
  readonly findings: readonly Finding[]
  readonly versions: readonly { readonly name: string; readonly value: string }[]
  readonly numbers: readonly { readonly name: string; readonly value: string }[]
  /** Images that servers are made from; none for servers that are processes. */
  readonly images: readonly KeptImage[]
}

const tones: Record<Finding['level'], Tone> = { good: 'good', warn: 'warn', bad: 'bad' }
const order: readonly Finding['level'][] = ['bad', 'warn', 'good']

const findingLine = (
  finding: Finding,
  ui: Ui,
): Html => html`<li class="finding" data-level="${finding.level}">${pill(tones[finding.level], ui.t(`health.${finding.level}`))}
<div><p><b>${finding.what}</b></p>${finding.why === '' ? none : html`<p class="soft">${finding.why}</p>`}${finding.change === '' ? none : html`<p><span class="faint">${ui.t('health.change')}</span> <code>${finding.change}</code></p>`}</div></li>`

const list = (title: string, id: string, rows: Health['versions']): Html =>
  rows.length === 0
    ? none
    : html`<section class="card stack" aria-labelledby="${id}"><h2 class="small" id="${id}">${title}</h2><dl class="facts">${rows.map(({ name, value }) => html`<div><dt>${name}</dt><dd class="num">${value}</dd></div>`)}</dl></section>`

const imageTones: Record<KeptImage['state'], Tone> = { present: 'good', absent: 'idle', waiting: 'idle', pulling: 'warn', failed: 'bad' }

function imageDetail(image: KeptImage, ui: Ui): Html {
  if (image.state === 'failed')
    return html`<p class="soft">${errorTitle(ui, image.failure)} ${errorTexts(ui.locale, image.failure).hint}</p><p class="faint">${sentence(ui, 'health.image.retry', when(ui, image.retryAt))}</p>`
  if (image.state !== 'pulling') return none
  const done = formatSize(image.bytesDone)
  const text = image.bytesTotal === null ? done : ui.t('health.image.bytes', { done, total: formatSize(image.bytesTotal) })
  return html`<p class="faint num">${text}</p>`
}

const imagesCard = (images: readonly KeptImage[], ui: Ui): Html =>
  images.length === 0
    ? none
    : html`<section class="card stack" aria-labelledby="health-images"><h2 class="small" id="health-images">${ui.t('health.images')}</h2><ul class="lines">${images.map(
        (image) => html`<li data-image="${image.state}"><div><p class="mono wrap">${image.reference}</p>${imageDetail(image, ui)}</div>
${pill(imageTones[image.state], ui.t(`health.image.${image.state}`))}</li>`,
      )}</ul></section>`

/** Is everything in order, and if not, what to change. */
export function healthPage(data: Health, ui: Ui): Html {
  const findings = order.flatMap((level) => data.findings.filter((finding) => finding.level === level))
  const open = findings.filter(({ level }) => level !== 'good').length
  const verdict =
    open === 0
      ? html`<div class="note good"><p>${ui.t('health.allGood')}</p></div>`
      : html`<div class="note"><p>${ui.t('health.some', { n: open })}</p></div>`
  return layout(
    {
      title: ui.t('health.title'),
      width: 'medium',
      body: html`<div class="stack"><h1>${ui.t('health.title')}</h1>${verdict}<section class="card" aria-label="${ui.t('health.findings')}">${
        findings.length === 0
          ? empty(ui.t('health.none'), ui.t('health.noneText'))
          : html`<ul class="lines">${findings.map((finding) => findingLine(finding, ui))}</ul>`
      }</section>${imagesCard(data.images, ui)}${list(ui.t('health.numbers'), 'health-numbers', data.numbers)}${list(ui.t('health.versions'), 'health-versions', data.versions)}</div>`,
    },
    ui,
  )
}
