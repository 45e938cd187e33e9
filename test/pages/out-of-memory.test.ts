import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { HubError } from '../../src/core/errors.ts'
import { outOfMemory } from '../../src/core/out-of-memory.ts'
import { profilesSchema } from '../../src/core/profile-schema.ts'
import { findServer } from '../../src/db/servers.ts'
import { until } from '../support/until.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

const profiles = profilesSchema.parse([
  { name: 'small', displayName: 'Small', memLimit: '1G' },
  { name: 'staff', displayName: 'Staff', memLimit: '8G', roles: ['admin'] },
  { name: 'large', displayName: 'Large <b>', memLimit: '4G' },
])
const at = '2026-03-02T14:02:31.000Z'

suite('a server that ran out of memory', () => {
  let world: PageWorld
  let alice: PageVisitor
  let aliceId: number
  before(async () => {
    world = await createPageWorld({ profiles })
    aliceId = await world.addPerson('alice')
    alice = world.visitor()
    await alice.signIn('alice')
  })
  after(() => world.close())

  const is = (kind: string) => until(async () => (await findServer(world.database.db, aliceId, ''))?.state.kind === kind)
  const failWith = async (profile: string, gigabytes: number): Promise<void> => {
    const { code, detail } = outOfMemory({ limitBytes: gigabytes * 2 ** 30, usedBytes: 6.1 * 2 ** 30, at })
    world.gated.fail(new HubError(code, detail))
    await alice.submit('/hub/spawn/alice', { profile })
    await is('failed')
    world.gated.fail(null)
  }

  test('its pages say what it used, its limit and when, and offer the next profile that one may use', async () => {
    await failWith('small', 1)
    const moment = `<time datetime="${at}" title="2026-03-02 14:02:31 UTC" data-clock>14:02 UTC</time>`
    for (const path of ['/hub/spawn-pending/alice', '/hub/home']) {
      const { text } = await alice.get(path)
      assert.ok(text.includes(`used 6.1 GB of memory; its limit is 1 GB (${moment}).`), path)
      assert.match(text, /<input type="hidden" name="profile" value="large"><button[^>]*><span>Start with <bdi>Large &lt;b&gt;<\/bdi>/)
      assert.doesNotMatch(text, /Staff/)
    }
    const korean = await alice.get('/hub/spawn-pending/alice', { 'accept-language': 'ko' })
    assert.ok(korean.text.includes(`메모리 6.1 GB를 사용했지만 한도는 1 GB입니다(${moment}).`))
  })

  test('the button starts it with that profile, without a script', async () => {
    await failWith('small', 1)
    const { text } = await alice.get('/hub/spawn-pending/alice?next=%2Fuser%2Falice%2Ftree')
    const [, action = '', profile = ''] =
      /action="([^"]+)"[^>]*><input[^>]*><input type="hidden" name="profile" value="(\w+)">/.exec(text) ?? []
    assert.equal(action, '/hub/spawn/alice?next=%2Fuser%2Falice%2Ftree')
    assert.equal((await alice.submit(action, { profile })).status, 302)
    await is('running')
    assert.equal(world.gated.specs.at(-1)?.profile?.memLimit, 4 * 2 ** 30)
    await alice.submit('/hub/stop/alice')
    await is('stopped')
  })

  test('nothing is offered when no profile gives more', async () => {
    await failWith('large', 4)
    const { text } = await alice.get('/hub/spawn-pending/alice')
    assert.match(text, /its limit is 4 GB/)
    assert.doesNotMatch(text, /Start with/)
  })
})
