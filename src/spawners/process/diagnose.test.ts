import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { newServer, recordingContext } from '../../../test/conformance/spawner.ts'
import { failingServers } from '../../../test/support/failing-servers.ts'
import { lightWorld } from '../../../test/support/process-world.ts'
import { HubError, type ErrorRecord } from '../../core/errors.ts'
import { probe } from '../../lib/http-client.ts'
import { systemClock } from '../../lib/clock.ts'
import type { ProcessOptions } from './options.ts'

suite('failed starts', async () => {
  const world = await lightWorld()
  after(world.close)

  /** What a hub finds: the error of the start, or the word of `diagnose` once the server has ended, answered, or had its time. */
  async function failureOf(options: Partial<ProcessOptions>): Promise<ErrorRecord & { log: readonly string[] }> {
    const spawner = world.spawner(options)
    const ref = newServer()
    const spec = world.spec(ref, 1)
    const handle = spawner.reserve(ref, 1)
    try {
      const { url } = await spawner.start(handle, spec, recordingContext().context)
      const deadline = systemClock.monotonic() + (options.httpTimeoutSeconds ?? 60) * 1000
      let found = await spawner.observe(handle)
      while (found.kind === 'running' && systemClock.monotonic() < deadline) {
        const answer = await probe(`${url}${spec.servicePrefix}api`, { timeoutMs: 500 })
        if (answer.kind === 'answer' && answer.status < 500) break
        await systemClock.sleep(25)
        found = await spawner.observe(handle)
      }
      const known = await spawner.diagnose(handle, found, spec)
      const exited: ErrorRecord = { code: 'server_exited_early', detail: { exitCode: found.kind === 'exited' ? found.exitCode : null } }
      return { ...(known ?? exited), log: await spawner.logs(handle, 50) }
    } catch (error) {
      assert.ok(error instanceof HubError, String(error))
      return { code: error.code, detail: error.detail, log: [] }
    } finally {
      await spawner.stop(handle, { signal: AbortSignal.timeout(20_000) })
    }
  }

  for (const failing of failingServers) {
    test(`${failing.name}: ${failing.code}`, { skip: failing.missing ?? false }, async () => {
      const { options, close } = await failing.open()
      try {
        const found = await failureOf(options)
        assert.equal(found.code, failing.code, JSON.stringify(found))
        const title = new HubError(found.code, found.detail).message
        assert.ok(!title.includes('?'), title)
      } finally {
        await close()
      }
    })
  }
})
