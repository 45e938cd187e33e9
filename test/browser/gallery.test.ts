import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { galleryNow } from '../support/gallery-data.ts'
import { openGallery } from '../support/gallery-server.ts'
import { examples } from '../support/gallery.ts'
import { needs } from '../support/machine.ts'

type World = {
  readonly page: Page
  readonly problems: string[]
  /** Opens an example and stays there: some pages load themselves anew, which would pull them away from under a look at them. */
  open(path: string): Promise<void>
  close(): Promise<void>
}

async function openWorld(): Promise<World> {
  const gallery = await openGallery()
  const { context, close } = await openChromium()
  const page = await context.newPage()
  await page.clock.setFixedTime(galleryNow)
  let isGoing = false
  await page.route('**/*', (route) => (route.request().isNavigationRequest() && !isGoing ? route.abort('aborted') : route.fallback()))
  const open = async (path: string): Promise<void> => {
    isGoing = true
    await page.goto(`${gallery.origin}/${path}`).finally(() => (isGoing = false))
  }
  const problems: string[] = []
  page.on('console', (message) => {
    // The examples have no log to follow; everything else that the browser complains about counts.
    if (message.type() === 'error' && !message.text().includes('404')) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  return {
    page,
    problems,
    open,
    close: async () => {
      await close()
      gallery.close()
    },
  }
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
const widths = { phone: 360, desktop: 1280 } as const

suite('the pages', needs('chromium'), () => {
  let world: World
  before(async () => (world = await openWorld()))
  after(() => world.close())

  const show = async (name: string, query: string, width: number): Promise<void> => {
    await world.page.setViewportSize({ width, height: 800 })
    await world.open(`${name}?${query}`)
  }

  for (const theme of ['light', 'dark'] as const) {
    for (const [device, width] of Object.entries(widths)) {
      test(`can be used by everybody: ${theme}, ${device}`, async () => {
        for (const { name } of examples) {
          await show(name, `theme=${theme}&locale=${theme === 'light' ? 'en' : 'ko'}`, width)
          const { violations, passes } = await new AxeBuilder({ page: world.page })
            .setLegacyMode()
            .options({ runOnly: rules, resultTypes: ['violations'] })
            .analyze()
          assert.ok(passes.length > 10, `${name}: only ${passes.length} rules had something to look at`)
          const found = violations.flatMap(({ id, nodes }) =>
            nodes.map((node) => `${id}: ${node.html.slice(0, 120)} ${node.failureSummary?.split('\n').at(1) ?? ''}`),
          )
          assert.deepEqual(found, [], `${name}, ${theme}, ${device}`)
        }
      })
    }
  }

  for (const locale of ['en', 'ko'] as const) {
    test(`fit on a phone, ${locale}: nothing is wider than 360 pixels`, async () => {
      const wide: string[] = []
      for (const { name } of examples) {
        await show(name, `locale=${locale}`, 360)
        const widest = await world.page.evaluate('document.documentElement.scrollWidth')
        if (Number(widest) > 360) wide.push(`${name}: ${String(widest)}`)
      }
      assert.deepEqual(wide, [])
    })
  }

  test('touch targets are large enough on a phone', async () => {
    const small: string[] = []
    for (const { name } of examples.filter((example) => !example.name.startsWith('strange'))) {
      await show(name, '', 360)
      const found: unknown = await world.page
        .evaluate(`[...document.querySelectorAll('.btn, input:not([type=hidden]):not([type=checkbox]), select')]
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 43.5)
        .map((element) => element.outerHTML.slice(0, 100))`)
      if (Array.isArray(found) && found.length > 0) small.push(`${name}: ${found.join(' ')}`)
    }
    assert.deepEqual(small, [])
  })

  test('a profile is chosen by keyboard and shows its fields, without a script', async () => {
    const page = await world.page.context().newPage()
    await page.route('**/*.js', (route) => route.abort())
    await page.goto(new URL('/spawn', world.page.url()).href)
    const memory = page.locator('#research--memory')
    assert.ok(!(await memory.isVisible()))
    await page.locator('#profile-small').focus()
    await page.keyboard.press('ArrowDown')
    assert.ok(await page.locator('#profile-research').isChecked())
    assert.ok(await memory.isVisible())
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.id'), 'research--stack')
    await page.close()
  })

  test('run under the content policy without a complaint of the browser', () => {
    assert.deepEqual(world.problems, [])
  })
})
