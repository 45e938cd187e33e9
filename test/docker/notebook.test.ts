import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openChromium } from '../support/chromium.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { notebookImage } from '../support/docker-images.ts'
import { dockerWalk } from '../support/docker-walk.ts'
import { newNotebook, runCell, saveNotebook, startLab } from '../support/jupyterlab.ts'
import { needs } from '../support/machine.ts'
import { admin } from '../support/orrery.ts'

const docker = { ...needs('docker', 'debootstrap', 'chromium'), ...(await needsEngine()) }
const startMs = 90_000

suite('a notebook in a container, in a browser', docker, () => {
  let part: Awaited<ReturnType<typeof dockerHub>>
  let walk: Awaited<ReturnType<typeof dockerWalk>>
  let browser: Awaited<ReturnType<typeof openChromium>>

  before(async () => {
    part = await dockerHub(notebookImage)
    walk = await dockerWalk(part, { spawner: { ...part.spawner, stopTimeoutSeconds: 10 } })
    browser = await openChromium()
  })
  after(async () => {
    await browser.close()
    await walk.close()
    await part.close()
  })

  test('a cell is run, a file is written; the container goes with the stop, and the file is there after the next start', async () => {
    const page = browser.context.pages()[0] ?? (await browser.context.newPage())
    const home = `${walk.place.url}/hub/home`
    await page.goto(home)
    await page.locator('input[name="username"]').fill(admin.name)
    await page.locator('input[name="password"]').fill(admin.password)
    await page.locator('form button.primary').click()
    await page.waitForURL(/\/(hub|user)\/(?!login)/)

    await startLab(page, home, admin.name)
    const [first] = await part.containersOf(admin.name)
    await newNotebook(page)
    assert.equal(await runCell(page, '6*7'), '42')
    assert.equal(await runCell(page, "open('/home/jovyan/.kept', 'w').write('brass')"), '5')
    await saveNotebook(page)

    await page.goto(home)
    await page.locator('#stop').click()
    await page.locator('#start').waitFor({ timeout: startMs })
    assert.deepEqual(await part.containersOf(admin.name), [])

    await startLab(page, home, admin.name)
    const [second, ...more] = await part.containersOf(admin.name)
    assert.ok(second !== undefined && second !== first && more.length === 0)
    await page.goto(`${walk.place.url}/user/${admin.name}/lab/tree/Untitled.ipynb`)
    await page.locator('.jp-OutputArea-output', { hasText: '42' }).first().waitFor({ timeout: startMs })
    const read = await (await part.engine.find(second)).exec(['cat', '/home/jovyan/.kept'])
    assert.equal(read.output, 'brass')
    await walk.stop(admin.name)
  })
})
