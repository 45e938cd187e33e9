import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeHost } from '../../test/support/fake-host.ts'
import { commands } from './commands.ts'
import { runProgram } from './run.ts'

let folder = ''
let count = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-cli-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function freshFolder(): Promise<string> {
  const cwd = join(folder, String((count += 1)))
  await mkdir(cwd)
  return cwd
}

async function orrery(cwd: string, line: string, input = '') {
  const { host, stdout, stderr } = fakeHost({ cwd, input })
  const code = await runProgram(host, line === '' ? [] : line.split(' '))
  return { code, out: stdout(), err: stderr() }
}

test('every command has a help with usage, flags and examples', async () => {
  for (const { name } of commands) {
    const { code, out } = await orrery(folder, `${name} --help`)
    assert.equal(code, 0, name)
    assert.ok(out.startsWith(`Usage: orrery ${name}`), name)
    assert.match(out, /\nExamples:\n {2}orrery /, name)
    assert.match(out, /-h, --help/, name)
  }
})

test('the program tells its commands and its version', async () => {
  for (const line of ['', 'help', '--help', '-h']) {
    const { code, out } = await orrery(folder, line)
    assert.equal(code, 0)
    for (const { name } of commands) assert.ok(out.includes(`  ${name} `), name)
  }
  assert.deepEqual(await orrery(folder, '--version'), { code: 0, out: '0.0.0-test\n', err: '' })
  assert.match((await orrery(folder, 'help user add')).out, /^Usage: orrery user add NAME/)
})

const misuse = [
  ['strat', /no command 'strat'. Did you mean 'start'\?/],
  ['chekc', /Did you mean 'check'\?/],
  ['zebra', /no command 'zebra'. See: orrery --help/],
  ['user', /'user' needs one of: add, list, remove, files, password/],
  ['user ad ada', /'user' needs one of: add/],
  ['token creat ada', /'token' needs one of: create/],
  ['check --confg x', /no flag --confg. Did you mean --config\?/],
  ['check --config', /--config needs a value/],
  ['check --json=yes', /--json takes no value/],
  ['check extra', /"extra" is too much/],
  ['user add', /Something is missing: NAME/],
  ['init orrery.json', /cannot hold comments/],
  ['proxy --config', /--config needs a value/],
] as const
for (const [line, says] of misuse) {
  test(`'orrery ${line}' ends with 2 and one sentence that helps`, async () => {
    const { code, out, err } = await orrery(await freshFolder(), line)
    assert.equal(code, 2, err)
    assert.equal(out, '')
    assert.match(err, says)
    assert.equal(err.trim().split('\n').length, 1)
  })
}

test('init writes a configuration that is right and changes nothing, and never overwrites', async () => {
  const cwd = await freshFolder()
  assert.match((await orrery(cwd, 'init')).out, /Wrote .*orrery\.config\.ts/)
  const text = await readFile(join(cwd, 'orrery.config.ts'), 'utf8')
  const again = await orrery(cwd, 'init')
  assert.equal(again.code, 1)
  assert.match(again.err, /exists already/)
  assert.equal(await readFile(join(cwd, 'orrery.config.ts'), 'utf8'), text)
  const checked = await orrery(cwd, 'check')
  assert.equal(checked.code, 0)
  assert.match(checked.out, /The configuration is right\. File: .*orrery\.config\.ts/)
})

test('check shows what is set and where, but no secrets', async () => {
  const cwd = await freshFolder()
  await writeFile(
    join(cwd, 'orrery.config.yaml'),
    'hub:\n  allowNamedServers: true\nproxy:\n  authToken: very-secret\nroles:\n  - name: reader\n',
  )
  const { code, out } = await orrery(cwd, 'check')
  assert.equal(code, 0)
  assert.match(out, /hub\.allowNamedServers = true {2}\(.*yaml:2\)/)
  assert.match(out, /proxy\.authToken = \(secret\)/)
  assert.match(out, /roles\[0\]\.name = 'reader'/)
  assert.doesNotMatch(out, /very-secret/)
  const report: unknown = JSON.parse((await orrery(cwd, 'check --json')).out)
  assert.ok(typeof report === 'object' && report !== null && 'ok' in report && report.ok === true)
})

test('check of a wrong configuration ends with 2, in words and as JSON', async () => {
  const cwd = await freshFolder()
  await writeFile(join(cwd, 'orrery.config.json'), '{ "hub": { "baseUrll": "/" } }')
  const { code, out, err } = await orrery(cwd, 'check')
  assert.deepEqual([code, out], [2, ''])
  assert.match(err, /Did you mean hub\.baseUrl/)
  const json = await orrery(cwd, 'check --json')
  assert.equal(json.code, 2)
  assert.match(json.out, /"ok": false/)
  assert.match(json.out, /Did you mean hub\.baseUrl/)
})

test('accounts are made, listed, given a password and removed', async () => {
  const cwd = await freshFolder()
  assert.match((await orrery(cwd, 'user add Ada --admin')).out, /^Made ada\. Link .*http:\/\/127\.0\.0\.1:8000\/hub\/invite\?token=\w+\n$/)
  assert.equal((await orrery(cwd, 'user add bob --password-stdin', 'orrery-walks-on-brass\n')).out, 'Made bob.\n')
  assert.match((await orrery(cwd, 'user list')).out, /^NAME .*\nada +admin +active .*\nbob +user +active /)
  const list: unknown = JSON.parse((await orrery(cwd, 'user list --json')).out)
  assert.ok(Array.isArray(list) && list.length === 2)
  assert.match((await orrery(cwd, 'user password bob')).out, /^New password of bob: \w{20}\n$/)
  assert.equal((await orrery(cwd, 'user remove bob')).out, 'Removed bob. The files stay; `orrery user files` says where.\n')
  assert.doesNotMatch((await orrery(cwd, 'user list')).out, /bob/)
})

test('what cannot be done with accounts ends with 1 and one sentence', async () => {
  const cwd = await freshFolder()
  await orrery(cwd, 'user add ada --admin')
  const refusals = [
    ['user add ada', '', /User ada already exists/],
    ['user add ..', '', /cannot be used/],
    ['user add bob --password-stdin', '', /no password on standard input/],
    ['user password nobody', '', /no user nobody/],
    ['user password ada --password-stdin', 'short\n', /password cannot be used/],
    ['user remove ada', '', /somebody has to stay an administrator/],
    ['token create nobody', '', /no user nobody/],
    ['token create ada --scopes nonsense', '', /no scope nonsense/],
    ['token create ada --roles nonsense', '', /no role nonsense/],
    ['token create ada --expires-in soon', '', /not 'soon'/],
    ['token revoke 99', '', /no such token/],
    ['token revoke x', '', /no such token/],
  ] as const
  for (const [line, input, says] of refusals) {
    const { code, out, err } = await orrery(cwd, line, input)
    assert.deepEqual([code, out], [1, ''], line)
    assert.match(err, says, line)
    assert.equal(err.trim().split('\n').length, 1, line)
  }
})

test('an account is not made when its password is refused', async () => {
  const cwd = await freshFolder()
  assert.equal((await orrery(cwd, 'user add bob --password-stdin', 'short\n')).code, 1)
  assert.doesNotMatch((await orrery(cwd, 'user list')).out, /bob/)
})

test('tokens are made, listed and revoked', async () => {
  const cwd = await freshFolder()
  await orrery(cwd, 'user add ada --admin')
  assert.match((await orrery(cwd, 'token create ada --note backup --expires-in 30d')).out, /^[0-9a-f]{32}\n$/)
  const made: unknown = JSON.parse((await orrery(cwd, 'token create ada --scopes read:users,list:users --json')).out)
  assert.ok(typeof made === 'object' && made !== null && 'scopes' in made && 'id' in made)
  assert.deepEqual(made.scopes, ['read:users', 'list:users'])
  assert.match((await orrery(cwd, 'token list ada')).out, /backup.*\n.*read:users list:users +never/)
  assert.match((await orrery(cwd, `token revoke ${String(made.id)}`)).out, /Revoked token \d+ of ada/)
  const left: unknown = JSON.parse((await orrery(cwd, 'token list --json')).out)
  assert.ok(Array.isArray(left) && left.length === 1)
})

test('the state of the database is shown, and it is brought up to date once', async () => {
  const cwd = await freshFolder()
  assert.match((await orrery(cwd, 'db status')).out, /^sqlite, .*orrery\.sqlite: not up to date/)
  assert.match((await orrery(cwd, 'db migrate')).out, /^Done: 0001/)
  assert.equal((await orrery(cwd, 'db migrate')).out, 'The database is up to date.\n')
  const status: unknown = JSON.parse((await orrery(cwd, 'db status --json')).out)
  assert.ok(typeof status === 'object' && status !== null && 'upToDate' in status && status.upToDate === true)
  assert.equal((await stat(join(cwd, 'orrery-data', 'orrery.sqlite'))).mode & 0o777, 0o600)
})

test('a wrong configuration stops every command that needs it', async () => {
  const cwd = await freshFolder()
  await writeFile(join(cwd, 'orrery.config.json'), '{ "hubb": {} }')
  for (const line of ['hub', 'proxy', 'user list', 'token list', 'db status']) {
    const { code, err } = await orrery(cwd, line)
    assert.equal(code, 2, line)
    assert.match(err, /Did you mean hub/, line)
  }
})
