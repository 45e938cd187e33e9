import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const css = readFileSync(new URL('style.css', import.meta.url), 'utf8')

type Scheme = 'light' | 'dark'

/** Colour tokens of one scheme: role → `#rrggbb`. */
function coloursOf(scheme: Scheme): ReadonlyMap<string, string> {
  const found = css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)
  return new Map([...found].map(([, role = '', light = '', dark = '']) => [role, scheme === 'light' ? light : dark]))
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** Text on what it may stand on. */
const texts: Readonly<Record<string, readonly string[]>> = {
  ink: ['ground', 'surface', 'sunken', 'accent-wash', 'brass-wash', 'good-wash', 'bad-wash'],
  'ink-soft': ['ground', 'surface', 'sunken', 'accent-wash', 'brass-wash', 'good-wash', 'bad-wash'],
  'ink-faint': ['ground', 'surface', 'sunken', 'accent-wash', 'brass-wash', 'good-wash'],
  accent: ['ground', 'surface', 'accent-wash', 'brass-wash', 'good-wash', 'bad-wash'],
  'accent-strong': ['ground', 'surface', 'accent-wash'],
  'on-accent': ['accent', 'accent-strong'],
  'on-bad': ['bad'],
  good: ['surface', 'good-wash', 'accent-wash'],
  warn: ['surface', 'warn-wash', 'accent-wash'],
  bad: ['ground', 'surface', 'bad-wash', 'accent-wash'],
}

/** What has to be seen but not read: borders of controls, focus, dots, bars. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  'line-strong': ['ground', 'surface', 'brass-wash', 'good-wash'],
  focus: ['ground', 'surface', 'sunken', 'brass-wash', 'good-wash', 'bad-wash'],
  brass: ['surface', 'sunken', 'ground'],
  accent: ['surface', 'sunken'],
  good: ['surface'],
  bad: ['surface'],
}

for (const scheme of ['light', 'dark'] as const) {
  const colours = coloursOf(scheme)
  const tooWeak = (pairs: typeof texts, least: number): readonly string[] =>
    Object.entries(pairs).flatMap(([front, grounds]) =>
      grounds.flatMap((ground) => {
        const value = contrast(colours.get(front) ?? '', colours.get(ground) ?? '')
        return value >= least ? [] : [`${front} on ${ground}: ${value.toFixed(2)}`]
      }),
    )

  test(`every text can be read on every ground it stands on, ${scheme}`, () => {
    assert.ok(colours.size >= 20, `only ${colours.size} colours found`)
    assert.deepEqual(tooWeak(texts, 4.5), [])
  })

  test(`borders, dots and focus can be seen, ${scheme}`, () => {
    assert.deepEqual(tooWeak(shapes, 3), [])
  })
}

test('every colour of the style is a token', () => {
  const outside = css.slice(css.indexOf('/* Ground */')).match(/#[0-9a-f]{3,8}\b/g) ?? []
  assert.deepEqual(
    outside.filter((colour) => colour !== '#fff'),
    [],
  )
})

test('every token that is used exists', () => {
  const known = new Set([...css.matchAll(/(--[a-z0-9-]+):/g)].map(([, name]) => name))
  const used = [...css.matchAll(/var\((--[a-z0-9-]+)\)/g)].map(([, name]) => name)
  assert.deepEqual(
    used.filter((name) => !known.has(name)),
    [],
  )
})

test('every class of the views has a style or is a hook for scripts', () => {
  assert.doesNotMatch(css, /@import|url\(/, 'one file, nothing fetched from elsewhere')
})
