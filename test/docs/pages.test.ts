import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { otherVariables, variablesOf } from '../../src/boot/known-variables.ts'
import { loadConfig } from '../../src/boot/load-config.ts'
import { allSections, layout } from '../../src/boot/sections.ts'
import { errorCodes, isErrorCode } from '../../src/core/errors.ts'
import { failingServers } from '../support/failing-servers.ts'
import { readPage, root } from './page.ts'
import type { Block } from './page.ts'

const pages = globSync(['README.md', 'docs/{tutorial,howto}/*.md'], { cwd: root }).map((path) => readPage(join(root, path)))
const reference = readFileSync(join(root, 'docs/reference/commands.md'), 'utf8')
const sources = globSync('src/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('.test.ts'))
const sourceTexts = new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]))

/** Answers to a request about a server, not ends of a start. */
const refusals: ReadonlySet<string> = new Set(['server_already_running', 'server_exists', 'server_not_found', 'server_pending'])

const knownVariables: ReadonlySet<string> = new Set([
  ...Object.keys(otherVariables),
  // Of the compose file, which reads them itself.
  ...(readFileSync(join(root, 'deploy/compose/.env.example'), 'utf8').match(/\bORRERY_[A-Z_]+(?==)/g) ?? []),
  ...Object.keys(layout).map((section) => `ORRERY_${section.toUpperCase()}`),
  ...allSections.flatMap((table) => Object.keys(table.options).flatMap((option) => [...variablesOf(table, option)])),
])

const variableNames = (text: string): readonly string[] => (text.match(/\bORRERY_[A-Z_]+\b/g) ?? []).filter((name) => !name.endsWith('_'))

/** What a span names that the program does not have; null when all is well. */
function wrongName(span: string): string | null {
  const variable = variableNames(span).find((name) => !knownVariables.has(name))
  if (variable !== undefined) return `variable ${variable}`
  const [, section = '', name = ''] = /^([a-z]+)\.([a-zA-Z_]+)$/.exec(span) ?? []
  if (Object.hasOwn(layout, section) && !isOption(section, name) && !isEvent(span) && !['sock', 'lock'].includes(name))
    return `option or event ${span}`
  if (/^--[a-z-]+$/.test(span) && !reference.includes(span)) return `flag ${span}`
  return span.startsWith('bin/orrery ') ? wrongCommand(span) : null
}

const isOption = (section: string, name: string): boolean =>
  allSections.some((table) => table.section === section && Object.hasOwn(table.options, name))

const isEvent = (name: string): boolean => [...sourceTexts.values()].some((text) => text.includes(`('${name}'`))

function wrongCommand(span: string): string | null {
  const words = span.split(' ').slice(1)
  const command = [2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => reference.includes(`## orrery ${name}\n`))
  if (command === undefined) return words[0]?.startsWith('-') === true ? null : `command ${span}`
  const section = reference.split(`## orrery ${command}\n`)[1]?.split('\n## ')[0] ?? ''
  const flag = words.find((word) => word.startsWith('--') && !section.includes(word))
  return flag === undefined ? null : `flag ${flag} of orrery ${command}`
}

const isConfiguration = ({ language, text }: Block): boolean =>
  (language === 'ts' && text.startsWith('export default')) || (language === 'json' && text.startsWith('{'))

/** Options that the loader complains about, or its sentence when it cannot read the file at all. Files that the block names are there. */
async function problemsOf({ language, text }: Block): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'config-'))
  const tls = join(root, 'test/support/tls')
  const adapted = text
    .replace(/\/etc\/ssl\/\S+?\/privkey\.pem/, join(tls, 'one-key.pem'))
    .replace(/\/etc\/ssl\/\S+?\/fullchain\.pem/, join(tls, 'one.pem'))
  const urls = /database: \{ url: \{ file/.test(text)
  for (const [, path = ''] of text.matchAll(/file: '(\.\/[^']+)'/g)) {
    await writeFile(join(folder, path), urls ? 'postgres://orrery:x@127.0.0.1/orrery\n' : 'a secret of some length\n', { mode: 0o600 })
  }
  const file = join(folder, `orrery.config.${language}`)
  await writeFile(file, adapted)
  const loaded = await loadConfig({ config: file }, { env: { DB_URL: 'sqlite:other.sqlite' }, cwd: folder })
  return loaded.ok ? [] : loaded.problems.map(({ option, what }) => (option.startsWith('/') ? what : option))
}

test('there are pages', () => assert.ok(pages.length >= 10))

for (const page of pages) {
  test(`${page.path}: every link leads somewhere`, () => {
    for (const link of page.links.filter((target) => !/^https?:/.test(target))) {
      const [path = '', fragment] = link.split('#')
      const file = path === '' ? join(root, page.path) : join(root, dirname(page.path), path)
      assert.ok(existsSync(file), link)
      if (fragment !== undefined) assert.ok(readPage(file).anchors.includes(fragment), link)
    }
  })

  test(`${page.path}: options, variables, commands and flags have the names of the program`, () => {
    for (const span of page.spans) {
      const wrong = wrongName(span)
      assert.equal(wrong, null, `\`${span}\`: there is no ${wrong}`)
    }
    for (const { text } of page.blocks) for (const name of variableNames(text)) assert.ok(knownVariables.has(name), name)
  })

  for (const block of page.blocks.filter(isConfiguration)) {
    test(`${page.path}:${block.line}: the configuration is right`, async () => {
      const problems = await problemsOf(block)
      const needsRoot = process.getuid?.() !== 0 && block.text.includes('systemUsers: true')
      assert.deepEqual(problems, needsRoot ? ['spawner.systemUsers'] : [])
    })
  }

  test(`${page.path}: is short`, () => {
    const lines = readFileSync(join(root, page.path), 'utf8').split('\n')
    assert.ok(lines.length <= 100, `${lines.length} lines`)
  })
}

test('README.md leads to every page', () => {
  const links = readPage(join(root, 'README.md')).links
  for (const { path } of pages) assert.ok(path === 'README.md' || links.includes(path), path)
})

test('every failed start has an entry in troubleshooting.md, and every entry is a code', () => {
  const { prose } = readPage(join(root, 'docs/howto/troubleshooting.md'))
  const entries = [...prose.matchAll(/^\| (`[a-z_`, ]+`) \|/gm)].flatMap((match) => (match[1] ?? '').replaceAll('`', '').split(', '))
  for (const code of entries) assert.ok(isErrorCode(code), code)
  const thrown = [...sourceTexts].filter(([path]) => /^src\/(?:spawners\/process\/|hub\/drive-)/.test(path)).map(([, text]) => text)
  const codes = Object.keys(errorCodes).filter(
    (code) => /^(?:server|spawner)_/.test(code) && thrown.some((text) => text.includes(`'${code}'`)),
  )
  for (const code of [...codes, ...failingServers.map((failing) => failing.code)]) {
    assert.ok(entries.includes(code) || refusals.has(code), `${code} has no entry`)
  }
})
