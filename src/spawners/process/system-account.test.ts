import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import { z } from 'zod'
import { recordingContext } from '../../../test/conformance/spawner.ts'
import { lightWorld } from '../../../test/support/process-world.ts'
import { until } from '../../../test/support/until.ts'
import { readProcess } from '../../lib/process-stat.ts'
import type { ServerRef } from '../spawner.ts'
import { parseHandle } from './handle.ts'
import type { ProcessOptions } from './options.ts'

const missing = process.getuid?.() === 0 ? false : 'only root can make accounts and become them'
const answer = z.object({
  pid: z.number(),
  uid: z.number(),
  groups: z.array(z.number()),
  cwd: z.string(),
  environment: z.record(z.string(), z.string()),
  kernels: z.array(z.number()),
})
const account = `orrery-test-${process.pid}`
const number = (option: string): number => Number(execFileSync('id', [option, account], { encoding: 'utf8' }))
const patience = () => ({ signal: AbortSignal.timeout(20_000) })

suite('servers of system accounts', { skip: missing }, async () => {
  if (missing !== false) return
  execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', '--groups', 'users', account], { stdio: 'pipe' })
  const home = `/home/${account}`
  const world = await lightWorld()
  after(async () => {
    await world.close()
    execFileSync('userdel', ['--remove', account], { stdio: 'pipe' })
  })
  // The light server lies where an ordinary account may not look: it gets a copy of its own.
  const folder = `${home}/bin`
  mkdirSync(folder)
  const [program, script] = [`${folder}/node`, `${folder}/light-server.mjs`]
  execFileSync('cp', [process.execPath, program])
  execFileSync('cp', [new URL('../../../test/support/light-server.mjs', import.meta.url).pathname, script])
  const ref = (userName = account): ServerRef => ({ serverId: 1, userName, homeName: userName, serverName: '', key: userName })
  let generation = 0

  async function begin(changes: Partial<ProcessOptions> = {}, who = ref()) {
    generation += 1
    const spawner = world.spawner({ systemUsers: true, cmd: [program, script], ...changes })
    const spec = world.spec(who, generation)
    const started = await spawner.start(spawner.reserve(who, generation), spec, recordingContext().context)
    const ask = async () => answer.parse(await (await fetch(`${started.url}${spec.servicePrefix}api`)).json())
    await until(() =>
      ask().then(
        () => true,
        () => false,
      ),
    )
    return { spawner, ...started, said: await ask() }
  }
  const refusal = async (changes: Partial<ProcessOptions>, who = ref()): Promise<unknown> =>
    await begin(changes, who).then(
      () => null,
      (error: unknown) => error,
    )

  test('run as the account with its groups, in its home, and cannot gain rights', async () => {
    const { spawner, handle, said } = await begin()
    assert.deepEqual([said.uid, said.cwd], [number('-u'), home])
    const groups = execFileSync('id', ['-G', account], { encoding: 'utf8' }).trim().split(' ').map(Number)
    assert.deepEqual(new Set(said.groups), new Set(groups))
    assert.deepEqual([said.environment['USER'], said.environment['HOME'], said.environment['SHELL']], [account, home, '/bin/sh'])
    const status = readFileSync(`/proc/${said.pid}/status`, 'utf8')
    assert.match(status, /^NoNewPrivs:\t1$/m)
    assert.match(status, /^CapEff:\t0+$/m)
    assert.match(status, new RegExp(`^Gid:\\t${number('-g')}\\t${number('-g')}`, 'm'))
    await spawner.stop(handle, patience())
  })

  test('may gain rights when that was asked for', async () => {
    const { spawner, handle, said } = await begin({ noNewPrivileges: false })
    assert.match(readFileSync(`/proc/${said.pid}/status`, 'utf8'), /^NoNewPrivs:\t0$/m)
    await spawner.stop(handle, patience())
  })

  test('cannot read what the hub keeps about them', async () => {
    const { spawner, handle } = await begin()
    assert.equal(statSync(parseHandle(handle).folder).uid, 0)
    assert.equal(statSync(parseHandle(handle).folder).mode & 0o077, 0)
    await spawner.stop(handle, patience())
  })

  test('end with their kernels', async () => {
    const { spawner, handle, said } = await begin({
      environment: { LIGHT_SERVER: '{"kernels":1,"ignore":["SIGINT"]}' },
      interruptTimeoutSeconds: 0.2,
    })
    await spawner.stop(handle, patience())
    assert.deepEqual(
      [said.pid, ...said.kernels].filter((pid) => readProcess(pid)?.dead === false),
      [],
    )
  })

  test('are refused without an account, for system accounts, and for numbers that look like accounts', async () => {
    assert.equal(codeOf(await refusal({}, ref('nobody-of-that-name'))), 'server_account_missing')
    assert.equal(codeOf(await refusal({}, ref('0'))), 'server_account_missing')
    assert.equal(codeOf(await refusal({}, ref('root'))), 'spawner_failed')
    assert.equal(codeOf(await refusal({}, ref('daemon'))), 'spawner_failed')
    assert.equal(codeOf(await refusal({}, ref('nobody'))), 'spawner_failed')
    assert.equal(codeOf(await refusal({}, ref('--help'))), 'server_account_missing')
  })

  test('are refused when the account cannot write to its home, although root can', async () => {
    chownSync(home, 0, 0)
    chmodSync(home, 0o755)
    assert.equal(codeOf(await refusal({})), 'server_home_not_writable')
    chownSync(home, number('-u'), number('-g'))
    chmodSync(home, 0o700)
    const { spawner, handle } = await begin()
    await spawner.stop(handle, patience())
  })

  test('are refused when the disk of the home is full', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=32k,uid=${number('-u')},mode=700`, 'tmpfs', home])
    const failed = await refusal({ cmd: ['/bin/sleep', '1000'] })
    execFileSync('umount', [home])
    assert.equal(codeOf(failed), 'server_disk_full')
  })
})

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : error)
