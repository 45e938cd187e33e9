import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { escapePath } from '../../src/core/names.ts'
import { admin, lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

let place: Place
let orrery: RunningOrrery

// As behind another proxy on this machine: what comes through the front door may say where it comes from.
before(async () => {
  place = await preparePlace({ proxy: { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] }, spawner: lightSpawner })
  orrery = await startOrrery(place)
})
after(async () => {
  await orrery?.stop()
  await place?.remove()
})

const claims = { 'x-forwarded-for': '198.51.100.7, 10.0.0.9', 'x-forwarded-proto': 'https' }

/** Signs in with the claims and tells the addresses of the sessions that the account page shows, and whether cookies are for https only. */
async function addressesSeen(origin: string, extra: Readonly<Record<string, string>> = {}): Promise<{ text: string; secure: boolean }> {
  const visitor = createVisitor(origin)
  const headers = { ...claims, ...extra }
  await visitor.send('/hub/login', { headers })
  const body = new URLSearchParams({ _xsrf: visitor.cookie('_xsrf') ?? '', username: admin.name, password: admin.password })
  const response = await visitor.send('/hub/login', { method: 'POST', body, headers })
  assert.equal(response.status, 302)
  const page = await visitor.send('/hub/account', { headers })
  const text = await page.text()
  await visitor.post('/hub/logout', {})
  return { text, secure: response.headers.getSetCookie().some((line) => /; secure/i.test(line)) }
}

test('whoever reaches the hub without the proxy is believed nothing, also on the same machine', async () => {
  for (const extra of [{}, { 'x-orrery-proxy': '' }, { 'x-orrery-proxy': 'a'.repeat(64) }]) {
    const { text, secure } = await addressesSeen(place.hubUrl, extra)
    assert.ok(text.includes('127.0.0.1') && !text.includes('198.51.100.7'), text)
    assert.equal(secure, false)
  }
})

test('the hub believes its proxy, and the proxies in front of it that the configuration names', async () => {
  for (const extra of [{}, { 'x-orrery-proxy': 'guess' }]) {
    const { text, secure } = await addressesSeen(place.url, extra)
    assert.ok(text.includes('198.51.100.7'), text)
    assert.equal(secure, true)
  }
})

test('a name of blanks and letters of any script has its own server, through the proxy', async () => {
  const root = createVisitor(place.url)
  await root.signIn(admin.name, admin.password)
  for (const name of ['zoë b', '한글 사용자', 'a.b+c@d~e_f']) {
    const path = escapePath(name)
    assert.equal((await root.api('POST', `/users/${path}`)).status, 201)
    assert.ok([201, 202].includes((await root.api('POST', `/users/${path}/server`)).status))
    const answered = await untilAnswer(`${place.url}/user/${path}/api`)
    assert.ok(answered.includes(`"JUPYTERHUB_USER":${JSON.stringify(name)}`))
    assert.ok(!answered.includes('X-Orrery') && !/ORRERY_ADMIN_PASSWORD|x-orrery-proxy/i.test(answered))
    assert.ok([202, 204].includes((await root.api('DELETE', `/users/${path}/server`)).status))
  }
})

async function untilAnswer(url: string): Promise<string> {
  let text = ''
  await until(async () => {
    const response = await fetch(url)
    text = await response.text()
    return response.status === 200
  }, 15_000)
  return text
}
