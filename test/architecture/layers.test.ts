import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Import, packageOf, readSources, type Source } from './sources.ts'

/** Height of every folder below src. A file imports its own folder or strictly lower ones. */
const heights: Readonly<Record<string, number>> = {
  core: 0,
  lib: 1,
  db: 2,
  auth: 2,
  spawners: 2,
  proxy: 2,
  web: 2,
  hub: 3,
  oauth: 3,
  http: 4,
  boot: 5,
  cli: 6,
  '': 7,
}

/** Folders that others enter through these files only; boot wires the parts together and may open any file. */
const doors: Readonly<Record<string, readonly string[]>> = {
  proxy: ['client.ts'],
  auth: ['authenticator.ts', 'registry.ts'],
  spawners: ['spawner.ts', 'registry.ts'],
}

/** Where each package may be named. A package without a row may be named nowhere. */
const fences: Readonly<Record<string, readonly string[]>> = {
  zod: Object.keys(heights),
  kysely: ['db'],
  pg: ['db'],
  'pg-protocol': ['db'],
  hono: ['http', 'web'],
  '@hono/node-server': ['http', 'web'],
  pino: ['lib'],
  'prom-client': ['lib'],
  yaml: ['boot'],
  'intl-messageformat': ['web'],
  'acme-client': ['proxy'],
  'openid-client': ['auth'],
  oauth4webapi: ['auth'],
  dockerode: ['spawners'],
  '@kubernetes/client-node': ['spawners'],
}

/** Packages that only tests use. */
const testPackages = ['fast-check', 'oauth4webapi', 'ws', 'playwright-core', '@axe-core/playwright']

const sources = readSources()
const areaOf = (path: string): string => (path.split('/').length > 2 ? (path.split('/')[1] ?? '') : '')
const heightOf = (area: string): number => heights[area] ?? -1
const links = sources.flatMap((source) => source.imports.map((link) => ({ source, link })))

function breaksLayer({ source, link }: { source: Source; link: Import }): boolean {
  if (!link.to.startsWith('src/')) return false
  const target = areaOf(link.to)
  return target !== source.area && heightOf(target) >= heightOf(source.area)
}

function missesDoor({ source, link }: { source: Source; link: Import }): boolean {
  const area = areaOf(link.to)
  const allowed = doors[area]
  if (!link.to.startsWith('src/') || allowed === undefined || source.isTest) return false
  return area !== source.area && source.area !== 'boot' && !allowed.includes(link.to.slice(`src/${area}/`.length))
}

function breaksFence({ source, link }: { source: Source; link: Import }): boolean {
  if (link.to === 'node:sqlite') return source.area !== 'db'
  const name = packageOf(link.to)
  if (name === null || (source.isTest && testPackages.includes(name))) return false
  return !(fences[name] ?? []).includes(source.area)
}

const show = ({ source, link }: { source: Source; link: Import }): string => `${source.path} → ${link.to}`

test('the rules see the sources', () => {
  assert.ok(sources.length >= 60, `only ${sources.length} files`)
  assert.ok(links.length >= 150, `only ${links.length} imports`)
  const silent = sources.filter((source) => /^import /m.test(source.text) && source.imports.length === 0)
  assert.deepEqual(
    silent.map((source) => source.path),
    [],
  )
})

test('every folder below src has a height', () => {
  assert.deepEqual(
    [...new Set(sources.map((source) => source.area))].filter((area) => heights[area] === undefined),
    [],
  )
})

test('a file imports its own folder or strictly lower layers', () => {
  assert.deepEqual(links.filter(breaksLayer).map(show), [])
})

test('proxy, auth and spawners are entered by their doors only', () => {
  assert.deepEqual(links.filter(missesDoor).map(show), [])
})

test('a package is named only in the folder that hides it', () => {
  assert.deepEqual(links.filter(breaksFence).map(show), [])
})

test('a source file imports nothing outside src except the manifest; a test may use test/', () => {
  const isOutside = ({ source, link }: { source: Source; link: Import }): boolean => {
    const relative = packageOf(link.to) === null && !link.to.startsWith('node:')
    const allowed = link.to.startsWith('src/') || link.to === 'package.json' || (source.isTest && link.to.startsWith('test/'))
    return relative && !allowed
  }
  assert.deepEqual(links.filter(isOutside).map(show), [])
})

test('imports make no cycle', () => {
  const next = new Map(sources.map((source) => [source.path, source.imports.filter((link) => !link.typeOnly).map((link) => link.to)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  assert.deepEqual(cycles, [])
})

test('nothing is exported under another file’s name', () => {
  assert.deepEqual(links.filter(({ link }) => link.reExport).map(show), [])
})
