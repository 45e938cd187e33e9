import { errorTitle, sentence, statePill } from '../components.ts'
import { when } from '../format.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { errorTexts } from '../i18n.ts'
import { postForm } from '../layout.ts'
import { logLink, openLink, pendingLink, removeLink, spawnLink, stopLink } from '../links.ts'
import { named, serverTitle } from '../server-view.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'
import { keptWords } from './kept-files.ts'
import { startLarger } from './start-larger.ts'
import { usageFacts } from './usage.ts'

const suffix = (server: ServerView): string => (server.name === '' ? '' : `-${server.name}`)

/** What is going on, in one or two lines. */
function story(server: ServerView, ui: Ui): Html {
  switch (server.kind) {
    case 'running':
      return html`<p class="soft">${server.since === null ? none : sentence(ui, 'card.runningSince', when(ui, server.since))}</p>
<p class="faint">${server.lastActivity === null ? keptWords(ui, server.kept) : sentence(ui, 'card.lastUsed', when(ui, server.lastActivity))}</p>${usageFacts(ui, server)}`
    case 'starting':
      return html`<p class="soft">${ui.t(`phase.${server.phase ?? 'queued'}.now`)}</p>
<progress class="brass" max="100" value="${server.progress}" aria-label="${ui.t('card.progress')}"></progress>`
    case 'stopping':
      return html`<p class="soft">${ui.t('card.stopping')}</p><p class="faint">${keptWords(ui, server.kept)}</p>`
    case 'failed':
      return failure(server, ui)
    case 'stopped':
      return html`<p class="soft">${server.lastActivity === null ? ui.t('card.neverStarted') : sentence(ui, 'card.usedBefore', when(ui, server.lastActivity))}</p>
<p class="faint">${keptWords(ui, server.kept)}</p>`
    default:
      throw new TypeError(server.kind satisfies never)
  }
}

function failure(server: ServerView, ui: Ui): Html {
  if (server.failure === null) return html`<p class="soft">${ui.t('card.failed')}</p>`
  const { hint } = errorTexts(ui.locale, server.failure)
  return html`<div class="bad-text" data-code="${server.failure.code}"><p>${errorTitle(ui, server.failure)}</p></div><p class="faint">${hint} <a href="${pendingLink(ui, server)}">${ui.t('card.why')}</a></p>`
}

const stopForm = (server: ServerView, ui: Ui, label: string): Html =>
  postForm(ui, stopLink(ui, server), html`<button class="btn quiet" id="stop${suffix(server)}">${label}</button>`)

const removeForm = (server: ServerView, ui: Ui): Html =>
  server.name === ''
    ? none
    : postForm(
        ui,
        removeLink(ui, server),
        html`<button class="btn quiet danger">${ui.t('card.remove')}</button>`,
        html`data-confirm="${ui.t('card.removeConfirm', { name: serverTitle(ui, server) })}"`,
      )

const start = (server: ServerView, ui: Ui, label: string): Html =>
  html`<a class="btn${server.larger === null ? ' primary' : ''}" id="start${suffix(server)}" role="button" href="${spawnLink(ui, server)}">${label}</a>`

function actions(server: ServerView, ui: Ui): Html {
  switch (server.kind) {
    case 'running':
      return html`<a class="btn primary" id="start${suffix(server)}" href="${openLink(ui, server)}">${ui.t('card.open')}</a>${stopForm(server, ui, ui.t('card.stop'))}
<a class="btn quiet" href="${logLink(ui, server)}">${ui.t('card.log')}</a>`
    case 'starting':
      return html`<a class="btn" href="${pendingLink(ui, server)}">${ui.t('card.watch')}</a>${stopForm(server, ui, ui.t('card.cancel'))}`
    case 'stopping':
      return html`<a class="btn" href="${pendingLink(ui, server)}">${ui.t('card.watch')}</a>`
    case 'failed':
      return html`${startLarger(ui, server)}${start(server, ui, ui.t('card.retry'))}${removeForm(server, ui)}`
    case 'stopped':
      return html`${start(server, ui, ui.t('card.start'))}${removeForm(server, ui)}`
    default:
      throw new TypeError(server.kind satisfies never)
  }
}

/** One server with its state, what is going on, and what can be done. */
export const serverCard = (
  server: ServerView,
  ui: Ui,
): Html => html`<section class="card server home-server-row" data-server-name="${server.name}" data-state="${server.kind}">
<header><h2 class="small">${named(serverTitle(ui, server))}</h2>${statePill(ui, server.kind)}</header>
<div class="stack tight">${story(server, ui)}${server.profile === null ? none : html`<p class="faint">${sentence(ui, 'card.profile', named(server.profile))}</p>`}</div><div class="row actions">${actions(server, ui)}</div></section>`
