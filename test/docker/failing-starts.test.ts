import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { HubError, type ErrorCode, type ErrorRecord } from '../../src/core/errors.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { probe } from '../../src/lib/http-client.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import { newServer, recordingContext } from '../conformance/spawner.ts'
import { needsEngine } from '../support/docker-engine.ts'
import { buildFromLines, lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { openRegistry, registryUser } from '../support/oci-registry.ts'
import { startSpec } from '../support/process-world.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const registryThere = { ...needs('docker', 'debootstrap', 'docker-registry'), ...docker }
const patience = () => ({ signal: AbortSignal.timeout(60_000) })

suite('starts that fail', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  let folder: string
  before(async () => {
    world = await dockerWorld(lightImage)
    folder = await mkdtemp(join(tmpdir(), 'orrery-docker-'))
  })
  after(async () => {
    await world.engine.api.call('DELETE', `/images/orrery-test/bare:${world.prefix}`, { query: { force: 'true' } }).catch(() => {})
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** What a hub finds: the error of the start, or the word of `diagnose` once the server has ended or had its time. */
  async function failureOf(changes: Partial<DockerOptions>, userOptions = {}): Promise<ErrorRecord> {
    const spawner = world.spawner(changes)
    const ref = newServer()
    const spec = { ...startSpec(ref, 1), userOptions }
    const handle = spawner.reserve(ref, 1)
    try {
      const { url, handle: noted } = await spawner.start(handle, spec, recordingContext().context)
      const deadline = systemClock.monotonic() + 5_000
      let found = await spawner.observe(noted)
      while (found.kind === 'running' && systemClock.monotonic() < deadline) {
        const answer = await probe(`${url}${spec.servicePrefix}api`, { timeoutMs: 500 })
        if (answer.kind === 'answer' && answer.status < 500) break
        await systemClock.sleep(25)
        found = await spawner.observe(noted)
      }
      const exited: ErrorRecord = { code: 'server_exited_early', detail: { exitCode: found.kind === 'exited' ? found.exitCode : null } }
      return (await spawner.diagnose(noted, found, spec)) ?? exited
    } catch (error) {
      if (!(error instanceof HubError)) throw error
      return { code: error.code, detail: error.detail }
    } finally {
      await spawner.stop(handle, patience()).catch(() => {})
      await spawner.forget(handle).catch(() => {})
    }
  }

  const light = (wishes: unknown) => ({ environment: { LIGHT_SERVER: JSON.stringify(wishes) } })
  type Row = {
    readonly what: string
    readonly code: ErrorCode
    readonly options: () => Partial<DockerOptions> | Promise<Partial<DockerOptions>>
  }
  const rows: readonly Row[] = [
    { what: 'a server that leaves at once', code: 'server_exited_early', options: () => light({ exit: 3 }) },
    {
      what: 'a server with too little memory',
      code: 'server_out_of_memory',
      options: () => ({ ...light({ eatMegabytes: 300 }), memLimit: 64 * 2 ** 20 }),
    },
    { what: 'a memory limit below what the engine can give', code: 'engine_refused', options: () => ({ memLimit: 1024 }) },
    {
      what: 'a command that the image does not have',
      code: 'server_image_unsuitable',
      options: () => ({ cmd: ['no-such-command'], extraCreateKwargs: { entrypoint: [] } }),
    },
    { what: 'a command that only the entry point misses', code: 'server_command_not_found', options: () => ({ cmd: ['no-such-command'] }) },
    { what: 'an image without a single-user server', code: 'server_image_unsuitable', options: async () => ({ image: await bareImage() }) },
    { what: 'an image that is not there', code: 'image_not_found', options: () => ({ image: 'no-such-image:1' }) },
    {
      what: 'a registry that is not there',
      code: 'image_pull_failed',
      options: () => ({ image: '127.0.0.1:9/a:1', pullPolicy: 'ifnotpresent' }),
    },
    {
      what: 'a server on another port',
      code: 'server_wrong_port',
      options: () => ({ environment: { JUPYTERHUB_SERVICE_URL: 'http://0.0.0.0:9999/' } }),
    },
    { what: 'a server that listens to itself only', code: 'server_listens_inside_only', options: () => ({ ip: '127.0.0.1' }) },
    { what: 'a token of another start', code: 'server_token_refused', options: () => ({ environment: { JUPYTERHUB_API_TOKEN: 'x' } }) },
    { what: 'an engine that is not there', code: 'engine_unreachable', options: () => ({ engineUrl: `unix://${folder}/none.sock` }) },
    {
      what: 'a mount of a folder that is not there',
      code: 'server_volume_missing',
      options: () => ({ mounts: [{ type: 'bind', source: `${folder}/none`, target: '/data' }] }),
    },
    {
      what: 'a home of somebody else',
      code: 'server_home_not_writable',
      options: async () => ({ volumes: { [await rootFolder()]: '/home/jovyan' } }),
    },
    {
      what: 'a home that is read-only',
      code: 'server_home_not_writable',
      options: () => ({ readOnlyVolumes: { [`${world.prefix}-ro`]: '/home/jovyan' } }),
    },
    { what: 'a device that is not there', code: 'engine_refused', options: () => ({ devices: ['/dev/no-such-device'] }) },
    { what: 'a GPU that is not there', code: 'engine_refused', options: () => ({ gpus: 'all' }) },
  ]

  for (const { what, code, options } of rows) {
    test(`${what}: ${code}`, async () => {
      const found = await failureOf(await options())
      assert.equal(found.code, code, JSON.stringify(found))
      const title = new HubError(found.code, found.detail)
      assert.ok(!`${title.message}${title.hint}`.includes('?'), title.message)
    })
  }

  test('an image that nobody allowed: image_choice_refused', async () => {
    assert.equal((await failureOf({}, { image: 'other' })).code, 'image_choice_refused')
  })

  async function bareImage(): Promise<string> {
    const tag = `orrery-test/bare:${world.prefix}`
    await buildFromLines(world.engine.api, tag, [
      `FROM ${world.image}`,
      'USER root',
      'RUN rm /usr/local/bin/jupyterhub-singleuser',
      'CMD ["true"]',
      'USER 1000',
    ])
    return tag
  }

  async function rootFolder(): Promise<string> {
    const path = join(folder, 'root-home')
    await mkdir(path, { recursive: true, mode: 0o755 })
    await writeFile(join(path, 'file'), 'of root')
    await chmod(path, 0o755)
    return path
  }

  suite('images of a registry', registryThere, () => {
    test('that asks for a password are denied without, and fetched with it, layer by layer', async () => {
      const registry = await openRegistry({ auth: true })
      try {
        const image = await registry.publish(world.engine, 'team/lab:1', { from: world.image, megabytes: [2, 1] })
        const denied = await failureOf({ image, pullPolicy: 'ifnotpresent' })
        assert.deepEqual(denied, { code: 'image_pull_denied', detail: { image, registry: registry.host } })
        const dockerConfig = join(folder, 'config.json')
        const auth = Buffer.from(`${registryUser.username}:${registryUser.password}`).toString('base64')
        await writeFile(dockerConfig, JSON.stringify({ auths: { [registry.host]: { auth } } }))
        const spawner = world.spawner({ image, pullPolicy: 'ifnotpresent', dockerConfig })
        const ref = newServer()
        const { context, steps } = recordingContext()
        const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), context)
        const pulls = steps.filter((step) => step.phase === 'pulling')
        const last = pulls.at(-1)
        assert.ok(last !== undefined && last.bytesDone > 2_900_000 && last.bytesTotal === last.bytesDone, JSON.stringify(last))
        assert.ok(last.layersTotal >= 2 && last.layersDone === last.layersTotal, JSON.stringify(last))
        assert.deepEqual([...new Set(steps.map((step) => step.phase))], ['preparing', 'pulling', 'creating', 'booting'])
        await spawner.stop(handle, patience())
        await world.engine.api.call('DELETE', `/images/${image}`, { query: { force: 'true' } })
      } finally {
        await registry.close()
      }
    })

    test('that stops in the middle is given up after its silence, and a slow one is not', async () => {
      const registry = await openRegistry()
      try {
        const image = await registry.publish(world.engine, 'team/slow:1', { from: world.image, megabytes: [4] })
        registry.setRate(0)
        const stalled = await failureOf({ image, pullPolicy: 'ifnotpresent', pullTimeoutSeconds: 1 })
        assert.deepEqual(stalled, { code: 'image_pull_stalled', detail: { image, timeoutSeconds: 1 } })
        registry.setRate(1_000_000)
        const spawner = world.spawner({ image, pullPolicy: 'ifnotpresent', pullTimeoutSeconds: 2 })
        const ref = newServer()
        const { context, steps } = recordingContext()
        const { handle } = await spawner.start(spawner.reserve(ref, 1), startSpec(ref, 1), context)
        assert.ok(steps.filter((step) => step.phase === 'pulling').length >= 3)
        await spawner.stop(handle, patience())
        await world.engine.api.call('DELETE', `/images/${image}`, { query: { force: 'true' } })
      } finally {
        await registry.close()
      }
    })
  })
})
