import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { needs } from '../support/machine.ts'
import { openOidcWorld } from '../support/oidc-world.ts'

const looks = [
  { locale: 'en-US', width: 1280, school: 'Continue with School', heading: 'Ways to sign in', link: 'Link Club', only: 'your only way in' },
  { locale: 'ko-KR', width: 390, school: 'School 계정으로 계속', heading: '로그인 방법', link: 'Club 연결', only: '유일한 로그인 방법' },
] as const

async function accessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  assert.deepEqual(
    violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    [],
    name,
  )
}

suite('signing in elsewhere in a browser', needs('chromium'), () => {
  for (const look of looks)
    test(`two providers and a form, there and back, linked and signed out at both ends (${look.locale}, ${look.width} px)`, async () => {
      await using world = await openOidcWorld({
        providers: { school: { options: { title: 'School', signOutThere: true } }, club: { options: { title: 'Club' } } },
        native: true,
        userlist: 'alice\n',
      })
      const { context, close } = await openChromium({ locale: look.locale, width: look.width })
      try {
        const page = await context.newPage()
        const problems: string[] = []
        page.on('console', (message) => {
          const isOurs = message.location().url.startsWith(world.origin)
          if (isOurs && message.type() === 'error') problems.push(message.text())
        })
        await page.goto(`${world.origin}/hub/login?next=%2Fhub%2Faccount`)
        await accessible(page, 'the sign-in page')
        await page.getByRole('link', { name: look.school }).click()
        await page.getByRole('button', { name: 'Continue as alice' }).click()
        await page.waitForURL(`${world.origin}/hub/account`)
        await page.getByRole('heading', { name: look.heading }).waitFor()
        await page.getByText(look.only).waitFor()
        await accessible(page, 'the account page')
        // A form leads to another site by way of a page: the policy of the hub lets no form go there.
        await page.getByRole('button', { name: look.link }).click()
        await page.getByRole('button', { name: 'Continue as bob' }).click()
        await page.waitForURL(`${world.origin}/hub/account?notice=identity_linked`)
        await page.locator('#ways-in').getByText('bob', { exact: true }).waitFor()
        await page.locator('#logout').click()
        await page.waitForURL(`${world.provider('school').issuer}/**`)
        await page.getByRole('button', { name: 'Yes, sign me out' }).click()
        await page.waitForURL(`${world.origin}/hub/login?notice=signed_out`)
        assert.deepEqual(problems, [])
      } finally {
        await close()
      }
    })
})
