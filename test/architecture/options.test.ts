import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSections } from '../../src/boot/sections.ts'
import { readSources } from './sources.ts'

const declares = (text: string, option: string): boolean => new RegExp(`^\\s+${option}: (?:opt|optional|required)\\(`, 'm').test(text)

test('every option is read by somebody: none is declared for nothing', () => {
  const sources = readSources().filter((source) => !source.isTest)
  const isRead = (option: string): boolean =>
    sources.some((source) => !declares(source.text, option) && new RegExp(`\\b${option}\\b`).test(source.code))
  const options = allSections.flatMap(({ section, options: table }) => Object.keys(table).map((name) => ({ section, name })))
  assert.ok(options.length > 80, `only ${options.length} options`)
  assert.deepEqual(
    options.filter(({ name }) => !isRead(name)),
    [],
  )
})
