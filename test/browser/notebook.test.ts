import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { newNotebook, runCell, saveNotebook, startLab } from '../support/jupyterlab.ts'
import { needs } from '../support/machine.ts'
import { preparePlace, startOrrery } from '../support/orrery.ts'

/** Milliseconds that a notebook server may take on a slow machine. */
const startMs = 90_000
const password = { maria: 'brass and planets 7', jonas: 'comets and cogs 88' } as const

async function choosePassword(page: Page, secret: string): Promise<void> {
  await page.locator('#new-password').fill(secret)
  await page.locator('#new-password-again').fill(secret)
  await page.locator('form button.primary').click()
}

test(
  'the first administrator sets up the hub, runs a cell and finds the notebook again; a second person cannot get at it',
  needs('chromium', 'python'),
  async () => {
    const place = await preparePlace()
    const home = `${place.url}/hub/home`
    const orrery = await startOrrery(place, { args: ['--stop-servers'], env: { ORRERY_ADMIN_USER: '', ORRERY_ADMIN_PASSWORD: '' } })
    const [browser, other] = [await openChromium(), await openChromium()]
    try {
      const page = browser.context.pages()[0] ?? (await browser.context.newPage())
      const setUp = /http:\/\/\S+\/hub\/setup\?token=\w+/.exec(orrery.output())?.[0]
      assert.ok(setUp, `no set-up link in:\n${orrery.output()}`)
      await page.goto(setUp)
      await page.locator('#user-name').fill('maria')
      await choosePassword(page, password.maria)
      await page.waitForURL((url) => !url.pathname.includes('/setup'))

      await startLab(page, home, 'maria')
      await newNotebook(page)
      assert.equal(await runCell(page, '6*7'), '42')
      await saveNotebook(page)

      await page.goto(home)
      await page.locator('#stop').click()
      await page.locator('#start').waitFor({ timeout: startMs })
      await startLab(page, home, 'maria')
      await page.goto(`${place.url}/user/maria/lab/tree/Untitled.ipynb`)
      await page.locator('.jp-OutputArea-output', { hasText: '42' }).first().waitFor({ timeout: startMs })

      await page.goto(`${place.url}/hub/admin/add`)
      await page.locator('#add-names').fill('jonas')
      await page.locator('form button.primary').click()
      const invitation = await page.locator('input[readonly]').first().inputValue()

      const guest = other.context.pages()[0] ?? (await other.context.newPage())
      await guest.goto(invitation)
      await choosePassword(guest, password.jonas)
      await guest.waitForURL((url) => !url.pathname.includes('/invit'))
      if (new URL(guest.url()).pathname.endsWith('/login')) {
        await guest.locator('input[name="username"]').fill('jonas')
        await guest.locator('input[name="password"]').fill(password.jonas)
        await guest.locator('form button.primary').click()
      }
      await guest.waitForURL(/\/(hub|user)\//)
      await guest.goto(home)
      const seen = await guest.content()
      assert.ok(seen.includes('jonas') && !seen.includes('maria'))
      const refused = await guest.goto(`${place.url}/user/maria/lab`)
      assert.equal(refused?.status(), 403)
    } finally {
      await Promise.all([browser.close(), other.close()])
      await orrery.stop()
      await place.remove()
    }
  },
)
