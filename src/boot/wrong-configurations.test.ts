import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wrong } from '../../test/support/wrong-configurations.ts'
import type { Wrong } from '../../test/support/wrong-configurations.ts'
import { spawningChecks } from './checks/spawning.ts'
import { formatProblems } from './config-problem.ts'
import { loadConfig } from './load-config.ts'

let folder = ''
let count = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-wrong-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function message({ given, name = 'orrery.config.json', env = {}, flags = {} }: Wrong): Promise<string> {
  const cwd = join(folder, String((count += 1)))
  await mkdir(cwd)
  await writeFile(join(cwd, name), typeof given === 'string' ? given : JSON.stringify(given, null, 2))
  const result = await loadConfig(flags, { env, cwd })
  assert.ok(!result.ok, 'it was accepted')
  return formatProblems(result.problems)
}

test('there are more than thirty wrong configurations', () => {
  assert.ok(Object.keys(wrong).length > 30)
})

for (const [name, entry] of Object.entries(wrong)) {
  test(`${name}: one problem, with the option and the way to mend it`, async () => {
    const text = await message(entry)
    const [head = '', problem = '', fix = '', ...rest] = text.split('\n')
    assert.equal(head, 'The configuration has a problem:', text)
    if (typeof entry.option === 'string') assert.ok(problem.startsWith(`  ${entry.option}`), problem)
    else assert.match(problem, entry.option)
    assert.match(problem, entry.says)
    assert.match(fix, entry.fix)
    assert.deepEqual(rest, [])
  })
}

test('all problems come in one message, each with its line', async () => {
  const text = await message({
    given: 'hub:\n  baseUrll: /\n  activeServerLimit: x\nspawner:\n  cmdd: a\nproxy:\n  bindUrl: https://127.0.0.1:8000\n',
    name: 'orrery.config.yaml',
    env: { ORRERY_LOG_LEVEL: 'loud' },
    option: '',
    says: /x/,
    fix: /x/,
  })
  assert.match(text, /^The configuration has 5 problems:/)
  for (const place of [
    /baseUrll \(\S+yaml:2\)/,
    /activeServerLimit \(\S+:3\)/,
    /cmdd \(\S+:5\)/,
    /bindUrl \(\S+:7\)/,
    /log\.level \(ORRERY_LOG_LEVEL\)/,
  ])
    assert.match(text, place)
})

test('a problem that may vanish with another one is not told beside it', async () => {
  const text = await message({ given: { proxy: { bindUrl: 'https://127.0.0.1:8443', tls: 5 } }, option: '', says: /x/, fix: /x/ })
  assert.match(text, /has a problem/)
})

test('a secret never stands in a message', async () => {
  const text = await message({ given: { proxy: { authToken: 'sec' } }, option: '', says: /x/, fix: /x/ })
  assert.match(text, /proxy\.authToken/)
  assert.doesNotMatch(text, /'sec'/)
})

test('servers as system accounts need a hub that runs as root', async () => {
  const loaded = await loadConfig({}, { env: { ORRERY_SPAWNER_SYSTEM_USERS: process.getuid?.() === 0 ? 'true' : 'false' }, cwd: folder })
  assert.ok(loaded.ok)
  const config = { ...loaded.config, spawner: { ...loaded.config.spawner, systemUsers: true } }
  const found = (uid: number) => spawningChecks.flatMap((check) => check(config, uid)).map(({ option }) => option)
  assert.deepEqual(found(1000), ['spawner.systemUsers'])
  assert.deepEqual(found(0), [])
})
