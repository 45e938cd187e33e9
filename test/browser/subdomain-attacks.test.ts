import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { openChromium } from '../support/chromium.ts'
import { signedInClient } from '../support/api-client.ts'
import type { ApiClient } from '../support/api-client.ts'
import { needs } from '../support/machine.ts'
import { admin } from '../support/orrery.ts'
import { hostRules, openSubdomainWorld } from '../support/subdomain-world.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'
import { createWideVisitor } from '../support/wide-visitor.ts'

/** Path of everything, so that this is tried below one, too. */
const base = '/jupyter/'
const hostile = [process.execPath, join(import.meta.dirname, '..', 'support', 'hostile-server.mjs')]

suite('with a host for everybody, the page of one person reaches neither another nor the hub', needs('chromium', 'nginx'), () => {
  let world: Awaited<ReturnType<typeof openSubdomainWorld>>
  let browser: Awaited<ReturnType<typeof openChromium>>
  let api: ApiClient
  let page: Page

  const start = async (name: string): Promise<void> => {
    await api.call('POST', `/users/${name}/server`)
    await until(async () => {
      const { server } = await readJson(await api.call('GET', `/users/${name}`), z.object({ server: z.string().nullable() }))
      return server === `${world.originOf(name)}${base}user/${name}/`
    }, 30_000)
  }

  /** Runs a script on a page of mallory, whom the signed-in administrator visits. Resolves with what it tells. */
  const onPageOfMallory = async (script: string): Promise<unknown> => {
    await page.goto(`${world.originOf('mallory')}${base}user/mallory/`)
    return page.evaluate(script)
  }

  before(async () => {
    world = await openSubdomainWorld({ hub: { baseUrl: base }, spawner: { cmd: hostile } })
    browser = await openChromium({ hostRules })
    api = await signedInClient(world.place.home.replace(/\/$/, ''), admin.name, admin.password)
    for (const name of ['mallory', 'bob']) {
      await api.call('POST', `/users/${name}`)
      await start(name)
    }
    page = browser.context.pages()[0] ?? (await browser.context.newPage())
    await page.goto(`${world.hub}${base}hub/login?next=${base}hub/home`)
    await page.locator('input[name="username"]').fill(admin.name)
    await page.locator('input[name="password"]').fill(admin.password)
    await page.locator('form button.primary').click()
    await page.waitForURL(`${world.hub}${base}hub/home`)
  })
  after(async () => {
    await browser.close()
    await world.close()
  })

  test('it reads no page of the hub or of another person, signed in as the visitor is', async () => {
    for (const address of [`${world.hub}${base}hub/home`, `${world.hub}${base}hub/api/users`, `${world.originOf('bob')}${base}user/bob/`]) {
      const got = await onPageOfMallory(`fetch('${address}', { credentials: 'include' }).then((r) => r.text()).catch((e) => e.name)`)
      assert.equal(got, 'TypeError', address)
    }
  })

  test('on its own host there is no hub to speak with', async () => {
    const got = z
      .object({ status: z.number(), text: z.string() })
      .parse(
        await onPageOfMallory(
          `fetch('${base}hub/api/users', { credentials: 'include' }).then(async (r) => ({ status: r.status, text: await r.text() }))`,
        ),
      )
    assert.equal(got.status, 404)
    assert.ok(!got.text.includes('bob'))
    await page.goto(`${world.originOf('mallory')}${base}hub/home`)
    assert.equal(page.url(), `${world.hub}${base}hub/home`, 'a page of the hub is only shown on its own host')
  })

  test('it sees no cookie of the hub, and its server is sent neither login nor token', async () => {
    const seen = z.string().parse(await onPageOfMallory(`document.cookie + ' ' + document.body.textContent`))
    assert.ok(!/hub-login=(?!evil)|_xsrf=(?!evil)/.test(seen), seen)
  })

  test('cookies that it plants for the hub change nobody and sign nobody out', async () => {
    await onPageOfMallory(`for (const line of [
      'jupyterhub-hub-login=evil; domain=hub.example.org; path=/',
      '__Host-jupyterhub-hub-login=evil; domain=hub.example.org; secure; path=/',
      '_xsrf=evil; domain=hub.example.org; path=${base}hub/',
    ]) document.cookie = line`)
    await page.goto(`${world.hub}${base}hub/account`)
    assert.ok((await page.content()).includes(admin.name))
    await page.locator('form').first().waitFor()
  })

  test('a form that it sends to the hub is refused', async () => {
    const answered = page.waitForResponse((response) => response.url() === `${world.hub}${base}hub/stop/bob`)
    await onPageOfMallory(`{
      const form = document.createElement('form')
      form.method = 'POST'
      form.action = '${world.hub}${base}hub/stop/bob'
      form.innerHTML = '<input name="_xsrf" value="evil">'
      document.body.append(form)
      form.submit()
    }`)
    assert.equal((await answered).status(), 403)
    await start('bob')
  })

  test('it cannot put the hub into a frame', async () => {
    await onPageOfMallory(`new Promise((done) => {
      const frame = document.createElement('iframe')
      frame.onload = () => done(null)
      frame.src = '${world.hub}${base}hub/home'
      document.body.append(frame)
    })`)
    const framed = page.frames().filter((frame) => frame !== page.mainFrame())
    assert.equal(framed.length, 1)
    assert.match(framed[0]?.url() ?? '', /^chrome-error:/)
  })

  test('an address of another person on its host leads away from it', async () => {
    const visitor = createWideVisitor({ port: world.nginx.port, ca: world.nginx.cert })
    const crossed = await visitor.send(`${world.originOf('mallory')}${base}user/bob/lab?x=1`)
    assert.equal(crossed.headers.location, `${world.hub}${base}hub/user/bob/lab?x=1`)
    const onHub = await visitor.send(`${world.hub}${base}user/bob/`)
    assert.equal(onHub.headers.location, `${base}hub/user/bob/`, 'the host of the hub serves nobody')
    const posted = await visitor.send(`${world.originOf('bob')}${base}hub/login`, { method: 'POST' })
    assert.equal(posted.status, 404)
  })
})
