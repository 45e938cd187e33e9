import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { newServer, recordingContext } from '../../../test/conformance/spawner.ts'
import { startKernel } from '../../../test/support/kernel.ts'
import { lightWorld, startSpec } from '../../../test/support/process-world.ts'
import { openTinyHub, type TinyHub } from '../../../test/support/tiny-hub.ts'
import { until } from '../../../test/support/until.ts'
import { probe } from '../../lib/http-client.ts'
import { parseHandle } from './handle.ts'
import type { ProcessOptions } from './options.ts'
import { environmentOf, listProcesses } from './processes.ts'

const missing = process.env['ORRERY_PYTHON_BIN'] === undefined ? 'ORRERY_PYTHON_BIN is not set' : false
const patience = () => ({ signal: AbortSignal.timeout(60_000) })
const startMs = 60_000

suite('a real single-user server', { skip: missing }, async () => {
  const world = await lightWorld()
  const hubs: TinyHub[] = []
  after(async () => {
    await world.close()
    await Promise.all(hubs.map((hub) => hub.close()))
  })

  async function begin(changes: Partial<ProcessOptions> = {}, hubIs: Parameters<typeof openTinyHub>[1] = {}) {
    const ref = newServer()
    const hub = await openTinyHub(ref.userName, hubIs)
    hubs.push(hub)
    const spawner = world.spawner({ cmd: ['jupyterhub-singleuser'], interruptTimeoutSeconds: 10, ...changes })
    const spec = startSpec(ref, 1, hub.apiUrl)
    const { url, handle } = await spawner.start(spawner.reserve(ref, 1), spec, recordingContext().context)
    const answers = () => until(async () => (await probe(`${url}${spec.servicePrefix}api`, { timeoutMs: 1000 })).kind === 'answer', startMs)
    return {
      hub,
      spawner,
      spec,
      url,
      handle,
      answers,
      base: `${url}${spec.servicePrefix}`,
      token: spec.environment['JUPYTERHUB_API_TOKEN'] ?? '',
    }
  }

  const end = (run: Awaited<ReturnType<typeof begin>>): Promise<void> => run.spawner.stop(run.handle, patience())

  /** All processes that were started with the token of the run. */
  const carriersOf = async (token: string) =>
    (await listProcesses()).filter(({ pid }) => environmentOf(pid)?.get('JUPYTERHUB_API_TOKEN') === token)

  test('starts, answers, reports to the hub, runs a kernel, and ends with it', async () => {
    const run = await begin()
    await run.answers()
    assert.equal(await run.spawner.diagnose(run.handle, await run.spawner.observe(run.handle), run.spec), null)
    await startKernel(run.base, run.token)
    await until(() => run.hub.asked.some((line) => line.startsWith('POST') && line.endsWith('/activity')))
    assert.ok((await carriersOf(run.token)).length >= 3)
    await end(run)
    assert.deepEqual(await carriersOf(run.token), [])
  })

  test('that was killed leaves no kernel after a stop', async () => {
    const run = await begin()
    await run.answers()
    await startKernel(run.base, run.token)
    process.kill(-(parseHandle(run.handle).leader?.pid ?? 0), 'SIGKILL')
    await until(async () => (await run.spawner.observe(run.handle)).kind === 'exited')
    await end(run)
    assert.deepEqual(await carriersOf(run.token), [])
  })

  test('that was told another port is found out', async () => {
    const run = await begin({ args: ['--ServerApp.port=0'] })
    const diagnosed = async () => await run.spawner.diagnose(run.handle, await run.spawner.observe(run.handle), run.spec)
    await until(async () => (await diagnosed())?.code === 'server_wrong_port', startMs)
    const found = await diagnosed()
    assert.equal(found?.detail['expectedPort'], Number(new URL(run.url).port))
    await end(run)
  })

  test('whose token the hub refuses is found out by its reports', async () => {
    const run = await begin({}, { activityStatus: 403 })
    await run.answers()
    await until(
      async () =>
        (await run.spawner.diagnose(run.handle, await run.spawner.observe(run.handle), run.spec))?.code === 'server_token_refused',
    )
    await end(run)
  })

  test('that has another token is found out before it reports', async () => {
    const run = await begin({ environment: { JUPYTERHUB_API_TOKEN: 'ffffffffffffffffffffffffffffffff' } })
    await run.answers()
    const found = await run.spawner.diagnose(run.handle, await run.spawner.observe(run.handle), run.spec)
    assert.equal(found?.code, 'server_token_refused')
    await end(run)
  })

  test('whose port was taken says so at its end', async () => {
    const first = await begin()
    await first.answers()
    const second = await begin({ environment: { JUPYTERHUB_SERVICE_URL: `${first.url}/user/second/` } })
    await until(async () => (await second.spawner.observe(second.handle)).kind === 'exited', startMs)
    const found = await second.spawner.diagnose(second.handle, await second.spawner.observe(second.handle), second.spec)
    assert.deepEqual(found, { code: 'server_port_taken', detail: { port: Number(new URL(first.url).port) } })
    await end(second)
    await end(first)
  })

  test('that cannot reach its hub is found out while it still tries', async () => {
    const run = await begin({ environment: { JUPYTERHUB_API_URL: 'http://127.0.0.1:1/hub/api' } })
    await until(
      async () =>
        (await run.spawner.diagnose(run.handle, await run.spawner.observe(run.handle), run.spec))?.code === 'server_hub_unreachable',
      startMs,
    )
    await end(run)
  })
})
