import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesOf, readSources, type Source } from './sources.ts'

const sources = readSources()
const declaration = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|type|class|interface|enum) (\w+)/
/** A line that continues what stands documented right above it: `export type Phase = (typeof phases)[number]`, or the next of several constants. */
const continuation = /^export type \w+ = (?:\(typeof |z\.(?:output|infer|input)<typeof |typeof )|^export const \w+ = (?:\d|0x|')/

function undocumented(source: Source): readonly string[] {
  const lines = source.text.split('\n')
  return lines.flatMap((line, at) => {
    const name = declaration.exec(line)?.[1]
    const before = lines[at - 1] ?? ''
    if (name === undefined || before.trimEnd().endsWith('*/')) return []
    const isOverload = lines.slice(0, at).some((earlier) => earlier.startsWith('export') && declaration.exec(earlier)?.[1] === name)
    if (isOverload || (continuation.test(line) && before.trim() !== '')) return []
    return [`${source.path}:${at + 1}: ${name}`]
  })
}

test('the rules see the exports', () => {
  const count = sources.flatMap((source) => source.text.split('\n').filter((line) => declaration.test(line))).length
  assert.ok(count >= 200, `only ${count} exports`)
})

test('every export says what the code cannot', () => {
  assert.deepEqual(sources.filter((source) => !source.isTest).flatMap(undocumented), [])
})

test('no default exports and no namespaces, enums or parameter properties', () => {
  const pattern =
    /^export default\b|^\s*(?:export )?(?:const )?enum \w+|^\s*(?:export )?namespace \w+|\bconstructor\([^)]*\b(?:private|public|protected|readonly) /gm
  assert.deepEqual(
    sources.flatMap((source) => placesOf(source, pattern)),
    [],
  )
})

test('only errors and keepers of an invariant are classes, and nothing inherits but errors', () => {
  const inherits = sources.flatMap((source) => placesOf(source, /\bclass \w+ extends (?!\w*Error\b)\w+/g))
  assert.deepEqual(inherits, [])
})

test('a file stays small enough to be read at once', () => {
  const long = sources.map((source) => ({ path: source.path, lines: source.text.split('\n').length })).filter(({ lines }) => lines > 400)
  assert.deepEqual(long, [])
})

test('files are named in kebab-case', () => {
  assert.deepEqual(
    sources.map((source) => source.path).filter((path) => !/^src(?:\/[a-z0-9-]+)*\/[a-z0-9-]+(?:\.test)?\.ts$/.test(path)),
    [],
  )
})
