import { errorTitle, sentence } from '../components.ts'
import type { Trouble } from '../../core/server-state.ts'
import { fromIso } from '../../core/time.ts'
import type { IsoTime, Ms } from '../../core/time.ts'
import { duration, when } from '../format.ts'
import { dataBlock, html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { errorTexts } from '../i18n.ts'
import { layout, postForm } from '../layout.ts'
import { logLink, progressLink, spawnLink, stopLink } from '../links.ts'
import { phaseSteps } from '../phase-steps.ts'
import type { PhaseEvent } from '../phase-steps.ts'
import { logo } from '../logo.ts'
import { serverPhrase } from '../server-view.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { keptNote, keptWords } from './kept-files.ts'
import { phaseList } from './phases.ts'

/** A start that goes on. Events and log lines are the oldest first. */
export type Pending = {
  readonly server: ServerView
  readonly startedAt: IsoTime | null
  readonly events: readonly PhaseEvent[]
  readonly log: readonly string[]
  /** How long the last good start took; null when there was none. */
  readonly usualMs: number | null
}

/** A log as it is shown: the newest lines are visible first, and the box can be scrolled by keyboard. */
export const logBox = (ui: Ui, lines: readonly string[], id = 'log'): Html =>
  html`<pre class="log" id="${id}" tabindex="0" role="region" aria-label="${ui.t('log.label')}" dir="ltr">${lines.length === 0 ? html`<span class="faint">${ui.t('log.empty')}</span>` : lines.join('\n')}</pre>`

const cancelForm = (server: ServerView, ui: Ui): Html =>
  postForm(ui, stopLink(ui, server), html`<button class="btn" id="stop-server-btn">${ui.t('card.cancel')}</button>`)

const usual = (data: Pending, ui: Ui): Html =>
  data.usualMs === null
    ? none
    : html`<p class="faint num">${ui.t('pending.usual', { time: duration(ui, Math.max(1000, data.usualMs)) })}</p>`

/** Lines of its output that somebody who waits sees. */
const shownLines = 10
/** A start that takes longer than this, or much longer than the last one, is not what people are used to: then they are shown what the server says. */
const longerMs = 10_000

/** How long until then; less than nothing when it has taken longer already. */
function leftMs({ events, usualMs }: Pending, now: Ms): Ms {
  const from = events[0]?.at
  return Math.max(longerMs, 2 * (usualMs ?? 0)) - (from === undefined ? 0 : now - fromIso(from))
}

/** What the server says, folded away as long as all goes as usual. Where no script runs, the page unfolds it when it comes again. */
const output = (data: Pending, ui: Ui): Html =>
  html`<details class="card" id="progress-details"${data.log.length > 0 && leftMs(data, ui.now) < 0 ? html` open` : none}><summary><span class="title">${ui.t('pending.says')}</span></summary>${logBox(ui, data.log.slice(-shownLines), 'progress-log')}
<p class="faint"><a href="${logLink(ui, data.server)}">${ui.t('pending.wholeLog')}</a></p></details>`

const liveFacts = (data: Pending, ui: Ui): Html =>
  dataBlock('pending-data', {
    progress: `${progressLink(ui, data.server)}?log=true`,
    unfoldInMs: Math.max(0, leftMs(data, ui.now)),
    logLines: shownLines,
    spoken: { done: ui.t('step.done'), now: ui.t('step.now'), failed: ui.t('step.failed') },
    lost: ui.t('pending.lost'),
    ready: ui.t('pending.ready'),
    bytes: ui.t('phase.bytes', { done: '{done}' }),
    bytesOf: ui.t('phase.bytesOf', { done: '{done}', total: '{total}' }),
    layers: ui.t('phase.layers', { done: '{done}', total: '{total}' }),
  })

/** How a start goes: phases with their times, the log, and a way out. The page reloads itself when the start has ended. */
export const pendingPage = (data: Pending, ui: Ui): Html =>
  layout(
    {
      title: ui.t('pending.title'),
      width: 'medium',
      scripts: ['pending'],
      refreshSeconds: 3,
      body: html`${liveFacts(data, ui)}<div class="stack"><div class="row spread"><h1 class="turning">${logo('')}<span>${sentence(ui, 'pending.heading', serverPhrase(ui, data.server))}</span></h1>${cancelForm(data.server, ui)}</div>
<section class="card stack"><p class="unseen" id="progress-message" aria-live="polite">${ui.t(`phase.${data.server.phase ?? 'queued'}.now`)}</p>
${phaseList(ui, phaseSteps(data.events, ui.now))}
<progress class="brass" id="progress-bar" max="100" value="${data.server.progress}" aria-label="${ui.t('card.progress')}"></progress>${usual(data, ui)}
<p class="faint" id="progress-lost" role="status"></p></section>
${output(data, ui)}
${keptNote(ui, data.server.kept)}<p class="soft">${ui.t('pending.close')}</p></div>`,
    },
    ui,
  )

/** A server on its way down, and what stands in the way. */
export type Stopping = { readonly server: ServerView; readonly trouble: Trouble | null }

const troubleNote = (trouble: Trouble | null, ui: Ui): Html =>
  trouble === null
    ? none
    : html`<div class="note bad stack" role="alert" data-code="${trouble.failure.code}"><p><b>${errorTitle(ui, trouble.failure)}</b></p><p>${errorTexts(ui.locale, trouble.failure).hint}</p><p>${sentence(ui, 'stopping.trouble', when(ui, trouble.since))}</p></div>`

/** A server on its way down. */
export const stoppingPage = ({ server, trouble }: Stopping, ui: Ui): Html =>
  layout(
    {
      title: ui.t('stopping.title'),
      width: 'narrow',
      scripts: ['stopping'],
      refreshSeconds: 2,
      body: html`<div class="hero turning">${logo('')}<h1>${ui.t('stopping.heading')}</h1><p class="soft">${sentence(ui, 'stopping.text', serverPhrase(ui, server))}</p></div>
<div class="stack">${troubleNote(trouble, ui)}<div class="card stack"><a class="btn wide" href="${ui.hubPrefix}home">${ui.t('nav.toHome')}</a></div></div>`,
    },
    ui,
  )

/** A server that does not run, and where its start would lead. */
export type NotRunning = {
  readonly server: ServerView
  /** Where the visitor wanted to go; the start leads there. */
  readonly next: string | null
  /** Follow the link after so many seconds; 0: only when it is clicked. */
  readonly implicitSeconds: number
}

/** What stands at the address of a server that does not run. */
export const notRunningPage = (data: NotRunning, ui: Ui): Html => {
  return layout(
    {
      title: ui.t('notRunning.title'),
      width: 'narrow',
      scripts: ['not-running'],
      body: html`<div class="hero">${logo('')}<h1>${ui.t('notRunning.heading')}</h1>
<p class="soft">${sentence(ui, 'notRunning.text', serverPhrase(ui, data.server))}</p></div>
<div class="card stack"><a class="btn primary wide" id="start" role="button" href="${spawnLink(ui, data.server, data.next)}"${data.implicitSeconds > 0 ? html` data-implicit-seconds="${data.implicitSeconds}"` : none}>${ui.t('notRunning.start')}</a>
<a class="btn wide" href="${ui.hubPrefix}home">${ui.t('nav.toHome')}</a><p class="faint centre">${keptWords(ui, data.server.kept)}</p></div>`,
    },
    ui,
  )
}
