import { clockTime } from '../core/errors.ts'
import { fromIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import type { Ui } from './ui.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** `4.1 s`, `38 s`, `3 min 12 s`, `3 h 12 min`, `2 d 4 h`. */
export function duration(ui: Ui, ms: Ms): string {
  const { t } = ui
  const whole = Math.max(0, ms)
  if (whole < 9950) return t('time.seconds', { n: number(ui, whole / second, 1) })
  const rounded = Math.round(whole / second) * second
  if (rounded < minute) return t('time.seconds', { n: number(ui, rounded / second) })
  if (rounded < hour) return t('time.minutesSeconds', { m: Math.floor(rounded / minute), s: (rounded % minute) / second })
  if (rounded < day) return t('time.hoursMinutes', { h: Math.floor(rounded / hour), m: Math.floor((rounded % hour) / minute) })
  return t('time.daysHours', { d: number(ui, Math.floor(rounded / day)), h: Math.floor((rounded % day) / hour) })
}

/** A number with separators of the language and exactly `digits` fraction digits. */
export const number = (ui: Ui, value: number, digits = 0): string =>
  new Intl.NumberFormat(ui.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, Ms])[] = [
  ['year', 365 * day],
  ['month', 30 * day],
  ['day', day],
  ['hour', hour],
  ['minute', minute],
]

/** `2 minutes ago`, `in 3 days`, `now`. */
export function relativeTime(ui: Ui, at: IsoTime): string {
  const distance = fromIso(at) - ui.now
  const [unit, size] = steps.find(([, length]) => Math.abs(distance) >= length) ?? ['second', second]
  const words = new Intl.RelativeTimeFormat(ui.locale, { numeric: 'auto' })
  if (unit === 'second') return words.format(0, 'second')
  return words.format(Math.trunc(distance / size), unit)
}

/** `2026-01-02 03:04:05 UTC`: what a title says before a script puts the visitor's own time there. */
export const absoluteTime = (at: IsoTime): string => `${at.slice(0, 19).replace('T', ' ')} UTC`

/** A time as words, with the exact moment as its title; a script keeps the words fresh. */
export const when = (ui: Ui, at: IsoTime): Html =>
  html`<time datetime="${at}" title="${absoluteTime(at)}" data-relative>${relativeTime(ui, at)}</time>`

/** A moment of these days within a sentence; a script puts the visitor's own clock in its place. */
export const clock = (at: IsoTime): Html => html`<time datetime="${at}" title="${absoluteTime(at)}" data-clock>${clockTime(at)}</time>`

/** A time as words, or a word for "never". */
export const whenOr = (ui: Ui, at: IsoTime | null, otherwise: string): Html => (at === null ? html`${otherwise}` : when(ui, at))
