import { IntlMessageFormat } from 'intl-messageformat'
import { errorCodes, fillText, titleOf } from '../core/errors.ts'
import type { ErrorDetail, ErrorRecord } from '../core/errors.ts'
import { findingCodes } from '../core/findings.ts'
import type { Finding } from '../core/findings.ts'
import en from './locales/en.json' with { type: 'json' }
import koreanFindings from './locales/findings.ko.json' with { type: 'json' }
import ko from './locales/ko.json' with { type: 'json' }
import koreanReasons from './locales/reasons.ko.json' with { type: 'json' }

/** Languages of the pages, best-kept first. */
export const locales = ['en', 'ko'] as const
export type Locale = (typeof locales)[number]

/** How each language calls itself. */
export const localeNames: Record<Locale, string> = { en: 'English', ko: '한국어' }

/** Key of a message; every locale has all of them. */
export type MessageKey = keyof typeof en

/** Values for the places of a message. */
export type MessageValues = Readonly<Record<string, string | number>>

/** Text of a message in one language. */
export type Translate = (key: MessageKey, values?: MessageValues) => string

const catalogues: Record<Locale, Readonly<Record<string, string>>> = { en, ko }
const formats = new Map<string, IntlMessageFormat>()

function formatOf(locale: Locale, key: MessageKey): IntlMessageFormat {
  const id = `${locale} ${key}`
  const known = formats.get(id)
  if (known !== undefined) return known
  const made = new IntlMessageFormat(catalogues[locale][key] ?? en[key], locale, undefined, { ignoreTag: true })
  formats.set(id, made)
  return made
}

/** Messages of one language. Plain text: it still has to be escaped, which `html` does. */
export const translator =
  (locale: Locale): Translate =>
  (key, values = {}) =>
    String(formatOf(locale, key).format({ ...values }))

/** True for a text that names a message: for keys built from data, such as `scope.read:users`. */
export const isMessageKey = (text: string): text is MessageKey => Object.hasOwn(en, text)

/** Title and hint of an error in one language. English is the table in `core/errors.ts`; the other locales have `error.<code>.title`, `.title.<how>` and `.hint`. */
export function errorTexts(locale: Locale, { code, detail }: ErrorRecord): { readonly title: string; readonly hint: string } {
  const row = errorCodes[code]
  const how = typeof detail['how'] === 'string' ? detail['how'] : ''
  const catalogue = locale === 'en' ? {} : catalogues[locale]
  const told = locale === 'en' ? detail : withReason(detail, reasonTexts[locale])
  return {
    title: fillText(catalogue[`error.${code}.title.${how}`] ?? catalogue[`error.${code}.title`] ?? titleOf(code, detail), told),
    hint: fillText(catalogue[`error.${code}.hint`] ?? row.hint, told),
  }
}

const reasonTexts: Record<Exclude<Locale, 'en'>, Readonly<Record<string, string>>> = { ko: koreanReasons }

/** Reasons are English sentences, numbers aside always the same ones; the catalogue has them with `#` in place of a number. */
function withReason(detail: ErrorDetail, texts: Readonly<Record<string, string>>): ErrorDetail {
  const { reason } = detail
  if (typeof reason !== 'string') return detail
  const known = texts[reason.replace(/\d+/g, '#')]
  const [count = ''] = /\d+/.exec(reason) ?? []
  return known === undefined ? detail : { ...detail, reason: known.replace('#', count) }
}

const findingTexts = { ko: koreanFindings } as const

/** What was found, why it matters, and the line to change, in one language. */
export function tellFinding(
  locale: Locale,
  { code, detail }: Finding,
): { readonly what: string; readonly why: string; readonly change: string } {
  const { what, why, change } = locale === 'en' ? findingCodes[code] : findingTexts[locale][code]
  return { what: fillText(what, detail), why: fillText(why, detail), change: fillText(change, detail) }
}

const isLocale = (text: string): text is Locale => (locales as readonly string[]).includes(text)

/** The language named by a cookie or a form, if it is one of ours. */
export const parseLocale = (text: string | null | undefined): Locale | null =>
  text !== null && text !== undefined && isLocale(text) ? text : null

type Wish = { readonly language: string; readonly weight: number }

function parseWish(part: string): Wish {
  const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
  const quality = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find((text) => text !== undefined)
  return { language: tag.trim().split('-')[0] ?? '', weight: quality === undefined ? 1 : Number(quality) }
}

/** The language of a page: the visitor's choice (cookie), else the best of `Accept-Language` (RFC 9110 §12.5.4), else English. */
export function chooseLocale(cookie: string | null | undefined, acceptLanguage: string | null | undefined): Locale {
  const chosen = parseLocale(cookie)
  if (chosen !== null) return chosen
  const wishes = (acceptLanguage ?? '').slice(0, 500).split(',').map(parseWish)
  const known = wishes.flatMap(({ language, weight }) => (isLocale(language) && weight > 0 ? [{ language, weight }] : []))
  return known.toSorted((a, b) => b.weight - a.weight)[0]?.language ?? 'en'
}
