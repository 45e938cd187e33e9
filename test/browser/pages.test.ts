import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { HubError } from '../../src/core/errors.ts'
import { listen } from '../../src/http/listen.ts'
import { createPageWorld, password } from '../pages/page-world.ts'
import type { PageWorld } from '../pages/page-world.ts'
import { openChromium } from '../support/chromium.ts'
import { needs } from '../support/machine.ts'
import { until } from '../support/until.ts'

/** A hub that a browser can visit. */
async function openSite() {
  const world = await createPageWorld()
  await world.addPerson('alice', true)
  for (let index = 1; index <= 120; index++)
    await world.accounts.create([`pupil-${index}`], false, { label: 'hub', admin: true, userId: null })
  const listener = await listen((request, bindings) => world.app.fetch(request, bindings), { host: '127.0.0.1', port: 0 })
  const chromium = await openChromium()
  const problems: string[] = []
  const open = async (): Promise<Page> => {
    const page = await chromium.context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (?:4|5)\d\d/.test(message.text())) problems.push(message.text())
    })
    return page
  }
  const close = async (): Promise<void> => {
    await chromium.close()
    await listener.close(100)
    await world.close()
  }
  return { world, origin: `http://127.0.0.1:${listener.port}`, open, problems, close, context: chromium.context }
}

suite('pages in a browser', needs('chromium'), () => {
  let site: Awaited<ReturnType<typeof openSite>>
  let world: PageWorld
  let page: Page
  before(async () => {
    site = await openSite()
    world = site.world
    page = await site.open()
    await page.goto(`${site.origin}/hub/login?next=%2Fhub%2Fhome`)
    await page.getByLabel('Username').fill('alice')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/hub/home')
  })
  after(() => site.close())

  test('a start is watched live: phases move on by themselves, the log grows, and the server opens when it is ready', async () => {
    world.gated.starts.close()
    await page.goto(`${site.origin}/hub/home`)
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.waitForURL('**/hub/spawn-pending/alice')
    await page.locator('li.now[data-phase="preparing"]').waitFor()
    assert.ok(!(await page.getByText('last line').isVisible()))
    await page.getByText('What the server says').click()
    await page.getByText('last line').waitFor()
    const opened = page.waitForRequest((request) => new URL(request.url()).pathname === '/user/alice/')
    world.gated.starts.open()
    await opened
  })

  test('what a running server uses changes by itself on home and in the list of administrators', async () => {
    let gigabytes = 1
    const of = { cpuSeconds: 1, cpuLimit: null, memoryLimitBytes: 8 * 2 ** 30, disk: null, memoryKillAt: null }
    world.gated.measure(() => Promise.resolve({ ...of, at: Date.now(), memoryBytes: gigabytes * 2 ** 30 }))
    for (const path of ['/hub/home', '/hub/admin/servers']) {
      gigabytes = 1
      await page.goto(`${site.origin}${path}`)
      await page.getByText('1 GB of 8 GB').waitFor()
      gigabytes = 7.5
      await page.getByText('7.5 GB of 8 GB').waitFor()
      await page.getByText('almost full').waitFor()
    }
    world.gated.measure(() => Promise.resolve(null))
  })

  test('cards on home change by themselves when a server stops', async () => {
    await page.goto(`${site.origin}/hub/home`)
    world.gated.stops.close()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.locator('[data-state="stopping"]').waitFor()
    world.gated.stops.open()
    await page.locator('[data-state="stopped"]').waitFor()
  })

  test('a start that fails turns into its explanation', async () => {
    world.gated.starts.close()
    world.gated.fail(new HubError('server_home_not_writable', { path: '/home/alice' }))
    await page.goto(`${site.origin}/hub/spawn`)
    await page.locator('#phases').waitFor()
    world.gated.starts.open()
    await page.getByRole('alert').getByText('cannot be written to').waitFor()
    world.gated.fail(null)
    await page.locator('button[data-copy="failure-report"]').waitFor()
  })

  test('colours change at once and are kept', async () => {
    await page.goto(`${site.origin}/hub/home`)
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    await page.getByRole('button', { name: 'Dark' }).click()
    await until(async () => (await ground()) === 'rgb(16, 21, 29)')
    await until(async () => (await site.context.cookies()).some(({ name, value }) => name === 'orrery-theme' && value === 'dark'))
    await page.reload()
    assert.equal(await ground(), 'rgb(16, 21, 29)')
    await page.getByRole('button', { name: 'Auto' }).click()
    await until(async () => (await ground()) !== 'rgb(16, 21, 29)')
  })

  test('what cannot be undone asks first, in a dialog that the keyboard can leave', async () => {
    await page.goto(`${site.origin}/hub/token`)
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.locator('#token-result').waitFor()
    await page.goto(`${site.origin}/hub/token`)
    await page
      .getByRole('button', { name: /^Revoke the token/ })
      .first()
      .click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page
      .getByRole('button', { name: /^Revoke the token/ })
      .first()
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.waitForURL('**/hub/token?notice=token_revoked')
  })

  test('the list of people narrows while somebody types, and the address keeps it', async () => {
    await page.goto(`${site.origin}/hub/admin`)
    await page.getByText('of 121').waitFor()
    await page.getByLabel('Search for a name').fill('pupil-11')
    await until(async () => (await page.locator('tr[data-user]').count()) === 11)
    assert.match(page.url(), /\?q=pupil-11(?:&|$)/)
    await page.reload()
    assert.equal(await page.locator('tr[data-user]').count(), 11)
  })

  test('two different entries of a new password are named before anything is sent', async () => {
    await page.goto(`${site.origin}/hub/account`)
    await page.getByLabel('New password', { exact: true }).fill('one long password')
    await page.getByLabel('New password again').fill('another long one')
    const message = await page.evaluate('document.getElementById("new-password-again").validationMessage')
    assert.equal(message, 'The two passwords are not the same.')
  })

  test('all of it works without scripts too', async () => {
    const browser = site.context.browser()
    const plain = await (browser === null ? Promise.reject(new Error('no browser')) : browser.newContext({ javaScriptEnabled: false }))
    const still = await plain.newPage()
    await still.goto(`${site.origin}/hub/login?next=%2Fhub%2Fhome`)
    await still.getByLabel('Username').fill('alice')
    await still.getByLabel('Password').fill(password)
    await still.getByRole('button', { name: 'Sign in' }).click()
    world.gated.starts.close()
    await still.goto(`${site.origin}/hub/spawn`)
    await still.locator('li.now[data-phase="preparing"]').waitFor()
    const opened = still.waitForRequest((request) => new URL(request.url()).pathname === '/user/alice/')
    world.gated.starts.open()
    await opened
    await plain.close()
  })

  test('no script of the pages stumbles', () => {
    assert.deepEqual(site.problems, [])
  })
})
