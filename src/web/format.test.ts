import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uiFor } from '../../test/support/gallery.ts'
import { ago } from '../../test/support/gallery-data.ts'
import { duration, number, relativeTime, when } from './format.ts'
import { listLink, pager } from './paging.ts'
import { describeDevice } from './user-agent.ts'

const en = uiFor({ signedIn: 'person', nav: null }, { locale: 'en', theme: 'system' })
const ko = uiFor({ signedIn: 'person', nav: null }, { locale: 'ko', theme: 'system' })

test('durations are as exact as somebody who waits wants to know', () => {
  const cases: readonly (readonly [ms: number, en: string, ko: string])[] = [
    [-5, '0.0 s', '0.0초'],
    [4_120, '4.1 s', '4.1초'],
    [9_960, '10 s', '10초'],
    [59_600, '1 min 0 s', '1분 0초'],
    [192_000, '3 min 12 s', '3분 12초'],
    [11_520_000, '3 h 12 min', '3시간 12분'],
    [187_200_000, '2 d 4 h', '2일 4시간'],
  ]
  for (const [ms, inEnglish, inKorean] of cases) {
    assert.equal(duration(en, ms), inEnglish)
    assert.equal(duration(ko, ms), inKorean)
  }
})

test('times are told as a distance from the request, with the moment for scripts and titles', () => {
  assert.equal(relativeTime(en, ago(20)), 'now')
  assert.equal(relativeTime(en, ago(125)), '2 minutes ago')
  assert.equal(relativeTime(en, ago(90_000)), 'yesterday')
  assert.equal(relativeTime(en, ago(-604_800)), 'in 7 days')
  assert.equal(relativeTime(ko, ago(125)), '2분 전')
  assert.equal(
    when(en, ago(0)).toString(),
    '<time datetime="2026-03-02T09:30:00.000Z" title="2026-03-02 09:30:00 UTC" data-relative>now</time>',
  )
})

test('numbers have the separators of the language', () => {
  assert.equal(number(en, 10_000), '10,000')
  assert.equal(number(en, 2.05, 1), '2.1')
})

test('a long list has a way to its neighbours, a short one has none', () => {
  const link = (offset: number): string => `/l?offset=${offset}`
  assert.equal(pager(en, { total: 100, offset: 0, limit: 100 }, link).toString(), '')
  const middle = pager(en, { total: 10_000, offset: 100, limit: 100 }, link).toString()
  assert.match(middle, /101–200 of 10,000/)
  assert.match(middle, /rel="prev" href="\/l\?offset=0"[\s\S]*rel="next" href="\/l\?offset=200"/)
  assert.match(pager(en, { total: 150, offset: 100, limit: 100 }, link).toString(), /101–150 of 150<\/span>[\s\S]*aria-disabled/)
  assert.equal(listLink('/l', { q: 'a&b', state: '' }), '/l?q=a%26b')
  assert.equal(listLink('/l', {}), '/l')
})

test('browsers are named as people know them, those that pretend included', () => {
  const agents: readonly (readonly [agent: string, browser: string | null, system: string | null])[] = [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0',
      'Edge',
      'Windows',
    ],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Whale/4.30 Safari/537.36', 'Whale', 'Windows'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      'Safari',
      'macOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16; SM-S931N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130 Mobile Safari/537.36',
      'Samsung Internet',
      'Android',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', 'Linux'],
    ['curl/8.5', null, null],
    ['', null, null],
  ]
  for (const [agent, browser, system] of agents) assert.deepEqual(describeDevice(agent), { browser, system })
})
