import { pageData } from './page.js'

const relative = new Intl.RelativeTimeFormat(pageData['locale'], { numeric: 'auto' })
const clock = new Intl.DateTimeFormat(pageData['locale'], { timeStyle: 'short' })
const exact = new Intl.DateTimeFormat(pageData['locale'], { dateStyle: 'medium', timeStyle: 'medium' })

/** @type {readonly [Intl.RelativeTimeFormatUnit, number][]} */
const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/**
 * The same words as the server writes.
 * @param {number} at milliseconds
 * @param {number} now milliseconds
 */
function words(at, now) {
  const seconds = (at - now) / 1000
  const unit = units.find(([, size]) => Math.abs(seconds) >= size)
  return unit === undefined ? relative.format(0, 'second') : relative.format(Math.trunc(seconds / unit[1]), unit[0])
}

/** Brings every time of the page up to date, and gives it the visitor's own clock as its title. */
export function refreshTimes() {
  for (const element of document.querySelectorAll('time[data-relative]')) {
    const at = Date.parse(element.getAttribute('datetime') ?? '')
    if (Number.isNaN(at)) continue
    element.textContent = words(at, Date.now())
    element.setAttribute('title', exact.format(at))
  }
  for (const element of document.querySelectorAll('time[data-clock]')) {
    const at = Date.parse(element.getAttribute('datetime') ?? '')
    if (Number.isNaN(at)) continue
    element.textContent = clock.format(at)
    element.setAttribute('title', exact.format(at))
  }
}
