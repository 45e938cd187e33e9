import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIdentity, ownIdentity, startTimeOf } from '../lib/process-identity.ts'
import { becomeInstance } from './instance-lock.ts'

const since = '2026-01-02T03:04:05.678Z'
let folder = ''
let count = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-lock-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function freshDir(record?: object | string): Promise<string> {
  const path = join(folder, String((count += 1)))
  await mkdir(path)
  if (record !== undefined) await writeFile(join(path, 'supervisor.json'), typeof record === 'string' ? record : JSON.stringify(record))
  return path
}

async function become(path: string) {
  const result = await becomeInstance(path, since, 50)
  assert.ok(result.ok)
  return result.instance
}

test('one at a time: the second is told who the first is, and may once it let go', async () => {
  const path = await freshDir()
  const first = await become(path)
  assert.deepEqual(await becomeInstance(path, since), { ok: false, other: { pid: process.pid, since, children: [] } })
  first.release()
  const second = await become(path)
  second.release()
})

test('its files are private, and it notes its children', async () => {
  const path = await freshDir()
  const instance = await become(path)
  assert.equal(instance.note('hub', process.pid), true)
  const record: unknown = JSON.parse(await readFile(join(path, 'supervisor.json'), 'utf8'))
  assert.deepEqual(record, { pid: process.pid, since, children: [formatIdentity(ownIdentity())] })
  for (const name of ['supervisor.json', 'supervisor.lock']) assert.equal((await stat(join(path, name))).mode & 0o777, 0o600)
  instance.release()
  await assert.rejects(stat(join(path, 'supervisor.json')))
})

test('a child of a dead supervisor that does not end by itself is killed', async () => {
  const orphan = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const gone = new Promise<string | null>((resolve) => orphan.once('exit', (_, signal) => resolve(signal)))
  const pid = orphan.pid ?? 0
  const identity = formatIdentity({ ...ownIdentity(), pid, startTime: startTimeOf(pid) ?? '' })
  const instance = await become(await freshDir({ pid: 1, since, children: [identity] }))
  assert.equal(await gone, 'SIGKILL')
  instance.release()
})

test('a process that only has the number of an old child is left alone', async () => {
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const pid = bystander.pid ?? 0
  const recycled = formatIdentity({ ...ownIdentity(), pid, startTime: '1' })
  const elsewhere = formatIdentity({ ...ownIdentity(), host: 'another', pid, startTime: startTimeOf(pid) ?? '' })
  const instance = await become(await freshDir({ pid: 1, since, children: [recycled, elsewhere, '', '///', 'x'] }))
  assert.equal(bystander.exitCode, null)
  assert.notEqual(startTimeOf(pid), null)
  bystander.kill('SIGKILL')
  instance.release()
})

test('a note that is damaged is no obstacle', async () => {
  for (const damaged of ['', '{', '[]', '{"pid":"x"}', '{"pid":1,"since":"x","children":[5]}']) {
    const instance = await become(await freshDir(damaged))
    instance.release()
  }
})
