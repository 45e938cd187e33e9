import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { findServer } from '../../src/db/servers.ts'
import { until } from '../support/until.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

const GB = 2 ** 30
const text = (html: string): string => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

suite('what servers use, on pages', () => {
  let world: PageWorld
  let root: PageVisitor
  let calls = 0
  const measured = () => {
    calls += 1
    return Promise.resolve({
      at: Date.now() + calls * 1000,
      cpuSeconds: calls * 1.5,
      cpuLimit: 2,
      memoryBytes: 3.8 * GB,
      memoryLimitBytes: 4 * GB,
      disk: { bytes: 12 * GB, at: '2026-03-02T14:02:31.000Z' },
      memoryKillAt: '2026-03-02T14:02:31.000Z',
    })
  }
  before(async () => {
    world = await createPageWorld()
    const id = await world.addPerson('root', true)
    root = world.visitor()
    await root.signIn('root')
    world.gated.measure(measured)
    await root.submit('/hub/spawn/root')
    await until(async () => (await findServer(world.database.db, id, ''))?.state.kind === 'running')
  })
  after(() => world.close())

  test('the card of a running server shows processor, memory and files with their limits, without a script', async () => {
    await until(async () => (await root.get('/hub/home')).text.includes('<dl class="usage">'))
    const { text: html } = await root.get('/hub/home')
    const [, usage = ''] = /data-usage="root\/">([\s\S]*?)<\/section>/.exec(html) ?? []
    assert.match(text(usage), /Processor \d\.\d of 2 cores Memory 3\.8 GB of 4 GB almost full Files 12 GB counted/)
    assert.match(usage, /<meter aria-label="Memory" min="0" max="4294967296" high="[\d.]+" value="[\d.]+">/)
    assert.match(text(usage), /At 14:02 UTC a program in it asked for more memory than there is and was ended\./)
    const korean = await root.get('/hub/home', { 'accept-language': 'ko' })
    assert.match(text(korean.text), /메모리 4 GB 중 3\.8 GB 거의 가득 참/)
  })

  test('a server that cannot be measured at this moment keeps its place, so that the page can go on asking', async () => {
    world.gated.measure(() => Promise.reject(new Error('the engine is away')))
    await until(async () => /data-usage="root\/"><\/div>/.test((await root.get('/hub/home')).text))
    world.gated.measure(measured)
    await until(async () => (await root.get('/hub/home')).text.includes('<dl class="usage">'))
  })

  test('the lists of administrators show the same in a cell', async () => {
    for (const path of ['/hub/admin/servers', '/hub/admin/people/root']) {
      const { text: html } = await root.get(path)
      assert.match(text(html), /3\.8 GB of 4 GB almost full \d\.\d of 2 cores · Files 12 GB/, path)
    }
  })
})
