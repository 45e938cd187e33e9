import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { crossChecks } from './cross-checks.ts'
import { variablesOf } from './known-variables.ts'
import { loadSections } from './load-sections.ts'
import { allSections, layout } from './sections.ts'
import type { ConfigFile } from './config-file.ts'

const fileOf = (content: Readonly<Record<string, unknown>>): ConfigFile => ({
  path: '/etc/orrery.json',
  folder: '/etc',
  content,
  locate: () => null,
})
const around = { env: {}, cwd: '/' }
const names = allSections.flatMap(({ options }) => Object.keys(options))

const junk = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, maxDepth: 3 })
const section = fc.dictionary(fc.oneof(fc.constantFrom('kind', ...names), fc.string()), junk, { maxKeys: 6 })
const content = fc.dictionary(
  fc.oneof(fc.constantFrom(...Object.keys(layout)), fc.string()),
  fc.oneof(section, fc.array(section, { maxLength: 3 }), junk),
  {
    maxKeys: 5,
  },
)

test('whatever a file holds, it is understood or refused with an option, a reason and a way out', async () => {
  await fc.assert(
    fc.asyncProperty(content, async (given) => {
      const { config, problems, origins } = await loadSections(fileOf(given), {}, around)
      const joint = config === null ? [] : (await crossChecks(config, origins)).problems
      for (const { option, what, fix } of [...problems, ...joint]) {
        assert.ok(option !== '' || Object.hasOwn(given, ''), 'option')
        assert.notEqual(what, '')
        assert.match(fix, /\S/)
      }
      assert.ok(config !== null || problems.length > 0)
    }),
    { numRuns: 300 },
  )
})

test('whatever a variable holds, it is understood or refused under its name', async () => {
  const variables = allSections.flatMap((table) => Object.keys(table.options).flatMap((option) => variablesOf(table, option)))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...variables), fc.oneof(fc.string({ minLength: 1 }), fc.json()), async (name, text) => {
      const { problems } = await loadSections(null, {}, { env: { [name]: text, ORRERY_AUTHENTICATORS: 'native,dummy' }, cwd: '/' })
      for (const { origin } of problems) assert.deepEqual(origin, { kind: 'env', name })
    }),
    { numRuns: 500 },
  )
})

test('no variable means two options of one configuration', () => {
  const seen = new Map<string, string>()
  for (const table of allSections) {
    for (const option of Object.keys(table.options)) {
      for (const name of variablesOf(table, option)) {
        const meaning = `${table.section}.${option}`
        assert.equal(seen.get(name) ?? meaning, meaning, name)
        seen.set(name, meaning)
      }
    }
  }
  assert.ok(seen.size > 60)
})
