import { after, afterEach, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fakeHost } from '../../test/support/fake-host.ts'
import { freePort } from '../../test/support/free-port.ts'
import { until } from '../../test/support/until.ts'
import { supervise } from './supervisor.ts'

const actor = fileURLToPath(new URL('../../test/support/supervised-child.ts', import.meta.url))
let folder = ''
/** Ends what a test has started; a failed one did not come to it. */
const running: (() => void)[] = []
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-supervisor-'))
})
afterEach(() => running.splice(0).forEach((stop) => stop()))
after(() => rm(folder, { recursive: true, force: true }))

type Role = {
  readonly serves?: true
  readonly dies?: true
  readonly fails?: string
  readonly exitCode?: number
  readonly ignoresStop?: true
}
type Start = { readonly name: string; readonly pid: number }

/** A supervisor of two actors. */
async function run(name: string, roles: { readonly hub: Role; readonly proxy: Role }, options: { readonly stopServers?: true } = {}) {
  const notes = join(folder, `${name}.notes`)
  await writeFile(notes, '')
  const play = { ...roles, notes, port: await freePort() }
  const program = { runtime: process.execPath, args: [actor], env: {} }
  const fake = fakeHost({ cwd: folder, env: { PLAY: JSON.stringify(play), PATH: process.env['PATH'] ?? '' }, program })
  running.push(fake.stop)
  const ended = supervise(fake.host, { dataDir: join(folder, name), stopServers: options.stopServers ?? false })
  const lines = async (): Promise<readonly string[]> => (await readFile(notes, 'utf8')).trim().split('\n')
  const starts = async (): Promise<readonly Start[]> =>
    (await lines())
      .filter((line) => line.endsWith(' starts'))
      .map((line) => ({ name: line.split(' ')[0] ?? '', pid: Number(line.split(' ')[1]) }))
  return { ...fake, ended, lines, starts }
}

const good = { hub: { serves: true }, proxy: {} } as const

test('both are started, the ready line comes once the page answers, and the hub ends before the proxy', async () => {
  const { stdout, stop, ended, lines } = await run('good', good)
  await until(() => stdout().includes('Ready: go there\n'))
  stop()
  assert.equal(await ended, 0)
  const said = (await lines()).map((line) => line.replace(/ \d+ /, ' '))
  assert.deepEqual(said.slice(2), ['hub stops false', 'proxy stops false'])
  assert.match(stdout(), /^\{"event":"hub\.here"\}$/m)
  assert.match(stdout(), /"event":"process\.said"/)
  assert.equal(stdout().split('Ready: go there').length, 2)
})

test('--stop-servers is told to the hub', async () => {
  const { stdout, stop, ended, lines } = await run('stop-servers', good, { stopServers: true })
  await until(() => stdout().includes('Ready'))
  stop()
  assert.equal(await ended, 0)
  assert.ok((await lines()).some((line) => /^hub \d+ stops true$/.test(line)))
})

for (const victim of ['hub', 'proxy'] as const) {
  test(`a ${victim} that is killed is started again, and the other one is left alone`, async () => {
    const { stdout, stop, ended, starts } = await run(`kill-${victim}`, good)
    await until(() => stdout().includes('Ready'))
    const pid = (await starts()).find((start) => start.name === victim)?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    await until(async () => (await starts()).filter((start) => start.name === victim).length === 2)
    assert.equal((await starts()).length, 3)
    stop()
    assert.equal(await ended, 0)
  })
}

test('a process that gets SIGTERM alone is ended and started again', async () => {
  const { stdout, stop, ended, starts, lines } = await run('sigterm', good)
  await until(() => stdout().includes('Ready'))
  const pid = (await starts()).find(({ name }) => name === 'hub')?.pid ?? 0
  process.kill(pid, 'SIGTERM')
  await until(async () => (await starts()).filter(({ name }) => name === 'hub').length === 2)
  assert.ok((await lines()).includes(`hub ${pid} stops false`))
  stop()
  assert.equal(await ended, 0)
})

test('a process that does not end in its time is killed', async () => {
  const { stdout, stop, ended } = await run('stubborn', { hub: { serves: true }, proxy: { ignoresStop: true } })
  await until(() => stdout().includes('Ready'))
  stop()
  assert.equal(await ended, 0)
})

test('what cannot start ends everything, with its sentence and its exit code', async () => {
  const busy = await run('busy', { hub: { serves: true }, proxy: { fails: 'Port 8000 is used by another program.' } })
  assert.equal(await busy.ended, 1)
  assert.equal(busy.stderr(), 'Port 8000 is used by another program.\n')
  const wrong = await run('wrong', { hub: { fails: 'The configuration has a problem:', exitCode: 2 }, proxy: {} })
  assert.equal(await wrong.ended, 2)
  assert.equal(wrong.stderr(), 'The configuration has a problem:\n')
})

test('a process that dies five times before it was ready is given up, with its last words', async () => {
  const { ended, stderr, starts } = await run('dying', { hub: { dies: true }, proxy: {} })
  assert.equal(await ended, 1)
  assert.match(stderr(), /^The hub ended 5 times before it was ready \(exit code 3\)\.\nhub cannot breathe\n$/)
  assert.equal((await starts()).filter(({ name }) => name === 'hub').length, 5)
})

test('a second supervisor of the same data directory is refused, and after the end of the first it may', async () => {
  const first = await run('twice', good)
  await until(() => first.stdout().includes('Ready'))
  const second = await run('twice', good)
  assert.equal(await second.ended, 1)
  assert.match(
    second.stderr(),
    /^Orrery already runs in .*twice \(process \d+, since 20.*\)\. Stop it first, or give another folder with --data-dir\.\n$/,
  )
  first.stop()
  assert.equal(await first.ended, 0)
  const third = await run('twice', good)
  await until(() => third.stdout().includes('Ready'))
  third.stop()
  assert.equal(await third.ended, 0)
})
