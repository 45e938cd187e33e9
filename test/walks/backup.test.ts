import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { tableNames } from '../../src/db/table-rows.ts'
import { runProgram } from '../../src/cli/run.ts'
import { sha256Hex } from '../../src/lib/secrets.ts'
import { apiClient, signedInClient } from '../support/api-client.ts'
import { fakeHost } from '../support/fake-host.ts'
import { needs } from '../support/machine.ts'
import { admin, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { freshPostgresUrl } from '../support/postgres.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

const config = { spawner: lightSpawner, hub: { slowSpawnTimeoutSeconds: 30, slowStopTimeoutSeconds: 30 } }
const Made = z.object({ id: z.string(), token: z.string() })

suite('a backup of a running hub', () => {
  let place: Place
  let orrery: RunningOrrery
  let root: Awaited<ReturnType<typeof signedInClient>>
  const visitors: Record<'stays' | 'leaves', ReturnType<typeof createVisitor>> = { stays: createVisitor(''), leaves: createVisitor('') }
  const secrets: Record<string, string> = {}

  async function run(...words: readonly string[]) {
    const { host, stdout, stderr } = fakeHost({ cwd: place.folder })
    const code = await runProgram(host, [...words, '--data-dir', place.dataDir])
    return { code, out: stdout(), err: stderr() }
  }
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await root.call(method, path, body)
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`)
    return response
  }
  const tokenOf = async (name: string): Promise<z.output<typeof Made>> =>
    readJson(await call('POST', `/users/${name}/tokens`, { note: 'mine' }), Made)
  const isSignedIn = async (visitor: ReturnType<typeof createVisitor>): Promise<boolean> =>
    (await visitor.get('/hub/home')).path === '/hub/home'
  const statusWith = async (token: string | undefined): Promise<number> =>
    (await apiClient(place.url, token ?? '').call('GET', '/user')).status
  const serverIs = async (path: string): Promise<string> => (await root.call('GET', path)).text()
  const archive = (): string => join(place.folder, 'kept.orrery')

  before(async () => {
    place = await preparePlace(config)
    orrery = await startOrrery(place)
    root = await signedInClient(place.url, admin.name, admin.password)
    for (const name of ['ada', 'mallory', 'removed']) await call('POST', `/users/${name}`)
    for (const kind of ['stays', 'leaves'] as const) {
      visitors[kind] = createVisitor(place.url)
      await visitors[kind].signIn(admin.name, admin.password)
    }
    const [kept, revoked, gone] = [await tokenOf('ada'), await tokenOf('ada'), await tokenOf('removed')]
    Object.assign(secrets, { kept: kept.token, revoked: revoked.token, revokedId: revoked.id, ofRemoved: gone.token })
    await call('POST', `/users/ada/server`)
    const made = await run('backup', 'kept.orrery')
    assert.equal(made.code, 0, made.err)
    assert.match(made.out, /4 people, .*1 servers, .*3 secrets[\s\S]*Not in it: home folders/)
  })
  after(async () => {
    await orrery.stop()
    await place.remove()
  })

  test('is one file for its owner alone, and never overwrites by itself', async () => {
    assert.equal((await stat(archive())).mode & 0o777, 0o600)
    const again = await run('backup', 'kept.orrery')
    assert.equal(again.code, 1)
    assert.match(again.err, /exists already.*--force/)
    assert.equal((await run('backup', 'other.orrery')).code, 0)
    assert.equal((await run('backup', 'other.orrery', '--force')).code, 0)
    assert.ok(!(await readdir(place.folder)).some((name) => name.endsWith('.part')))
  })

  test('is one state of the database, also while people are being added', async () => {
    const adding = (async () => {
      for (let index = 0; index < 20; index += 1) await call('POST', `/users/busy${index}`)
    })()
    const made = await run('backup', 'busy.orrery', '--json')
    await adding
    const { rows } = z.object({ rows: z.record(z.string(), z.number()) }).parse(JSON.parse(made.out))
    const lines = gunzipSync(await readFile(join(place.folder, 'busy.orrery'))).toString()
    const names = new Set([...lines.matchAll(/"(busy\d+)"/g)].map(([, name]) => name))
    assert.ok((rows['users'] ?? 0) === 4 + names.size, `${rows['users']} rows, ${names.size} names`)
    for (let index = 0; index < 20; index += 1) await call('DELETE', `/users/busy${index}`)
  })

  test('is not put back while the hub runs, or over something without --force', async () => {
    const running = await run('restore', 'kept.orrery', '--force')
    assert.equal(running.code, 1)
    assert.match(running.err, /A hub runs in .*Stop it first/)
    // What the backup must not bring back, and what it must.
    await call('DELETE', `/users/ada/tokens/${secrets['revokedId']}`)
    await visitors.leaves.post('/hub/logout', {})
    await call('DELETE', '/users/removed')
    await call('POST', '/users/latecomer')
    for (const method of ['DELETE', 'POST', 'DELETE', 'POST']) await call(method, '/users/ada/server')
    await orrery.stop()
    const there = await run('restore', 'kept.orrery')
    assert.equal(there.code, 1)
    assert.match(there.err, /There is a hub in .* already\. --force/)
  })

  test('that is cut off, changed or of a newer version is refused, and nothing is touched', async () => {
    const whole = await readFile(archive())
    const text = gunzipSync(whole).toString()
    const sealed = (body: string): Buffer => gzipSync(`${body}sha256 ${sha256Hex(body)}\n`)
    const body = text.slice(0, text.lastIndexOf('sha256 '))
    const rows: readonly (readonly [Buffer, RegExp])[] = [
      [whole.subarray(0, -20), /cannot be read as a backup/],
      [gzipSync(body), /not a whole backup/],
      [gzipSync(text.replace('"ada"', '"eve"')), /not a whole backup/],
      [sealed(body.replace('"steps":["', '"steps":["0000-other","')), /made by a newer version of Orrery, 0\.0\.0-test: update first/],
      [sealed(body.replace('orrery-backup-1', 'orrery-backup-9')), /was not made by orrery backup, or by a newer version/],
      [Buffer.from('hello'), /cannot be read as a backup/],
    ]
    const untouched = await readFile(join(place.dataDir, 'orrery.sqlite'))
    for (const [content, says] of rows) {
      await writeFile(join(place.folder, 'bad.orrery'), content)
      const refused = await run('restore', 'bad.orrery', '--force')
      assert.equal(refused.code, 1)
      assert.match(refused.err, says)
    }
    await truncate(join(place.folder, 'bad.orrery'))
    assert.equal((await run('restore', 'bad.orrery', '--force')).code, 1)
    assert.deepEqual(await readFile(join(place.dataDir, 'orrery.sqlite')), untouched)
    assert.deepEqual(
      (await readdir(place.dataDir)).filter((name) => /restor/.test(name)),
      [],
    )
  })

  test('brings people, tokens and sessions back; what was ended since stays ended', async () => {
    const restored = await run('restore', 'kept.orrery', '--force')
    assert.equal(restored.code, 0, restored.err)
    assert.match(restored.out, /4 people[\s\S]*before-restore-\d{8}T\d{6}Z[\s\S]*Stay ended.*: \d+ tokens, 1 sessions/)
    orrery = await startOrrery(place)
    assert.equal(await statusWith(secrets['kept']), 200)
    assert.equal(await statusWith(secrets['ofRemoved']), 200, 'who was removed is back')
    assert.equal(await isSignedIn(visitors.stays), true)
    assert.equal(await statusWith(secrets['revoked']), 403)
    assert.equal(await isSignedIn(visitors.leaves), false)
    assert.equal((await root.call('GET', '/users/latecomer')).status, 404)
  })

  test('a server that was started anew after the backup can be started again', async () => {
    await until(async () => !/"pending":"/.test(await serverIs('/users/ada')))
    if (!/"ready":true/.test(await serverIs('/users/ada'))) await call('POST', '/users/ada/server')
    await until(async () => /"ready":true/.test(await serverIs('/users/ada')))
    await call('DELETE', '/users/ada/server')
    await call('POST', '/users/ada/server')
    assert.match(await serverIs('/users/ada'), /"ready":true/)
    await call('DELETE', '/users/ada/server')
  })

  test(
    'the backup taken on SQLite starts a hub on PostgreSQL, with everybody signed in, and the other way round',
    needs('postgresql'),
    async () => {
      await orrery.stop()
      const file = join(place.folder, 'orrery.config.json')
      const onSqlite = await readFile(file, 'utf8')
      await writeFile(
        file,
        JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(JSON.parse(onSqlite)), database: { url: await freshPostgresUrl() } }),
      )
      assert.match((await run('restore', 'kept.orrery')).err, /There is a hub in/, 'the secrets of the other one are there')
      assert.equal((await run('restore', 'kept.orrery', '--force')).code, 0)
      orrery = await startOrrery(place)
      assert.equal(await isSignedIn(visitors.stays), true)
      assert.equal((await root.call('POST', '/users/elephant')).status, 201)
      assert.equal((await run('backup', 'postgres.orrery')).code, 0)
      await root.call('DELETE', '/users/elephant')
      assert.match((await run('restore', 'postgres.orrery', '--force')).err, /A hub runs in/)
      await orrery.stop()
      const again = await run('restore', 'postgres.orrery', '--force')
      assert.equal(again.code, 0, again.err)
      await writeFile(file, onSqlite)
      assert.equal((await run('restore', 'postgres.orrery', '--force', '--sign-out')).code, 0)
      orrery = await startOrrery(place)
      assert.equal((await root.call('GET', '/users/elephant')).status, 200)
      assert.equal(await isSignedIn(visitors.stays), false, 'with --sign-out')
    },
  )

  test('no table is forgotten', async () => {
    const { openDatabase } = await import('../../src/db/database.ts')
    const database = await openDatabase({ url: `sqlite:${join(place.dataDir, 'orrery.sqlite')}` })
    const tables = (await database.db.introspection.getTables()).map(({ name }) => name)
    await database.close()
    assert.deepEqual(tables.filter((name) => !/^(?:kysely_|sqlite_)/.test(name)).toSorted(), [...tableNames].toSorted())
  })
})

test('a data directory without a hub has nothing to back up, and is left as it was', async () => {
  const place = await preparePlace()
  const { host, stderr } = fakeHost({ cwd: place.folder })
  assert.equal(await runProgram(host, ['backup', 'x.orrery', '--data-dir', place.dataDir]), 1)
  assert.match(stderr(), /There is no hub in/)
  assert.ok(!(await readdir(place.folder)).includes('data'))
  await rm(place.folder, { recursive: true })
})
