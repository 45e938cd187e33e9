import type { ErrorRecord } from '../../core/errors.ts'
import type { IsoTime } from '../../core/time.ts'
import { errorTitle, sentence } from '../components.ts'
import { absoluteTime, when } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { errorTexts } from '../i18n.ts'
import { layout } from '../layout.ts'
import { spawnLink } from '../links.ts'
import { phaseSteps } from '../phase-steps.ts'
import type { PhaseEvent } from '../phase-steps.ts'
import { serverPhrase } from '../server-view.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { logBox } from './pending.ts'
import { phaseList } from './phases.ts'
import { startLarger } from './start-larger.ts'

/** A start that failed, or a server that died, with all that is known about it. `next`: where another start leads. */
export type Failed = {
  readonly server: ServerView
  readonly failure: ErrorRecord
  readonly at: IsoTime
  readonly events: readonly PhaseEvent[]
  readonly log: readonly string[]
  readonly attemptId: string | null
  readonly exitCode: number | null
  readonly next: string | null
}

/** Everything that somebody who helps needs to know, as plain text. English, since it goes into reports. */
function report(data: Failed): string {
  const { title, hint } = errorTexts('en', data.failure)
  const facts = [
    `${title} ${hint}`,
    `code: ${data.failure.code}`,
    `server: ${data.server.userName}/${data.server.name}`,
    `time: ${absoluteTime(data.at)}`,
    `attempt: ${data.attemptId ?? '-'}`,
    `exit code: ${data.exitCode ?? '-'}`,
    ...data.events.map(({ at, phase, message }) => `${at} ${phase}: ${message}`),
  ]
  return [...facts, '', ...data.log].join('\n')
}

const facts = (data: Failed, ui: Ui): Html =>
  html`<p class="faint num" id="failure-facts">${ui.t('failed.code')} <code>${data.failure.code}</code>${
    data.attemptId === null ? none : html` · ${ui.t('failed.attempt')} <code>${data.attemptId}</code>`
  }${data.exitCode === null ? none : html` · ${ui.t('failed.exit')} <code>${data.exitCode}</code>`} · ${when(ui, data.at)}</p>`

/** A start that failed: one sentence, one hint, one button, then the evidence. */
export function failedPage(data: Failed, ui: Ui): Html {
  const { hint } = errorTexts(ui.locale, data.failure)
  const died = data.failure.code === 'server_died' || data.events.some(({ phase }) => phase === 'ready')
  const steps = phaseSteps(data.events, ui.now)
  return layout(
    {
      title: ui.t('failed.title'),
      width: 'medium',
      body: html`<div class="stack"><h1>${sentence(ui, died ? 'failed.headingDied' : 'failed.heading', serverPhrase(ui, data.server))}</h1>
<div class="note bad stack" role="alert" data-code="${data.failure.code}"><p><b>${errorTitle(ui, data.failure)}</b></p>${hint === '' ? none : html`<p>${hint}</p>`}</div>
<div class="row">${startLarger(ui, data.server, data.next)}<a class="btn${data.server.larger === null ? ' primary' : ''}" id="start" role="button" href="${spawnLink(ui, data.server, data.next)}">${ui.t('card.retry')}</a>
<a class="btn" href="${ui.hubPrefix}home">${ui.t('nav.toHome')}</a>
<button type="button" class="btn quiet" data-copy="failure-report" data-copied="${ui.t('copy.done')}" hidden>${ui.t('failed.copy')}</button></div>
<section class="card stack" aria-label="${ui.t('failed.evidence')}">${steps.length === 0 ? none : phaseList(ui, steps)}${logBox(ui, data.log)}${facts(data, ui)}</section>
<textarea id="failure-report" class="gone" readonly tabindex="-1" aria-hidden="true">${report(data)}</textarea></div>`,
    },
    ui,
  )
}
