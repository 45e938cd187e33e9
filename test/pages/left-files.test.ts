import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hubActor } from '../../src/hub/actor.ts'
import { leftFilesOf } from '../../src/db/left-files.ts'
import { createPageWorld } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

describe('removing somebody, and the files that they leave', () => {
  let world: PageWorld
  let root: PageVisitor
  before(async () => {
    world = await createPageWorld()
    await world.addPerson('root1', true)
    root = world.visitor()
    await root.signIn('root1')
  })
  after(() => world.close())
  const fates = async (name: string) => (await leftFilesOf(world.database.db, name)).map(({ fate }) => fate)

  test('the form offers to keep, archive or delete, and keeps unless told otherwise', async () => {
    await world.addPerson('ada')
    const { text } = await root.get('/hub/admin/people/ada/remove')
    const offered = [...text.matchAll(/<input type="radio" name="files" id="files-\w+" value="(\w+)"( checked)?/g)]
    assert.deepEqual(
      offered.map(([, value, checked]) => [value, checked !== undefined]),
      [
        ['keep', true],
        ['archive', false],
        ['delete', false],
      ],
    )
    const { status, location } = await root.submit('/hub/admin/people/ada/remove')
    assert.deepEqual([status, location], [303, '/hub/admin?notice=removed'])
    assert.deepEqual(await fates('ada'), ['keep'])
    assert.match((await root.get('/hub/admin')).text, /href="\/hub\/admin\/files"/)
  })

  test('what becomes of them is shown, and can be decided anew', async () => {
    await world.addPerson('grace')
    const refused = await root.submit('/hub/admin/people/grace/remove', { files: 'burn' })
    assert.equal(refused.status, 400)
    assert.deepEqual(await fates('grace'), [])
    const removed = await root.submit('/hub/admin/people/grace/remove', { files: 'archive' })
    assert.equal(removed.location, '/hub/admin/files?notice=removed')
    const { text } = await root.get('/hub/admin/files')
    assert.match(text, /data-place="grace\/1"[^]*being archived[^]*grace-\d{8}T\d{9}Z\.tar\.gz/)
    const decided = await root.submit('/hub/admin/files', { place: 'grace/1', files: 'keep' })
    assert.equal(decided.location, '/hub/admin/files?notice=files_decided')
    assert.deepEqual(await fates('grace'), ['keep'])
    assert.equal((await root.submit('/hub/admin/files', { place: 'nobody', files: 'delete' })).status, 404)
  })

  test('several of one name are told apart, and only administrators hand them over', async () => {
    await world.addPerson('ada')
    await root.submit('/hub/admin/people/ada/remove', { files: 'keep' })
    assert.equal((await root.submit('/hub/admin/files', { place: 'ada', files: 'delete' })).status, 409)
    assert.deepEqual(await fates('ada'), ['keep', 'keep'])
    const heir = await world.addPerson('countess')
    const helper = { label: 'user helper', admin: false, userId: null }
    await assert.rejects(world.accounts.takeFiles(heir, 'ada/2', helper), { code: 'admin_only' })
    assert.equal((await world.accounts.takeFiles(heir, 'ada/2', hubActor)).homeName, 'ada/2')
    assert.equal((await leftFilesOf(world.database.db, 'ada')).length, 1)
    assert.deepEqual(await fates('countess'), ['keep'], 'what the heir had before is left in turn')
  })

  test('an account that is new leaves nothing behind when it is given the files of another one', async () => {
    await world.addPerson('lovelace')
    await root.submit('/hub/admin/people/lovelace/remove', { files: 'keep' })
    await world.accounts.takeFiles(await world.addPerson('byron'), 'lovelace', hubActor, null)
    assert.deepEqual(await fates('byron'), [])
  })

  test('are not seen by who may not remove people', async () => {
    await world.addPerson('pupil')
    const pupil = world.visitor()
    await pupil.signIn('pupil')
    assert.equal((await pupil.get('/hub/admin/files')).status, 403)
    assert.equal((await pupil.submit('/hub/admin/files', { place: 'ada/1', files: 'delete' })).status, 403)
    assert.deepEqual(await fates('ada'), ['keep'])
  })
})
