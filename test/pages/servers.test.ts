import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { HubError } from '../../src/core/errors.ts'
import { findServer } from '../../src/db/servers.ts'
import { until } from '../support/until.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

suite('servers on pages', () => {
  let world: PageWorld
  let alice: PageVisitor
  let aliceId: number
  before(async () => {
    world = await createPageWorld({ namedServerLimitPerUser: 2 })
    aliceId = await world.addPerson('alice')
    await world.addPerson('bob')
    await world.addPerson('root', true)
    alice = world.visitor()
    await alice.signIn('alice')
  })
  after(() => world.close())

  const stateOf = async (name = ''): Promise<string> => (await findServer(world.database.db, aliceId, name))?.state.kind ?? 'none'
  const settled = (kind: string, name = ''): Promise<void> => until(async () => (await stateOf(name)) === kind)
  const stopped = async (): Promise<void> => {
    world.gated.starts.open()
    world.gated.fail(null)
    await alice.submit('/hub/stop/alice')
    await until(async () => ['stopped', 'none', 'failed'].includes(await stateOf()))
  }

  test('home shows the default server before its first start, with one way to start it', async () => {
    const { status, text } = await alice.get('/hub/home')
    assert.equal(status, 200)
    assert.match(text, /data-server-name="" data-state="stopped"/)
    assert.match(text, /id="start" role="button" href="\/hub\/spawn\/alice"/)
  })

  test('a start shows its phases while it lasts, and leads to the server once it runs', async () => {
    world.gated.starts.close()
    const asked = await alice.get('/hub/spawn/alice?next=%2Fuser%2Falice%2Flab%2Ftree%2Fa')
    assert.equal(asked.status, 302)
    assert.equal(asked.location, '/hub/spawn-pending/alice?next=%2Fuser%2Falice%2Flab%2Ftree%2Fa')
    const pending = await alice.get(asked.location)
    assert.equal(pending.status, 200)
    assert.match(pending.text, /data-phase="queued"/)
    assert.match(pending.text, /"progress":"\/hub\/api\/users\/alice\/server\/progress\?log=true"/)
    assert.equal((await alice.get('/hub/spawn')).location, '/hub/spawn-pending/alice')
    assert.match((await alice.get('/hub/home')).text, /data-state="starting"/)
    world.gated.starts.open()
    await settled('running')
    assert.equal((await alice.get(asked.location)).location, '/user/alice/lab/tree/a')
    assert.equal((await alice.get('/hub/spawn/alice')).location, '/user/alice/')
    assert.match((await alice.get('/hub/home')).text, /id="start" href="\/user\/alice\/"/)
  })

  test('a start by form is refused while the server runs or comes up', async () => {
    assert.equal((await alice.submit('/hub/spawn/alice')).status, 400)
    assert.equal((await alice.submit('/hub/spawn')).status, 400)
  })

  test('stopping is a form; the pages say that it stops, then that it does not run', async () => {
    world.gated.stops.close()
    const asked = await alice.submit('/hub/stop/alice')
    assert.deepEqual([asked.status, asked.location], [303, '/hub/home?notice=server_stopped'])
    assert.match((await alice.get('/hub/spawn-pending/alice')).text, /The server is stopping/)
    assert.match((await alice.get('/hub/home?notice=server_stopped')).text, /role="status"><p>The server is stopping/)
    world.gated.stops.open()
    await settled('stopped')
    const gone = await alice.get('/hub/spawn-pending/alice')
    assert.equal(gone.status, 200)
    assert.match(gone.text, /id="start" role="button" href="\/hub\/spawn\/alice"/)
  })

  test('a failed start says why in the language of the visitor, with the status of its error', async () => {
    world.gated.fail(new HubError('server_command_not_found', { command: '<b>nothing</b>' }))
    await alice.get('/hub/spawn/alice')
    await settled('failed')
    const failed = await alice.get('/hub/spawn-pending/alice?next=%2Fuser%2Falice%2Fx', { 'accept-language': 'ko' })
    assert.equal(failed.status, 500)
    assert.match(failed.text, /명령을 찾을 수 없습니다: &lt;b&gt;nothing&lt;\/b&gt;/)
    assert.match(failed.text, /data-code="server_command_not_found"/)
    assert.match(failed.text, /id="start"[^>]*href="\/hub\/spawn\/alice\?next=%2Fuser%2Falice%2Fx"/)
    assert.match((await alice.get('/hub/home')).text, /data-state="failed"[\s\S]*was not found/)
    world.gated.fail(null)
  })

  test('options of a link go along with the start, marked ones win', async () => {
    await stopped()
    await alice.get('/hub/spawn/alice?profile=small&profile=extra&next=%2Fx')
    assert.deepEqual(world.gated.specs.at(-1)?.userOptions, { profile: ['small', 'extra'] })
    await settled('running')
    await stopped()
    await alice.get('/hub/spawn/alice?opt-size=2&profile=small')
    await until(() => JSON.stringify(world.gated.specs.at(-1)?.userOptions) === '{"size":["2"]}')
    await settled('running')
  })

  test('named servers: made by the form on home, limited, removed by a form', async () => {
    const made = await alice.submit('/hub/new-server', { name: ' lab-1 ' })
    assert.equal(made.location, '/hub/spawn/alice/lab-1')
    await alice.follow(made.location)
    await settled('running', 'lab-1')
    for (const name of ['', '../x', 'Ünïcode', '__proto__', 'a'.repeat(31), 'a/b', '<b>']) {
      const refused = await alice.submit('/hub/new-server', { name })
      assert.equal(refused.status, 400, name)
      assert.match(refused.text, /data-code="bad_name"/, name)
      assert.doesNotMatch(refused.text, /value="<b>"/)
    }
    await alice.get('/hub/spawn/alice/lab-2')
    assert.equal((await alice.get('/hub/spawn/alice/lab-3')).status, 400)
    assert.equal((await alice.get('/hub/spawn/alice/..%2f')).status, 400)
    assert.equal((await alice.submit('/hub/remove/alice/lab-1')).location, '/hub/home?notice=server_removed')
    await until(async () => (await stateOf('lab-1')) === 'none')
    assert.equal((await alice.get('/hub/spawn-pending/alice/lab-1')).status, 404)
    assert.equal((await alice.submit('/hub/remove/alice')).status, 400)
    assert.equal((await alice.submit('/hub/stop/alice/nothing')).status, 404)
  })

  test('the log is a page and a text, for its owner and administrators', async () => {
    await settled('running')
    assert.equal((await alice.get('/hub/server-log/alice')).status, 200)
    const text = await alice.get('/hub/server-log/alice?format=text')
    assert.match(text.headers.get('content-type') ?? '', /^text\/plain/)
    const root = world.visitor()
    await root.signIn('root')
    assert.equal((await root.get('/hub/server-log/alice')).status, 200)
  })

  test('somebody else learns nothing: their pages answer 404 for servers of others, known or not', async () => {
    const bob = world.visitor()
    await bob.signIn('bob')
    for (const user of ['alice', 'nobody', '%F0%9F%90%8D', '__proto__', '..%2f..']) {
      for (const page of ['spawn', 'spawn-pending', 'server-log', 'user'])
        assert.equal((await bob.get(`/hub/${page}/${user}/`)).status, 404, `${page} ${user}`)
      assert.equal((await bob.submit(`/hub/stop/${user}`)).status, 404, user)
    }
    assert.equal((await bob.get('/hub/admin')).status, 403)
    assert.equal((await bob.get('/hub/admin/people/alice')).status, 404)
    assert.equal((await bob.get('/hub/admin/people/bob')).status, 403)
    assert.equal((await bob.submit('/hub/admin/people/alice/approve')).status, 403)
  })
})
