import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isAlive, preparePlace } from '../support/orrery.ts'
import type { Place, TestConfig } from '../support/orrery.ts'
import { until } from '../support/until.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const places: Place[] = []
const running = new Set<ChildProcess>()
after(async () => {
  for (const child of running) child.kill('SIGKILL')
  await until(() => running.size === 0)
  for (const place of places) await place.remove()
})

async function newPlace(config: TestConfig = {}): Promise<Place> {
  const place = await preparePlace(config)
  places.push(place)
  return place
}

/** The program itself, with its output so far and its end. */
function orrery(place: Place, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...args, '--data-dir', place.dataDir], {
    cwd: place.folder,
    env: { ...process.env, ...env },
  })
  running.add(child)
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  void ended.then(() => running.delete(child))
  return { child, ended, out: () => out, err: () => err }
}

async function childrenOf({ pid = 0 }: ChildProcess): Promise<{ readonly hub: number; readonly proxy: number }> {
  const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number)
  const found = { hub: 0, proxy: 0 }
  for (const child of pids) found[(await readFile(`/proc/${child}/cmdline`, 'utf8')).split('\0').includes('hub') ? 'hub' : 'proxy'] = child
  assert.ok(found.hub > 0 && found.proxy > 0 && pids.length === 2)
  return found
}

const ready = /^Orrery is ready.*$/m

test('the first start prints one line with a set-up link that works, the next ones ask to sign in', async () => {
  const place = await newPlace()
  const first = orrery(place, ['start'])
  await until(() => ready.test(first.out()))
  const [line = ''] = ready.exec(first.out()) ?? []
  assert.match(line, new RegExp(`^Orrery is ready\\. Make the first administrator: ${place.url}/hub/setup\\?token=[0-9a-f]+$`))
  const page = await fetch(line.split(' ').at(-1) ?? '')
  assert.equal(page.status, 200)
  await page.body?.cancel()
  process.kill((await childrenOf(first.child)).hub, 'SIGKILL')
  await until(() => first.out().split('Orrery is ready.').length === 3)
  assert.ok(!first.out().endsWith(`${line}\n`), 'the new hub has a new link')
  first.child.kill('SIGTERM')
  assert.equal(await first.ended, 0)
  const next = orrery(place, ['start'], { ORRERY_ADMIN_USER: 'ada', ORRERY_ADMIN_PASSWORD: 'orrery-walks-on-brass' })
  await until(() => ready.test(next.out()))
  assert.ok(next.out().includes(`Orrery is ready: sign in at ${place.url}/\n`), next.out())
  next.child.kill('SIGINT')
  assert.equal(await next.ended, 0)
})

test('a port that is taken ends the start with one sentence that names it and the option', async () => {
  const place = await newPlace()
  const port = Number(new URL(place.url).port)
  const thief = createServer()
  await new Promise<void>((resolve) => thief.listen(port, '127.0.0.1', resolve))
  const start = orrery(place, ['start'])
  assert.equal(await start.ended, 1)
  thief.close()
  assert.equal(
    start.err(),
    `Port ${port} on 127.0.0.1 is used by another program. Stop that program, or choose another port with proxy.bindUrl (or --port).\n`,
  )
})

test('the port of the hub is told apart from that of the proxy', async () => {
  const place = await newPlace()
  const port = Number(new URL(place.hubUrl).port)
  const thief = createServer()
  await new Promise<void>((resolve) => thief.listen(port, '127.0.0.1', resolve))
  const start = orrery(place, ['start'])
  assert.equal(await start.ended, 1)
  thief.close()
  assert.match(start.err(), new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is used by another program\\..* with hub\\.bindUrl\\.\\n$`))
})

test('a wrong configuration ends the start with 2 and every problem once', async () => {
  const place = await newPlace({ hub: { baseUrll: '/' }, log: { level: 'loud' } })
  const start = orrery(place, ['start'])
  assert.equal(await start.ended, 2)
  assert.match(start.err(), /^The configuration has 2 problems:\n {2}hub\.baseUrll /)
  assert.equal(start.err().split('baseUrll').length, 2)
})

test('when the supervisor is killed its children end by themselves, and the next start finds everything free', async () => {
  const place = await newPlace()
  const first = orrery(place, ['start'])
  await until(() => ready.test(first.out()))
  const children = Object.values(await childrenOf(first.child))
  first.child.kill('SIGKILL')
  const next = orrery(place, ['start'])
  await until(() => ready.test(next.out()))
  for (const child of children) assert.equal(await isAlive(child), false)
  next.child.kill('SIGTERM')
  assert.equal(await next.ended, 0)
})

test('SIGTERM to all processes of the group ends them in their order, without a restart', async () => {
  const place = await newPlace()
  const start = orrery(place, ['start'])
  await until(() => ready.test(start.out()))
  const { hub, proxy } = await childrenOf(start.child)
  for (const pid of [hub, proxy, start.child.pid ?? 0]) process.kill(pid, 'SIGTERM')
  assert.equal(await start.ended, 0)
  assert.doesNotMatch(start.out(), /process\.ended/)
})

test('hub and proxy run alone too, and find each other', async () => {
  const place = await newPlace()
  const [hub, proxy] = [orrery(place, ['hub']), orrery(place, ['proxy'])]
  await until(async () => (await fetch(`${place.url}/hub/login`).catch(() => null))?.status === 200)
  await until(() => hub.out().includes('/hub/setup?token='))
  hub.child.kill('SIGTERM')
  proxy.child.kill('SIGTERM')
  assert.deepEqual(await Promise.all([hub.ended, proxy.ended]), [0, 0])
})
