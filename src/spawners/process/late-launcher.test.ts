import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { newServer, recordingContext } from '../../../test/conformance/spawner.ts'
import { lightWorld } from '../../../test/support/process-world.ts'
import { parseHandle, type ProcessHandle } from './handle.ts'

const launcher = fileURLToPath(new URL('launch.sh', import.meta.url))
const patience = () => ({ signal: AbortSignal.timeout(20_000) })

/** Claims that were written and not taken back. */
const draftsOf = ({ folder }: ProcessHandle): readonly string[] => readdirSync(folder).filter((name) => name.includes('.draft.'))

/** A launcher that a hub has forked and that did not get any further, as when the machine is busy. `go` lets it run; its exit code comes back. */
function heldLauncher(handle: ProcessHandle): { go: () => Promise<number> } {
  const held = [
    '-c',
    'read _; exec "$@"',
    'sh',
    '/bin/sh',
    launcher,
    `${handle.generation}`,
    handle.folder,
    'http://127.0.0.1:1',
    'touch',
    'came-to-life',
  ]
  const child = spawn('/bin/sh', held, { cwd: handle.folder, detached: true, stdio: ['pipe', 'ignore', 'inherit', 'ignore'] })
  return {
    go: async () => {
      const ended = once(child, 'exit')
      child.stdin?.end('go\n')
      const [code] = z.tuple([z.number(), z.null()]).parse(await ended)
      return code
    },
  }
}

suite('a launcher that comes late', async () => {
  const world = await lightWorld()
  after(world.close)
  const reserve = () => {
    const spawner = world.spawner()
    const ref = newServer()
    const handle = spawner.reserve(ref, 1)
    const run = parseHandle(handle)
    mkdirSync(run.folder, { recursive: true })
    return { spawner, ref, handle, run, hasLived: (): boolean => existsSync(join(run.folder, 'came-to-life')) }
  }

  test('makes its claim and runs when nobody was there before', async () => {
    const { spawner, handle, run, hasLived } = reserve()
    assert.equal(await heldLauncher(run).go(), 0)
    assert.ok(hasLived())
    assert.deepEqual(draftsOf(run), [])
    assert.deepEqual(await spawner.observe(handle), { kind: 'exited', exitCode: 0, signal: null, outOfMemory: false })
  })

  test('goes away when another one was faster', async () => {
    const { spawner, ref, handle, run, hasLived } = reserve()
    const late = heldLauncher(run)
    const { url } = await spawner.start(handle, world.spec(ref, 1), recordingContext().context)
    assert.equal(await late.go(), 75)
    assert.ok(!hasLived())
    assert.deepEqual(draftsOf(run), [])
    assert.deepEqual(await spawner.observe(handle), { kind: 'running', url })
    await spawner.stop(handle, patience())
  })

  test('goes away when the start was ended meanwhile', async () => {
    const { spawner, handle, run, hasLived } = reserve()
    const late = heldLauncher(run)
    await spawner.stop(handle, patience())
    assert.equal(await late.go(), 75)
    assert.ok(!hasLived())
    assert.deepEqual(await spawner.observe(handle), { kind: 'absent' })
  })

  test('goes away when everything was ended and forgotten, even when the next start has made the folder anew', async () => {
    const { spawner, ref, handle, run, hasLived } = reserve()
    const [late, later] = [heldLauncher(run), heldLauncher(run)]
    await spawner.stop(handle, patience())
    await spawner.forget(handle)
    assert.notEqual(await late.go(), 0)
    const next = spawner.reserve(ref, 2)
    await spawner.start(next, world.spec(ref, 2), recordingContext().context)
    assert.notEqual(await later.go(), 0)
    assert.ok(!hasLived())
    await spawner.stop(next, patience())
  })

  test('goes away when an older run is forgotten while a newer one lives', async () => {
    const { spawner, ref, handle, run, hasLived } = reserve()
    const late = heldLauncher(run)
    await spawner.stop(handle, patience())
    const next = spawner.reserve(ref, 2)
    await spawner.start(next, world.spec(ref, 2), recordingContext().context)
    await spawner.forget(handle)
    assert.equal(await late.go(), 75)
    assert.ok(!hasLived())
    assert.deepEqual(draftsOf(run), [])
    assert.equal((await spawner.observe(next)).kind, 'running')
    await spawner.stop(next, patience())
  })

  test('goes away when its folder is being cleared away at this moment', async () => {
    const { run } = reserve()
    const late = heldLauncher(run)
    renameSync(run.folder, `${run.folder}.gone`)
    assert.equal(await late.go(), 75)
    assert.ok(!existsSync(join(`${run.folder}.gone`, 'came-to-life')))
  })

  test('is the only one of many to run', async () => {
    const { run } = reserve()
    const codes = await Promise.all(Array.from({ length: 12 }, () => heldLauncher(run)).map((late) => late.go()))
    assert.equal(codes.filter((code) => code === 0).length, 1)
    assert.equal(codes.filter((code) => code === 75).length, 11)
    assert.match(readFileSync(join(run.folder, '1.claim'), 'utf8'), /^\d+ \d+ [0-9a-f-]{36} http:\/\/127\.0\.0\.1:1\n$/)
  })

  test('leaves nothing that the next generations keep for ever', async () => {
    const { spawner, ref, run } = reserve()
    for (let generation = 2; generation < 30; generation += 1) {
      const next = spawner.reserve(ref, generation)
      if (generation < 28) await spawner.stop(next, patience())
      else await spawner.start(next, world.spec(ref, generation), recordingContext().context)
      await spawner.stop(next, patience())
    }
    assert.ok(readdirSync(run.folder).length < 30)
  })
})
