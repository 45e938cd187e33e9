import { dataOf, pageData, showProblem, withXsrf } from './page.js'

const facts = dataOf('pending-data')
const list = document.getElementById('phases')
const bar = document.getElementById('progress-bar')
const message = document.getElementById('progress-message')
const lost = document.getElementById('progress-lost')
const log = document.getElementById('progress-log')
const details = document.getElementById('progress-details')

const order = ['queued', 'preparing', 'pulling', 'creating', 'booting', 'routing']
/** One digit behind the point: seconds, gigabytes. */
const tenths = new Intl.NumberFormat(pageData['locale'], { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat(pageData['locale'], { maximumFractionDigits: 0 })
const unit = pageData['locale'] === 'ko' ? '초' : ' s'

/**
 * @param {Element} line
 * @param {'done' | 'now'} state
 */
function setState(line, state) {
  line.className = state
  const label = line.querySelector('.label')
  const spoken = line.querySelector('.unseen')
  if (label instanceof HTMLElement && line instanceof HTMLElement) label.textContent = line.dataset[state] ?? label.textContent
  if (spoken !== null) spoken.textContent = facts['spoken']?.[state] ?? ''
  if (state === 'now') line.setAttribute('aria-current', 'step')
  else line.removeAttribute('aria-current')
}

/**
 * @param {Element} line
 * @param {number} until milliseconds
 */
function setTook(line, until) {
  const from = line instanceof HTMLElement ? Date.parse(line.dataset['at'] ?? '') : Number.NaN
  const place = line.querySelector('.took')
  if (Number.isNaN(from) || place === null) return
  const took = Math.max(0, until - from) / 1000
  place.textContent = `${took < 9.95 ? tenths.format(took) : whole.format(took)}${unit}`
}

/**
 * A phase has been reached: what was going on is done, this one goes on.
 * @param {string} phase
 * @param {string | undefined} at
 */
function reach(phase, at) {
  const line = list?.querySelector(`li[data-phase="${CSS.escape(phase)}"]`)
  const moment = at === undefined ? Date.now() : Date.parse(at)
  const current = list?.querySelector('li.now')
  // The stream begins with what has been shown already.
  if (line?.classList.contains('done')) return
  if (current && current !== line) {
    setTook(current, moment)
    setState(current, 'done')
  }
  if (!(line instanceof HTMLElement)) return
  for (const skipped of list?.querySelectorAll('li.todo') ?? []) {
    if (skipped instanceof HTMLElement && order.indexOf(skipped.dataset['phase'] ?? '') < order.indexOf(phase)) skipped.remove()
  }
  line.dataset['at'] ??= new Date(moment).toISOString()
  setState(line, 'now')
  if (message !== null) message.textContent = line.dataset['now'] ?? ''
}

/**
 * Bytes and layers of an image that is being fetched, in the same words as the page was made with.
 * @param {Record<string, any>} event
 */
function detailOf(event) {
  const { bytesDone, bytesTotal, layersDone, layersTotal } = event
  if (typeof bytesDone !== 'number') return ''
  const hasTotal = typeof bytesTotal === 'number'
  const done = tenths.format(bytesDone / 1e9)
  const text = String(facts[hasTotal ? 'bytesOf' : 'bytes']).replace('{done}', done)
  const bytes = hasTotal ? text.replace('{total}', tenths.format(bytesTotal / 1e9)) : text
  if (typeof layersDone !== 'number' || typeof layersTotal !== 'number') return bytes
  return `${bytes} · ${String(facts['layers']).replace('{done}', String(layersDone)).replace('{total}', String(layersTotal))}`
}

/** The clock of the server and ours may differ: what has been shown only grows. */
const openedAt = Date.now()
const startedAt = Date.parse(list?.querySelector('li.now')?.getAttribute('data-at') ?? '')
const ahead = Number.isNaN(startedAt) ? 0 : Math.min(0, openedAt - startedAt)
setInterval(() => {
  const current = list?.querySelector('li.now')
  if (current) setTook(current, Date.now() - ahead)
}, 200)

/** @type {string[]} */
let lines = []

/**
 * What the server wrote; the first batch of a connection repeats what was written before it.
 * @param {string[]} fresh
 * @param {boolean} begins
 */
function takeLines(fresh, begins) {
  if (log === null) return
  lines = [...(begins ? [] : lines), ...fresh].slice(-facts['logLines'])
  log.textContent = lines.join('\n')
  log.scrollTop = log.scrollHeight
  unfold()
}

/** Somebody who waits longer than usual wants to know why, if anything is said. Whoever has folded it themselves is left in peace. */
let isLong = false
let isChosen = false
function unfold() {
  if (details instanceof HTMLDetailsElement && isLong && !isChosen && lines.length > 0) details.open = true
}
setTimeout(() => {
  isLong = true
  unfold()
}, facts['unfoldInMs'])
details?.querySelector('summary')?.addEventListener('click', () => {
  isChosen = true
})

/** @param {Record<string, any>} event */
function take(event) {
  if (Array.isArray(event['log'])) {
    takeLines(event['log'], event['log_begins'] === true)
    return
  }
  if (bar instanceof HTMLProgressElement && typeof event['progress'] === 'number') bar.value = Math.max(bar.value, event['progress'])
  if (event['ready'] === true && message !== null) message.textContent = facts['ready']
  if (event['ready'] === true || event['failed'] === true) {
    source.close()
    location.reload()
    return
  }
  const phase = String(event['phase'] ?? '')
  // The page was made before anybody knew that an image has to be fetched.
  if (order.includes(phase) && list?.querySelector(`li[data-phase="${phase}"]`) === null) location.reload()
  reach(phase, typeof event['at'] === 'string' ? event['at'] : undefined)
  const detail = list?.querySelector(`li[data-phase="${CSS.escape(phase)}"] .detail`)
  if (detail) detail.textContent = detailOf(event)
}

let failures = 0
const source = new EventSource(withXsrf(facts['progress']))
source.addEventListener('message', (event) => {
  failures = 0
  if (lost !== null) lost.textContent = ''
  take(JSON.parse(event.data))
})
source.addEventListener('error', () => {
  failures += 1
  if (lost !== null) lost.textContent = facts['lost']
  if (source.readyState !== EventSource.CLOSED) return
  // Refused for good: the page itself knows best what to show now.
  if (failures < 4) setTimeout(() => location.reload(), 1_000 * failures)
  else showProblem(facts['lost'])
})
