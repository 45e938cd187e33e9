import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { processDefaults } from '../../../test/support/process-world.ts'
import { readArchive, writeArchive } from '../../lib/archive-file.ts'
import type { FilesOwner } from '../spawner.ts'
import { processFiles } from './files.ts'
import type { ProcessOptions } from './options.ts'

const signal = AbortSignal.timeout(60_000)
const ownerOf = (name: string, others: readonly string[] = []): FilesOwner => ({
  userName: name,
  homeName: name,
  serverNames: [''],
  others: others.map((other) => ({ userName: other, homeName: other })),
})

suite('the files of one person on this machine', () => {
  let folder: string
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'orrery-files-'))))
  after(() => rm(folder, { recursive: true, force: true }))
  const filesOf = (changes: Partial<ProcessOptions> = {}) =>
    processFiles({ options: processDefaults(changes), dataDir: join(folder, 'data') })
  const home = async (...parts: readonly string[]): Promise<string> => {
    const path = join(folder, ...parts)
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'thesis'), 'text')
    return path
  }

  test('are the home below the data directory, archived whole and then gone', async () => {
    const path = await home('data', 'homes', 'ada')
    await home('data', 'homes', 'grace')
    const [files, ada] = [filesOf(), ownerOf('ada', ['grace'])]
    assert.deepEqual(await files.find(ada, signal), { own: [path], leftAlone: [] })
    const archive = join(folder, 'ada.tar.gz')
    await writeArchive(await files.pack(ada, [path], signal), archive, signal)
    assert.equal((await readArchive(archive)).entries, 2)
    await files.remove(ada, [path], signal)
    await files.remove(ada, [path], signal)
    assert.deepEqual(await files.find(ada, signal), { own: [], leftAlone: [] })
    assert.deepEqual(await readdir(join(folder, 'data', 'homes')), ['grace'])
  })

  test('are never a link to elsewhere, a folder outside, or one in which somebody else has a home', async () => {
    const outside = await home('outside', 'bob')
    await symlink(outside, join(folder, 'data', 'homes', 'bob'))
    assert.deepEqual((await filesOf().find(ownerOf('bob'), signal)).leftAlone, [
      { name: join(folder, 'data', 'homes', 'bob'), why: 'outside' },
    ])
    const elsewhere = filesOf({ homeTemplate: `${folder}/outside/{username}` })
    assert.deepEqual(await elsewhere.find(ownerOf('bob'), signal), { own: [], leftAlone: [{ name: outside, why: 'outside' }] })
    const one = await home('data', 'one')
    const common = filesOf({ homeTemplate: one })
    assert.deepEqual(await common.find(ownerOf('bob', ['eve']), signal), { own: [], leftAlone: [{ name: one, why: 'shared' }] })
    assert.deepEqual(await filesOf({ systemUsers: true }).find(ownerOf('bob'), signal), {
      own: [],
      leftAlone: [{ name: '~bob', why: 'account' }],
    })
  })

  test('of the second person of a name have a folder of their own, also in a template with the name itself', async () => {
    const files = filesOf({ homeTemplate: `${folder}/data/by-name/{username}` })
    const [first, second] = [await home('data', 'by-name', 'kim'), await home('data', 'by-name', 'kim.V2')]
    const people = { ...ownerOf('kim'), others: [{ userName: 'kim', homeName: 'kim/2' }] }
    assert.deepEqual((await files.find(people, signal)).own, [first])
    assert.deepEqual((await files.find({ ...people, homeName: 'kim/2', others: [ownerOf('kim')] }, signal)).own, [second])
  })

  test('that vanish meanwhile make no archive', async () => {
    const tar = await filesOf().pack(ownerOf('gone'), [join(folder, 'data', 'homes', 'gone')], signal)
    await assert.rejects(writeArchive(tar, join(folder, 'gone.tar.gz'), signal), /No such file|Cannot stat|cut off/)
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('gone.tar')))
  })
})
