import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { newServer, recordingContext } from '../../../test/conformance/spawner.ts'
import { lightWorld } from '../../../test/support/process-world.ts'
import { until } from '../../../test/support/until.ts'
import { readProcess } from '../../lib/process-stat.ts'
import { parseHandle } from './handle.ts'
import type { ProcessOptions } from './options.ts'
import { isAlive } from './processes.ts'

const answer = z.object({
  pid: z.number(),
  kernels: z.array(z.number()),
  cwd: z.string(),
  environment: z.record(z.string(), z.string()),
  uid: z.number(),
})
const patience = () => ({ signal: AbortSignal.timeout(20_000) })
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const lives = (pid: number): boolean => readProcess(pid)?.dead === false

suite('a server process', async () => {
  const world = await lightWorld()
  after(world.close)

  /** Starts a light server and waits for its answer. */
  async function begin(changes: Partial<ProcessOptions> = {}, ref = newServer()) {
    const spawner = world.spawner(changes)
    const spec = world.spec(ref, 1)
    const { url, handle } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    const ask = async () => answer.parse(await (await fetch(`${url}${spec.servicePrefix}api`)).json())
    await until(() =>
      ask().then(
        () => true,
        () => false,
      ),
    )
    const leader = parseHandle(handle).leader
    assert.ok(leader !== undefined)
    return { spawner, spec, url, handle, ask, leader, said: await ask(), folder: parseHandle(handle).folder }
  }

  test('gets the environment of the contract and nothing else of the hub', async () => {
    const { spawner, handle, spec, said, url } = await begin({
      environment: { OMP_NUM_THREADS: '2' },
      notebookDir: '~/work',
      memLimit: 2 ** 31,
      envKeep: ['LANG', 'PATH'],
    })
    const home = join(world.dataDir, 'homes', spec.userName)
    // A shell keeps notes of its own: where it is, and with some the last word.
    const { PATH = '', PWD: _, LANG: __, _: ___, ...rest } = said.environment
    assert.deepEqual(rest, {
      ...spec.environment,
      JUPYTERHUB_SERVICE_URL: `${url}${spec.servicePrefix}`,
      JUPYTERHUB_ROOT_DIR: '~/work',
      MEM_LIMIT: '2147483648',
      OMP_NUM_THREADS: '2',
      USER: spec.userName,
      HOME: home,
      SHELL: '/bin/bash',
    })
    assert.ok(PATH.endsWith(process.env['PATH'] ?? ''))
    assert.equal(said.cwd, home)
    await spawner.stop(handle, patience())
  })

  test('finds the programs of the prepared Python first', async () => {
    const { spawner, handle, said } = await begin()
    const bin = process.env['ORRERY_PYTHON_BIN']
    assert.equal(said.environment['PATH'], [bin, process.env['PATH']].filter((part) => part !== undefined).join(':'))
    await spawner.stop(handle, patience())
  })

  test('has its secrets in no command line, and its folders and files closed to others', async () => {
    const { spawner, handle, spec, leader, said, folder } = await begin()
    const lines = [leader.pid, said.pid].map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).join()
    assert.ok(!lines.includes(spec.environment['JUPYTERHUB_API_TOKEN'] ?? '?'))
    assert.deepEqual([mode(folder), mode(join(world.dataDir, 'homes', spec.userName))], ['700', '700'])
    assert.equal(mode(join(folder, '1.log')), '600')
    for (const name of readdirSync(folder))
      assert.ok(!readFileSync(join(folder, name), 'utf8').includes(spec.environment['JUPYTERHUB_API_TOKEN'] ?? '?'), name)
    await spawner.stop(handle, patience())
  })

  test('leads a session of its own', async () => {
    const { spawner, handle, leader, said } = await begin()
    assert.deepEqual([readProcess(leader.pid)?.session, readProcess(said.pid)?.session], [leader.pid, leader.pid])
    await spawner.stop(handle, patience())
  })

  test('goes on when the hub is killed, is adopted, and tells its exit code to the next hub', async () => {
    const script = fileURLToPath(new URL('../../../test/support/spawn-and-wait.ts', import.meta.url))
    const hub = spawn(process.execPath, [script, world.dataDir, 'orphan'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = z.tuple([z.instanceof(Buffer)]).parse(await once(hub.stdout, 'data'))
    const url = line.toString().trim()
    hub.kill('SIGKILL')
    await once(hub, 'exit')
    const ref = { serverId: 1, userName: 'orphan', homeName: 'orphan', serverName: '', key: 'orphan' }
    const spawner = world.spawner()
    const handle = spawner.reserve(ref, 1)
    assert.deepEqual(await spawner.observe(handle), { kind: 'running', url })
    const again = await begin({}, ref)
    assert.equal(again.url, url)
    process.kill(again.said.pid, 'SIGINT')
    await until(async () => (await spawner.observe(handle)).kind === 'exited')
    assert.deepEqual(await spawner.observe(handle), { kind: 'exited', exitCode: 0, signal: null, outOfMemory: false })
    await spawner.stop(handle, patience())
  })

  test('that somebody kills is told from one that the kernel ended for want of memory', async () => {
    const { spawner, handle, said } = await begin()
    process.kill(said.pid, 'SIGKILL')
    await until(async () => (await spawner.observe(handle)).kind === 'exited')
    assert.deepEqual(await spawner.observe(handle), { kind: 'exited', exitCode: 137, signal: 'SIGKILL', outOfMemory: false })
    await spawner.stop(handle, patience())
  })

  test('ends with its kernels, although they lead sessions of their own', async () => {
    const { spawner, handle, said } = await begin({ environment: { LIGHT_SERVER: '{"kernels":2}' } })
    assert.deepEqual(said.kernels.map(lives), [true, true])
    await spawner.stop(handle, patience())
    assert.deepEqual([said.pid, ...said.kernels].filter(lives), [])
  })

  test('that died leaves kernels, which a stop by the next hub ends', async () => {
    const { spawner, handle, leader, said } = await begin({ environment: { LIGHT_SERVER: '{"kernels":2}' } })
    process.kill(-leader.pid, 'SIGKILL')
    await until(async () => (await spawner.observe(handle)).kind === 'exited')
    assert.deepEqual(said.kernels.map(lives), [true, true])
    await world.spawner().stop(handle, patience())
    assert.deepEqual(said.kernels.filter(lives), [])
  })

  test('that ignores SIGINT gets SIGTERM, and that ignores both gets SIGKILL', async () => {
    for (const ignore of [['SIGINT'], ['SIGINT', 'SIGTERM']]) {
      const { spawner, handle, said } = await begin({
        environment: { LIGHT_SERVER: JSON.stringify({ ignore }) },
        interruptTimeoutSeconds: 0.3,
        termTimeoutSeconds: 0.3,
      })
      await spawner.stop(handle, patience())
      assert.ok(!lives(said.pid))
      const log = await spawner.logs(handle, 10)
      assert.deepEqual([log.includes('got SIGINT'), log.includes('got SIGTERM')], [true, true])
    }
  })

  test('that is asked to stop ends at SIGINT', async () => {
    const { spawner, handle } = await begin()
    await spawner.stop(handle, patience())
    assert.ok(!(await spawner.logs(handle, 10)).includes('got SIGTERM'))
  })

  test('is never mistaken for another process that has its number', async () => {
    const stranger = spawn('sleep', ['1000'], { detached: true })
    const pid = stranger.pid ?? 0
    const spawner = world.spawner()
    const handle = parseHandle(spawner.reserve(newServer(), 1))
    const recycled = {
      ...handle,
      url: 'http://127.0.0.1:1',
      leader: { pid, startTime: '1', boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() },
    }
    assert.equal((await spawner.observe(recycled)).kind, 'exited')
    await spawner.stop(recycled, patience())
    const otherBoot = { ...recycled, generation: 2, leader: { pid, startTime: readProcess(pid)?.startTime ?? '', boot: 'another boot' } }
    assert.equal((await spawner.observe(otherBoot)).kind, 'exited')
    await spawner.stop(otherBoot, patience())
    assert.ok(isAlive({ ...otherBoot.leader, boot: recycled.leader.boot }))
    stranger.kill()
  })

  test('is found by its handle when its folder was lost', async () => {
    const { spawner, handle, url, said } = await begin()
    await spawner.forget(handle)
    assert.deepEqual(await spawner.observe(handle), { kind: 'running', url })
    await spawner.stop(handle, patience())
    assert.ok(!lives(said.pid))
    assert.equal((await spawner.observe(handle)).kind, 'absent')
  })

  test('has a log that keeps its last lines and does not grow without end', async () => {
    const { spawner, handle, folder } = await begin({ environment: { LIGHT_SERVER: '{"printNumbered":30000}' } })
    await until(async () => (await spawner.observe(handle)).kind === 'running' && statSync(join(folder, '1.log')).size < 1_048_576)
    const lines = await spawner.logs(handle, 5000)
    assert.equal(lines.length, 2000)
    assert.match(lines.at(-1) ?? '', /^listening at/)
    assert.match(lines.at(-2) ?? '', /^line 29999 /)
    assert.equal(mode(join(folder, '1.log.1')), '600')
    await spawner.stop(handle, patience())
    assert.match((await spawner.logs(handle, 1)).join(''), /got SIGINT/)
  })
})
