import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { templateFor } from './config-template.ts'
import { loadConfig } from './load-config.ts'
import { allSections } from './sections.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-template-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function load(name: string, text: string) {
  await writeFile(join(folder, name), text)
  const result = await loadConfig({ config: name }, { env: { NAME: 'ab'.repeat(32) }, cwd: folder })
  await rm(join(folder, name))
  return result
}

const template = (name: string): string => templateFor(name) ?? assert.fail(name)

test('a generated file means the same as no file, in every form', async () => {
  const bare = await loadConfig({}, { env: {}, cwd: folder })
  assert.ok(bare.ok)
  for (const name of ['orrery.ts', 'orrery.mjs', 'orrery.yaml']) {
    const result = await load(name, template(name))
    assert.ok(result.ok, JSON.stringify(result))
    assert.deepEqual(result.config, bare.config)
  }
})

test('it names every option with its meaning, unit and variable', () => {
  for (const name of ['a.ts', 'a.yaml']) {
    const text = template(name)
    for (const { options } of allSections) {
      for (const [option, { doc, unit }] of Object.entries(options)) {
        assert.ok(text.includes(doc), `${option}: ${doc}`)
        assert.ok(text.includes(`${option}:`), option)
        assert.ok(unit === undefined || text.includes(`in ${unit}`), `${option}: ${unit ?? ''}`)
      }
    }
    assert.match(text, /ORRERY_SPAWNER_START_TIMEOUT_SECONDS/)
  }
})

test('every line that is taken out is right when it is put in', async () => {
  const lines = template('a.yaml').split('\n')
  const places = lines.flatMap((line, index) => (/^ {2}# \w+: /.test(line) ? [index] : []))
  assert.ok(places.length > 40)
  for (const place of places) {
    const kind = lines.slice(0, place).findLast((line) => line.startsWith("  ## Kind '") || /^\w/.test(line))
    const spawner = /^ {2}## Kind '(\w+)'/.exec(kind ?? '')?.[1] ?? 'process'
    const put = lines.map((line, index) => (index === place ? line.replace('# ', '') : line)).join('\n')
    const text = put.replace('kind: "process"', `kind: "${spawner}"`)
    const result = await load(`line-${place}.yaml`, text)
    const problems = result.ok ? [] : result.problems.filter(({ what }) => !joint.test(what))
    assert.deepEqual(problems, [], lines[place] ?? '')
  }
})

/** What a value alone may well be refused for: a file that is not there, another option that it needs. */
const joint = /cannot be read|it is of no use without|begins with http:/

/** What entries may well be refused for when every option of them is set. */
const exclusive = /already one of the kind|cannot be read|the preset azure has tenants|the preset google has an issuer of its own/

test('entries that are taken out are right when they are put in', async () => {
  const text = template('a.yaml').replace(/^ {2}# (- | {2})/gm, '  $1')
  const result = await load('entries.yaml', text)
  const problems = result.ok ? [] : result.problems.filter(({ what }) => !exclusive.test(what))
  assert.deepEqual(problems, [])
})
