import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { IntlMessageFormat } from 'intl-messageformat'
import { errorCodes } from '../core/errors.ts'
import type { ErrorRow } from '../core/error-row.ts'
import { chooseLocale, errorTexts, locales, parseLocale, tellFinding, translator } from './i18n.ts'
import { findingCodes } from '../core/findings.ts'
import type { FindingCode } from '../core/findings.ts'
import en from './locales/en.json' with { type: 'json' }
import ko from './locales/ko.json' with { type: 'json' }

const korean: Readonly<Record<string, string>> = ko
const english: Readonly<Record<string, string>> = en
const here = new URL('.', import.meta.url)

/** Names of the places of a message, plural branches included. */
function placesOf(text: string): string {
  const parsed = JSON.stringify(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst())
  const names = [...parsed.matchAll(/"type":[1-6],"value":"(\w+)"|"value":"(\w+)","type":[1-6]|"options":.*?"value":"(\w+)"/g)]
  return [...new Set(names.map(([, before, behind, branched]) => before ?? behind ?? branched ?? ''))]
    .toSorted((a, b) => a.localeCompare(b))
    .join(' ')
}

const isFindingCode = (text: string): text is FindingCode => Object.hasOwn(findingCodes, text)
const isErrorKey = (key: string): boolean => /^error\.[a-z0-9_]+\.(?:title(?:\.[a-z]+)?|hint)$/.test(key)

test('every locale has the same messages', () => {
  const own = Object.keys(korean).filter((key) => !isErrorKey(key))
  assert.deepEqual(own.toSorted(), Object.keys(english).toSorted())
})

test('a message has the same places in every locale', () => {
  const differing = Object.keys(english).filter((key) => placesOf(english[key] ?? '') !== placesOf(korean[key] ?? ''))
  assert.deepEqual(differing, [])
})

test('every error is translated, with the details of the English text and no others', () => {
  const details = (text: string): string =>
    [...text.matchAll(/\{\w+(?::\w+)?\}/g)]
      .map(([place]) => place)
      .toSorted((a, b) => a.localeCompare(b))
      .join(' ')
  const texts = Object.entries<ErrorRow>(errorCodes).flatMap(([code, { title, hint, titles = {} }]) => [
    { key: `error.${code}.title`, english: title },
    { key: `error.${code}.hint`, english: hint },
    ...Object.entries(titles).map(([how, text]) => ({ key: `error.${code}.title.${how}`, english: text })),
  ])
  for (const { key, english: theirs } of texts) {
    const ours = korean[key]
    assert.ok(ours !== undefined, `${key} is missing`)
    assert.equal(ours === '', theirs === '', key)
    assert.equal(details(ours), details(theirs), key)
  }
  const known = new Set(texts.map(({ key }) => key))
  const unknown = Object.keys(korean).filter((key) => isErrorKey(key) && !known.has(key))
  assert.deepEqual(unknown, [])
})

test('every message is used', () => {
  const sources = ['.', 'views', 'views/admin', '../http', '../http/pages'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, here))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(`${folder}/${name}`, here), 'utf8')),
  )
  const text = sources.join('\n')
  // Keys that are put together from data: `state.${kind}`.
  const made = [...text.matchAll(/`([a-zA-Z.]+\.)\$\{[^}]+\}(\.[a-z]+)?/g)].map(([, before = '', after = '']) => ({ before, after }))
  const isUsed = (key: string): boolean =>
    text.includes(`'${key}'`) || made.some(({ before, after }) => key.startsWith(before) && key.endsWith(after)) || /^status\.\d/.test(key)
  assert.deepEqual(
    Object.keys(english).filter((key) => !isUsed(key)),
    [],
  )
})

test('Korean is polite throughout: sentences end in one style', () => {
  const sentences = Object.entries(korean).flatMap(([key, text]) => text.split(/(?<=[.?])\s+/).map((sentence) => ({ key, sentence })))
  const impolite = sentences.filter(
    ({ sentence }) => /[가-힣][.?]$/.test(sentence) && !/(?:니다\.|세요\.|까요\?|나요\?|가요\?)$/.test(sentence),
  )
  assert.deepEqual(
    impolite.filter(({ key }) => key !== 'stopping.text'),
    [],
  )
})

test('plural forms follow the number', () => {
  const t = translator('en')
  assert.equal(t('people.waiting', { n: 1 }), 'One person waits for your approval.')
  assert.equal(t('people.waiting', { n: 3 }), '3 people wait for your approval.')
  assert.equal(translator('ko')('people.waiting', { n: 3 }), '3명이 승인을 기다리고 있습니다.')
})

test('an error is told in the language of the page', () => {
  const error = { code: 'rate_limited', detail: { retryAfterSeconds: 20 } } as const
  assert.deepEqual(errorTexts('en', error), { title: 'Too many attempts.', hint: 'Wait 20 s and try again.' })
  assert.deepEqual(errorTexts('ko', error), { title: '시도가 너무 많습니다.', hint: '20초 뒤에 다시 시도하세요.' })
})

test('the language is the chosen one, else the best of Accept-Language, else English', () => {
  assert.deepEqual([...locales], ['en', 'ko'])
  assert.equal(chooseLocale('ko', 'en'), 'ko')
  assert.equal(chooseLocale(null, 'fr-CH, ko-KR;q=0.8, en;q=0.7'), 'ko')
  assert.equal(chooseLocale('xx', 'ko;q=0.2,en-GB;q=0.9'), 'en')
  assert.equal(chooseLocale(null, 'ko;q=0'), 'en')
  assert.equal(chooseLocale(null, null), 'en')
  assert.equal(chooseLocale(undefined, ',;q=,;;q=x'), 'en')
  assert.equal(parseLocale('__proto__'), null)
})

test('every finding and every fixed reason is told in Korean', () => {
  for (const code of Object.keys(findingCodes).filter(isFindingCode)) {
    const [ours, theirs] = [tellFinding('ko', { code, detail: {} }), tellFinding('en', { code, detail: {} })]
    for (const part of ['what', 'why', 'change'] as const) assert.equal(ours[part] === '', theirs[part] === '', `${code}.${part}`)
    assert.match(ours.what, /[가-힣]/, code)
  }
  const providers = ['provider-errors', 'provider-fetch'].map((name) => `../auth/${name}.ts`)
  const sources = ['../core/names.ts', '../core/password-rules.ts', '../hub/account-rules.ts', ...providers].map((path) =>
    readFileSync(new URL(path, here), 'utf8'),
  )
  const reasons = [...sources.join('\n').matchAll(/reason: (?:'([^']+)'|`([^`]+)`)/g)].map(([, plain = '', made = '']) =>
    plain === '' ? made.replace(/\$\{[^}]+\}/g, '7') : plain,
  )
  assert.ok(reasons.length > 20, `only ${reasons.length} reasons found`)
  for (const reason of reasons) {
    assert.match(
      errorTexts('ko', { code: 'password_weak', detail: { reason, minimum: 8 } }).title,
      /^쓸 수 없는 비밀번호입니다: (?=.*[가-힣])[^a-z]*\.$|redirect_uri/,
      reason,
    )
  }
  assert.match(
    errorTexts('ko', { code: 'bad_name', detail: { name: 'x', reason: 'it is longer than 255 bytes' } }).title,
    /255바이트보다 김/,
  )
})
