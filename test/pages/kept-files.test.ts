import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { profilesSchema } from '../../src/core/profile-schema.ts'
import { findServer } from '../../src/db/servers.ts'
import { until } from '../support/until.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

const text = (html: string): string => html.replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ')

suite('what is kept, on pages', () => {
  let world: PageWorld
  let alice: PageVisitor
  let aliceId: number
  before(async () => {
    const profiles = profilesSchema.parse([{ name: 'plain' }, { name: 'scratch' }])
    world = await createPageWorld({ profiles })
    aliceId = await world.addPerson('alice')
    alice = world.visitor()
    await alice.signIn('alice')
  })
  after(() => world.close())

  const is = (kind: string) => until(async () => (await findServer(world.database.db, aliceId, ''))?.state.kind === kind)

  test('the start page says it once when all profiles keep the same, and at each one when they do not', async () => {
    const said = 'What you save in /home/jovyan is kept; everything else is gone when the server stops.'
    const same = text((await alice.get('/hub/spawn/alice')).text)
    assert.equal(same.split(said).length, 2)
    world.gated.keep((profile) => ({ home: null, keepsHome: profile === 'plain', paths: profile === 'plain' ? ['/data'] : [] }))
    const { text: html } = await alice.get('/hub/spawn/alice')
    const [plain = '', scratch = ''] = html.split('id="profile-scratch"')
    assert.match(text(plain), /What you save in your home folder, \/data is kept; everything else is gone/)
    assert.match(scratch, /<div class="note brass stack" data-kept="nothing"><p>Nothing that you save here is kept/)
    assert.match((await alice.get('/hub/spawn/alice', { 'accept-language': 'ko' })).text, /여기에 저장한 것은 보관되지 않고/)
  })

  test('the page of a start warns when only a part is kept, and no page promises that files are kept which are not', async () => {
    world.gated.keep(() => ({ home: '/home/jovyan', keepsHome: false, paths: ['/home/jovyan/<b>'] }))
    world.gated.starts.close()
    await alice.submit('/hub/spawn/alice', { profile: 'plain' })
    const pending = await alice.get('/hub/spawn-pending/alice')
    assert.match(pending.text, /data-kept="part"><p>Only what you save in <code>\/home\/jovyan\/&lt;b&gt;<\/code> is kept\./)
    world.gated.starts.open()
    await is('running')
    await alice.submit('/hub/stop/alice')
    await is('stopped')
    for (const path of ['/hub/home', '/user/alice/lab']) {
      const page = await alice.follow(path)
      assert.match(text(page.text), /Only files in \/home\/jovyan\/&lt;b&gt; are kept\./, path)
      assert.doesNotMatch(page.text, /Your files are kept/, path)
    }
  })
})
