import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesOf, readSources } from './sources.ts'

/** Files besides src/main.ts that start a process of their own, and why they may read its arguments and environment. */
const processEntries: Readonly<Record<string, string>> = {
  'src/main.ts': 'the entry of the program',
}

const sources = readSources().filter((source) => !source.isTest)
const core = sources.filter((source) => source.area === 'core')
/** Plain modules for the browser are JavaScript; of the TypeScript files none runs there. */
const server = sources.filter((source) => !source.path.startsWith('src/web/browser/'))

test('the rules see the sources', () => {
  assert.ok(sources.length >= 50, `only ${sources.length} files`)
  assert.ok(core.length >= 12, `only ${core.length} files in core`)
})

test('arguments, environment and exit belong to the entry of a process', () => {
  const pattern = /\bprocess\s*\.\s*(?:argv|env|exit|exitCode)\b|\bprocess\s*\[/g
  const found = server.filter((source) => processEntries[source.path] === undefined).flatMap((source) => placesOf(source, pattern))
  const imported = server
    .filter((source) => source.imports.some((link) => link.to === 'node:process' && !link.typeOnly))
    .map((source) => source.path)
  assert.deepEqual([...found, ...imported.filter((path) => processEntries[path] === undefined)], [])
})

test('every entry of a process in the table exists', () => {
  const paths = new Set(sources.map((source) => source.path))
  assert.deepEqual(
    Object.keys(processEntries).filter((path) => !paths.has(path)),
    [],
  )
})

test('core reaches for nothing outside: no node modules, no clock, no chance, no timers, no network', () => {
  const imported = core.flatMap((source) =>
    source.imports.filter((link) => link.to.startsWith('node:')).map((link) => `${source.path} → ${link.to}`),
  )
  const pattern =
    /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bDate\s*\(\s*\)|\bMath\s*\.\s*random\b|\bperformance\s*\.|\bcrypto\s*\.|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\s*\(|\bprocess\s*\.|\bconsole\s*\./g
  assert.deepEqual([...imported, ...core.flatMap((source) => placesOf(source, pattern))], [])
})

test('nothing depends on the machine’s clock or on chance except lib, which hands them out', () => {
  const pattern = /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bMath\s*\.\s*random\b/g
  const others = server.filter((source) => source.area !== 'lib' && source.path !== 'src/main.ts')
  assert.deepEqual(
    others.flatMap((source) => placesOf(source, pattern)),
    [],
  )
})

test('console is for the entry of the program and its commands', () => {
  const others = server.filter((source) => source.area !== 'cli' && source.path !== 'src/main.ts')
  assert.deepEqual(
    others.flatMap((source) => placesOf(source, /\bconsole\s*\.\s*\w+/g)),
    [],
  )
})
