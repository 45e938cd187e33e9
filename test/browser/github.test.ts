import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openChromium } from '../support/chromium.ts'
import { openGithubWorld } from '../support/github-world.ts'
import { needs } from '../support/machine.ts'

suite('signing in with GitHub in a browser', needs('chromium'), () => {
  test('two tabs go there and come back, who says no may try again, and no rule of the page stands in the way', async () => {
    await using world = await openGithubWorld({ userlist: 'alice\n' })
    const chromium = await openChromium()
    try {
      const [first, second] = [await chromium.context.newPage(), await chromium.context.newPage()]
      const problems: string[] = []
      first.on('console', (message) => {
        if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text())
      })
      await second.goto(`${world.origin}/hub/login?next=%2Fhub%2Ftoken`)
      await second.getByRole('link', { name: 'Continue with GitHub' }).click()
      await second.getByRole('button', { name: 'alice' }).waitFor()

      await first.goto(`${world.origin}/hub/login?next=%2Fhub%2Fhome`)
      await first.getByRole('link', { name: 'Continue with GitHub' }).click()
      await first.getByRole('button', { name: 'Cancel' }).click()
      await first.getByText('GitHub was not allowed to say who you are.').waitFor()
      await first.getByRole('link', { name: 'Sign in again' }).click()
      await first.getByRole('button', { name: 'alice' }).click()
      await first.waitForURL('**/hub/home')

      await second.getByRole('button', { name: 'alice' }).click()
      await second.waitForURL('**/hub/token')
      assert.deepEqual(problems, [])
      const left = (await chromium.context.cookies()).filter(({ name }) => name.includes('sign-in'))
      assert.deepEqual(left, [], 'nothing of it stays in the browser')
    } finally {
      await chromium.close()
    }
  })
})
