import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

const main = join(import.meta.dirname, '..', 'main.ts')

/** Runs a command of Orrery with a guard before a socket of the test. */
async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-guard-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [socket, engine] = [join(folder, 'guard.sock'), join(folder, 'engine.sock')]
  const settings = { spawner: { kind: 'docker' }, guard: { listen: `unix://${socket}`, engineUrl: `unix://${engine}` } }
  await writeFile(join(folder, 'orrery.config.json'), JSON.stringify(settings))
  const run = (...args: readonly string[]) => {
    const all = [main, ...args, '--config', join(folder, 'orrery.config.json'), '--data-dir', folder]
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => child.kill('SIGKILL'))
    const ended = once(child, 'exit').then(([code]) => Number(code))
    return { child, ended, errors: text(child.stderr) }
  }
  const serving = async () => {
    const guard = run('engine-guard')
    for await (const chunk of guard.child.stdout) if (String(chunk).includes('guard.listening')) return guard
    throw new Error(await guard.errors)
  }
  return { folder, socket, engine, run, serving }
}

const ask = (socketPath: string, path: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject)
    })
    asked.on('error', reject).end()
  })

test('the guard listens for its account and group alone, passes on, says when the engine is away, and leaves nothing when it ends', async (t) => {
  const { socket, engine, run, serving } = await place(t)
  // What a guard leaves that was killed.
  await writeFile(socket, '')
  const guard = await serving()
  assert.equal((await stat(socket)).mode & 0o777, 0o660)
  const away = await ask(socket, '/_ping')
  assert.equal(away.status, 502)
  assert.match(away.body, /The engine cannot be reached/)
  assert.equal(await run('health', 'engine-guard').ended, 1)

  const seen: string[] = []
  const server = createServer((asked, answer) => {
    seen.push(`${asked.method} ${asked.url}`)
    answer.end('OK')
  })
  t.after(() => server.close())
  await once(server.listen(engine), 'listening')
  assert.deepEqual(await ask(socket, '/_ping'), { status: 200, body: 'OK' })
  assert.equal((await ask(socket, '/images/json')).status, 403)
  assert.deepEqual(seen, ['GET /_ping'])
  assert.equal(await run('health', 'engine-guard').ended, 0)

  const second = run('engine-guard')
  assert.equal(await second.ended, 1)
  assert.match(await second.errors, /Another engine guard listens on/)

  guard.child.kill('SIGTERM')
  assert.equal(await guard.ended, 0)
  await assert.rejects(stat(socket), { code: 'ENOENT' })
})

test('a guard of nothing does not start, and says why', async (t) => {
  const { folder, run } = await place(t)
  await writeFile(join(folder, 'orrery.config.json'), JSON.stringify({ spawner: { kind: 'process' } }))
  const guard = run('engine-guard')
  assert.equal(await guard.ended, 1)
  assert.match(await guard.errors, /There is nothing to guard/)
})
