import type { Json } from '../../core/json.ts'
import type { StartPhase } from '../../core/server-state.ts'
import { duration, number } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import type { MessageKey } from '../i18n.ts'
import type { PhaseStep } from '../phase-steps.ts'
import type { Ui } from '../ui.ts'

const wordsOf = (phase: StartPhase, state: PhaseStep['state']): MessageKey =>
  state === 'done' ? `phase.${phase}.done` : state === 'now' ? `phase.${phase}.now` : `phase.${phase}.todo`

const isCount = (value: Json | undefined): value is number => typeof value === 'number' && Number.isFinite(value)

/** Bytes and layers of a fetch, when they are known. */
function detail(ui: Ui, { phase, data }: PhaseStep): string {
  if (phase !== 'pulling' || !isCount(data.bytesDone)) return ''
  const done = number(ui, data.bytesDone / 1e9, 1)
  const total = isCount(data.bytesTotal) ? number(ui, data.bytesTotal / 1e9, 1) : ''
  const bytes = total === '' ? ui.t('phase.bytes', { done }) : ui.t('phase.bytesOf', { done, total })
  if (!isCount(data.layersDone) || !isCount(data.layersTotal)) return bytes
  return `${bytes} · ${ui.t('phase.layers', { done: data.layersDone, total: data.layersTotal })}`
}

/** Marks for a screen reader, which does not see the coloured dots. */
const spoken = (ui: Ui, { state }: PhaseStep): Html => html`<span class="unseen">${ui.t(`step.${state}`)}</span>`

function line(ui: Ui, step: PhaseStep): Html {
  const more = detail(ui, step)
  const labels = html` data-done="${ui.t(wordsOf(step.phase, 'done'))}" data-now="${ui.t(wordsOf(step.phase, 'now'))}"`
  return html`<li class="${step.state}" data-phase="${step.phase}"${step.at === null ? none : html` data-at="${step.at}"`}${labels}${step.state === 'now' ? html` aria-current="step"` : none}>
<span class="what">${spoken(ui, step)}<span class="label">${ui.t(wordsOf(step.phase, step.state))}</span><span class="detail faint">${more}</span></span>
<span class="took num">${step.ms === null ? '' : duration(ui, step.ms)}</span></li>`
}

/** The list of phases of a start. */
export const phaseList = (ui: Ui, steps: readonly PhaseStep[]): Html =>
  html`<ol class="phases" id="phases">${steps.map((step) => line(ui, step))}</ol>`
