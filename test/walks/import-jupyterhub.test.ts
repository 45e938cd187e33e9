import assert from 'node:assert/strict'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { runProgram } from '../../src/cli/run.ts'
import { startJupyterHub } from '../api/real-jupyterhub.ts'
import { apiClient } from '../support/api-client.ts'
import { fakeHost } from '../support/fake-host.ts'
import { needs } from '../support/machine.ts'
import { lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'

const rootToken = 'a-configured-token-of-the-root-1'
const Made = z.object({ id: z.string(), token: z.string() })
const Report = z.object({
  imported: z.record(z.string(), z.number()),
  roles: z.array(z.object({ name: z.string(), users: z.array(z.string()), scopes: z.array(z.string()) })),
  left: z.array(z.string()),
})

const configuration = `
c.JupyterHub.api_tokens = {'${rootToken}': 'root1'}
c.JupyterHub.services = [{'name': 'watcher', 'api_token': 'a-token-of-the-service-watcher'}]
c.JupyterHub.load_roles = [{'name': 'helpers', 'scopes': ['list:users', 'read:users:name'], 'users': ['bob']}]
`

suite('the database of a real JupyterHub', needs('python'), () => {
  let place: Place
  let orrery: RunningOrrery
  const tokens: Record<string, string> = {}

  async function run(...words: readonly string[]) {
    const { host, stdout, stderr } = fakeHost({ cwd: place.folder })
    const code = await runProgram(host, ['import-jupyterhub', ...words, '--data-dir', place.dataDir])
    return { code, out: stdout(), err: stderr() }
  }
  const report = async (...words: readonly string[]) => {
    const ran = await run('--db', 'sqlite:///theirs.sqlite', '--json', ...words)
    assert.equal(ran.code, 0, ran.err)
    return Report.parse(JSON.parse(ran.out))
  }
  const statusWith = async (token: string | undefined): Promise<number> =>
    (await apiClient(place.url, token ?? '').call('GET', '/user')).status

  before(async () => {
    place = await preparePlace({ spawner: lightSpawner, hub: { allowNamedServers: true } })
    await fillPeer(place.folder, tokens)
    orrery = await startOrrery(place)
  })
  after(async () => {
    await orrery.stop()
    await place.remove()
  })

  test('a dry run tells what would come, and keeps nothing', async () => {
    const { imported, roles, left } = await report('--dry-run')
    assert.deepEqual(imported, { people: 3, groups: 2, servers: 1, tokens: 5 })
    assert.deepEqual(
      roles.map(({ name, users, scopes }) => [name, users, scopes]),
      [['helpers', ['bob'], ['list:users', 'read:users:name']]],
    )
    assert.ok(
      left.some((sentence) => /1 tokens of services/.test(sentence)),
      left.join('\n'),
    )
    assert.equal(await statusWith(tokens['ada']), 403)
    const list = await run('--db', 'theirs.sqlite', '--dry-run', '--cookie-secret', 'x')
    assert.match(list.out, /Would take over: 3 people[\s\S]*Everybody signs in once more[\s\S]*roles: \[/)
  })

  test('a name that cannot be used stops it before anything is written', async () => {
    const theirs = new DatabaseSync(join(place.folder, 'theirs.sqlite'))
    theirs.exec("update users set name = 'ＢＯＢ' where name = 'bob'")
    const refused = await run('--db', 'sqlite:///theirs.sqlite')
    theirs.exec("update users set name = 'bob' where name = 'ＢＯＢ'")
    theirs.close()
    assert.equal(refused.code, 1)
    assert.match(refused.err, /Nothing was taken over\.\nThe name "ＢＯＢ" cannot be used here/)
    assert.equal(await statusWith(tokens['ada']), 403)
  })

  test('people sign on with the tokens that they had, with the rights that they had', async () => {
    const { imported } = await report()
    assert.deepEqual(imported, { people: 3, groups: 2, servers: 1, tokens: 5 })
    assert.equal(await statusWith(`${tokens['ada']}x`), 403)
    for (const name of ['ada', 'ada-reads', 'bob', 'root']) {
      assert.equal(await statusWith(tokens[name]), 200, name)
      assert.equal(await statusWith(tokens[name]), 200, `${name}, by our own hash`)
    }
    const root = apiClient(place.url, tokens['root'] ?? '')
    const ada = await readJson(
      await root.call('GET', '/users/ada'),
      z.object({ admin: z.boolean(), groups: z.array(z.string()), servers: z.record(z.string(), z.object({ user_options: z.unknown() })) }),
    )
    assert.deepEqual([ada.admin, ada.groups], [false, ['class-1', 'tutors']])
    assert.equal((await apiClient(place.url, tokens['ada'] ?? '').call('GET', '/users/bob')).status, 404)
    assert.equal((await apiClient(place.url, tokens['ada-reads'] ?? '').call('POST', '/users/ada/server')).status, 403)
    assert.equal((await apiClient(place.url, tokens['ada'] ?? '').call('POST', '/users/ada/servers/thesis', {})).ok, true)
  })

  test('a second time nothing comes, not even a token that was revoked here', async () => {
    const root = apiClient(place.url, tokens['root'] ?? '')
    const {
      api_tokens: [first],
    } = await readJson(await root.call('GET', '/users/bob/tokens'), z.object({ api_tokens: z.tuple([z.object({ id: z.string() })]) }))
    assert.equal((await root.call('DELETE', `/users/bob/tokens/${first.id}`)).status, 204)
    assert.deepEqual((await report()).imported, { people: 0, groups: 0, servers: 0, tokens: 0 })
    assert.equal(await statusWith(tokens['bob']), 403)
  })

  test('who is here already keeps the rights of here', async () => {
    assert.equal((await apiClient(place.url, tokens['root'] ?? '').call('PATCH', '/users/root1', { admin: false })).status, 200)
    await report()
    const second = await apiClient(place.url, tokens['root'] ?? '').call('GET', '/user')
    assert.equal((await readJson(second, z.object({ admin: z.boolean() }))).admin, false)
  })

  test('anything that is no such database is refused with one sentence', async () => {
    await writeFile(join(place.folder, 'text'), 'no database at all, but long enough to be looked at')
    new DatabaseSync(join(place.folder, 'empty.sqlite')).exec(
      "create table alembic_version (version_num text); insert into alembic_version values ('0eee8c825d24')",
    )
    const rows = [
      ['nowhere.sqlite', /There is no file .*nowhere\.sqlite\./],
      ['text', /no database of a JupyterHub/],
      ['empty.sqlite', /revision 0eee8c825d24.*upgrade-db/],
      ['mysql://x/y', /kind mysql cannot be read/],
    ] as const
    for (const [url, says] of rows) {
      const { code, err } = await run('--db', url)
      assert.equal(code, 1)
      assert.match(err, says)
    }
    assert.equal((await run()).code, 2)
  })
})

/** Runs a JupyterHub and lets it make people, groups, tokens and a named server by its own API; its database comes to the folder as `theirs.sqlite`. */
async function fillPeer(folder: string, tokens: Record<string, string>): Promise<void> {
  const peer = await startJupyterHub(configuration)
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const reply = await peer.root(method, path, body)
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`)
    return reply.body
  }
  const token = async (name: string, wish: object): Promise<string> => Made.parse(await call('POST', `/users/${name}/tokens`, wish)).token
  try {
    await call('POST', '/users', { usernames: ['ada', 'bob'] })
    for (const group of ['class-1', 'tutors']) {
      await call('POST', `/groups/${group}`)
      await call('POST', `/groups/${group}/users`, { users: ['ada'] })
    }
    tokens['ada'] = await token('ada', { note: 'notebook of ada' })
    tokens['ada-reads'] = await token('ada', { scopes: ['read:users!user=ada'], expires_in: 3600 })
    tokens['bob'] = await token('bob', {})
    tokens['root'] = rootToken
    await call('POST', '/users/ada/servers/thesis', { size: 'small' })
    await call('DELETE', '/users/ada/servers/thesis')
    await copyFile(join(peer.folder, 'jupyterhub.sqlite'), join(folder, 'theirs.sqlite'))
  } finally {
    await peer.stop()
  }
}
