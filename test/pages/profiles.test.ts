import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { profilesSchema } from '../../src/core/profile-schema.ts'
import { findServer } from '../../src/db/servers.ts'
import { until } from '../support/until.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

const threads = { kind: 'number', label: 'Threads', min: 1, max: 8, default: 2, variable: 'OMP_NUM_THREADS' }
const profiles = profilesSchema.parse([
  { name: 'plain', displayName: 'Plain <b>', memLimit: '512M' },
  { name: 'full', displayName: 'Full', cpuLimit: 2, fields: { threads } },
  { name: 'root', displayName: 'Root only', roles: ['admin'] },
])

suite('choosing a profile on a page', () => {
  let world: PageWorld
  let alice: PageVisitor
  let aliceId: number
  before(async () => {
    world = await createPageWorld({ profiles })
    aliceId = await world.addPerson('alice')
    await world.addPerson('root', true)
    alice = world.visitor()
    await alice.signIn('alice')
  })
  after(() => world.close())

  const is = (kind: string) => until(async () => (await findServer(world.database.db, aliceId, ''))?.state.kind === kind)
  const stop = async (): Promise<void> => {
    await alice.submit('/hub/stop/alice')
    await is('stopped')
  }

  test('a start by link shows the profiles that one may use, and starts nothing', async () => {
    const { status, text } = await alice.get('/hub/spawn/alice?next=%2Fuser%2Falice%2Ftree')
    assert.equal(status, 200)
    assert.match(text, /<bdi>Plain &lt;b&gt;<\/bdi>/)
    assert.match(text, /512 MB of memory/)
    assert.match(text, /id="profile-plain" value="plain" checked/)
    assert.match(text, /id="full--threads"[^>]*type="number" value="2" min="1" max="8"/)
    assert.match(text, /action="\/hub\/spawn\/alice\?next=%2Fuser%2Falice%2Ftree"/)
    assert.doesNotMatch(text, /Root only/)
    assert.equal(world.gated.specs.length, 0)
    assert.match((await alice.get('/hub/spawn')).text, /id="spawn_form"/)
  })

  test('what does not fit is said at its field, with what was typed, in the language of the visitor', async () => {
    const wrong = await alice.submit('/hub/spawn/alice', { profile: 'full', 'full--threads': '99' })
    assert.equal(wrong.status, 400)
    assert.match(
      wrong.text,
      /id="full--threads"[^>]*value="99"[^>]*aria-describedby="full--threads-hint full--threads-problem" aria-invalid="true"/,
    )
    assert.match(wrong.text, /id="full--threads-problem">The value of Threads cannot be used: it is outside the range\. Allowed: 1 … 8</)
    assert.match(wrong.text, /id="profile-full" value="full" checked/)
    assert.doesNotMatch(wrong.text, /data-code=/)
    const korean = await alice.get('/hub/spawn/alice?profile=full&threads=99', { 'accept-language': 'ko' })
    assert.match(korean.text, /범위를 벗어남/)
    const gone = await alice.submit('/hub/spawn/alice', { profile: 'gone' })
    assert.deepEqual([gone.status, /data-code="profile_unknown"/.test(gone.text)], [400, true])
    const refused = await alice.submit('/hub/spawn/alice', { profile: 'root' })
    assert.deepEqual([refused.status, /data-code="profile_not_allowed"/.test(refused.text)], [403, true])
    assert.equal(world.gated.specs.length, 0)
  })

  test('a choice starts the server; fields of other profiles do not count', async () => {
    const asked = await alice.submit('/hub/spawn/alice', { profile: 'plain', 'full--threads': '99' })
    assert.equal(asked.status, 302)
    await is('running')
    assert.equal(world.gated.specs.at(-1)?.profile?.name, 'plain')
    assert.match((await alice.get('/hub/home')).text, /Profile: <bdi>Plain &lt;b&gt;<\/bdi>/)
    await stop()
  })

  test('the next time the form shows what was chosen last; a link with options starts at once', async () => {
    await alice.submit('/hub/spawn/alice', { profile: 'full', 'full--threads': '5' })
    await is('running')
    assert.deepEqual(world.gated.specs.at(-1)?.profile?.environment, { OMP_NUM_THREADS: '5' })
    await stop()
    const { text } = await alice.get('/hub/spawn/alice')
    assert.match(text, /id="profile-full" value="full" checked/)
    assert.match(text, /id="full--threads"[^>]*value="5"/)
    assert.equal((await alice.get('/hub/spawn/alice?profile=full&threads=7')).status, 302)
    await is('running')
    assert.equal(world.gated.specs.at(-1)?.profile?.environment['OMP_NUM_THREADS'], '7')
    await stop()
  })
})

test('one profile without fields asks nothing; none at all is said plainly', async () => {
  const world = await createPageWorld({ profiles: profilesSchema.parse([{ name: 'only', users: ['alice'], memLimit: '1G' }]) })
  await world.addPerson('alice')
  await world.addPerson('bob')
  const [alice, bob] = [world.visitor(), world.visitor()]
  await alice.signIn('alice')
  await bob.signIn('bob')
  assert.equal((await alice.get('/hub/spawn/alice')).status, 302)
  await until(() => world.gated.specs.at(-1)?.profile?.name === 'only')
  const refused = await bob.get('/hub/spawn/bob')
  assert.deepEqual([refused.status, /no profile that bob may use/.test(refused.text)], [403, true])
  await world.close()
})
