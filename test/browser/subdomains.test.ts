import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openChromium } from '../support/chromium.ts'
import { newNotebook, runCell, startLab } from '../support/jupyterlab.ts'
import { needs } from '../support/machine.ts'
import { admin } from '../support/orrery.ts'
import { hostRules, openSubdomainWorld } from '../support/subdomain-world.ts'

test(
  'with a host for everybody, behind nginx: JupyterLab signs in on its own host and runs a cell; signing out ends it there too',
  needs('chromium', 'nginx', 'python'),
  async () => {
    const world = await openSubdomainWorld()
    const browser = await openChromium({ hostRules })
    try {
      const page = browser.context.pages()[0] ?? (await browser.context.newPage())
      await page.goto(`${world.hub}/hub/login?next=/hub/home`)
      await page.locator('input[name="username"]').fill(admin.name)
      await page.locator('input[name="password"]').fill(admin.password)
      await page.locator('form button.primary').click()
      await page.waitForURL(`${world.hub}/hub/home`)
      await startLab(page, `${world.hub}/hub/home`, admin.name)
      assert.equal(new URL(page.url()).origin, world.originOf(admin.name))
      await newNotebook(page)
      assert.equal(await runCell(page, '6*7'), '42')

      const cookies = await browser.context.cookies(world.originOf(admin.name))
      assert.deepEqual(
        cookies.map(({ name }) => name).filter((name) => name.includes('hub-login')),
        [],
        'the login of the hub does not come along',
      )
      await page.goto(`${world.hub}/user/${admin.name}/lab`)
      await page.waitForURL((url) => url.origin === world.originOf(admin.name), { waitUntil: 'commit' })
      await page.goto(`${world.hub}/hub/logout`)
      await page.locator('form button.primary').click()
      await page.waitForURL(/\/hub\/login/)
      await page.goto(`${world.originOf(admin.name)}/user/${admin.name}/lab`)
      await page.waitForURL((url) => url.origin === world.hub && url.pathname === '/hub/login')
    } finally {
      await browser.close()
      await world.close()
    }
  },
)
