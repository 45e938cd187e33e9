import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { errorCodes, fillText, HubError, isErrorCode } from '../../src/core/errors.ts'
import { signedInClient } from '../support/api-client.ts'
import { failingServers } from '../support/failing-servers.ts'
import { admin, preparePlace, startOrrery } from '../support/orrery.ts'
import type { RunningOrrery } from '../support/orrery.ts'
import { readJson } from '../support/read-json.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

const Problem = z.object({
  status: z.number(),
  message: z.string(),
  code: z.string(),
  hint: z.string(),
  detail: z.record(z.string(), z.json()),
})

/** The last event of a progress stream. */
function lastEvent(stream: string): Record<string, unknown> {
  const lines = stream.split('\n').filter((line) => line.startsWith('data: '))
  return z.record(z.string(), z.unknown()).parse(JSON.parse(lines.at(-1)?.slice('data: '.length) ?? '{}'))
}

for (const failing of failingServers) {
  test(`${failing.name}: the API, the page and the log say ${failing.code}`, { skip: failing.missing ?? false }, async () => {
    const { options, close } = await failing.open()
    const place = await preparePlace({
      hub: { slowSpawnTimeoutSeconds: 60 },
      spawner: { kind: 'process', interruptTimeoutSeconds: 1, termTimeoutSeconds: 1, killTimeoutSeconds: 2, ...options },
    })
    let orrery: RunningOrrery | null = null
    try {
      orrery = await startOrrery(place)
      const { output } = orrery
      const client = await signedInClient(place.url, admin.name, admin.password)
      const reply = await client.call('POST', `/users/${admin.name}/server`)
      const problem = await readJson(reply, Problem)
      assert.equal(problem.code, failing.code, JSON.stringify(problem))
      assert.equal(problem.status, reply.status)
      const { message, hint } = new HubError(failing.code, problem.detail)
      assert.equal(problem.message, message)
      assert.equal(problem.hint, hint)
      assert.ok(!message.includes('?'), message)

      const progress = await (await client.call('GET', `/users/${admin.name}/server/progress`)).text()
      assert.equal(lastEvent(progress)['failed'], true)
      assert.match(progress, new RegExp(failing.code))

      const visitor = createVisitor(place.url)
      await visitor.signIn(admin.name, admin.password)
      const page = await visitor.get(`/hub/spawn-pending/${admin.name}`)
      assert.ok(unescaped(page.text).includes(message), page.text)
      assert.ok(isErrorCode(failing.code) && unescaped(page.text).includes(fillText(errorCodes[failing.code].hint, problem.detail)))
      await until(() => output().includes(failing.code))
    } finally {
      await orrery?.stop()
      await place.remove()
      await close()
    }
  })
}

const unescaped = (html: string): string =>
  html.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
