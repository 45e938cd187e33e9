import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { KeptImage } from '../../src/core/kept-image.ts'
import { profilesSchema } from '../../src/core/profile-schema.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { connectionOf } from '../../src/spawners/docker/connection.ts'
import { createEngineCall, type EngineCall } from '../../src/spawners/docker/engine-call.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'
import { configuredImages, createPrePull } from '../../src/spawners/docker/pre-pull.ts'
import { createPuller } from '../../src/spawners/docker/pull.ts'
import { registryAuth } from '../../src/spawners/docker/registry-auth.ts'
import { needsEngine, openEngine, type DockerEngine } from '../support/docker-engine.ts'
import { dockerDefaults } from '../support/docker-world.ts'
import { needs } from '../support/machine.ts'
import { openRegistry } from '../support/oci-registry.ts'
import { until } from '../support/until.ts'

const registry = { ...needs('docker', 'debootstrap', 'docker-registry'), ...(await needsEngine()) }
const pauses = { lookMs: 200, firstMs: 300, longestMs: 600 }

test('images of the option, of profiles, of their choices and of the list are wanted, each once', () => {
  const field = {
    kind: 'choice',
    label: 'Tools',
    default: 'r',
    choices: { r: { label: 'R', image: 'r:1' }, py: { label: 'Py', image: 'a:1' } },
  }
  const profiles = profilesSchema.parse([
    { name: 'one', image: 'b:1' },
    { name: 'two', fields: { tools: field } },
  ])
  const images = (changes: Partial<DockerOptions>) => configuredImages(dockerDefaults({ image: 'a:1', ...changes }))
  assert.deepEqual(images({ profiles, allowedImages: ['c:1', 'b:1'] }), ['a:1', 'b:1', 'r:1', 'c:1'])
  assert.deepEqual(images({ allowedImages: { Science: 's:1' } }), ['a:1', 's:1'])
  assert.deepEqual(images({ allowedImages: '*' }), ['a:1'])
})

suite('fetching images ahead', registry, () => {
  let engine: DockerEngine
  before(async () => void (engine = await openEngine()))
  after(() => engine.close())

  /** Fetches ahead until the end of the test; counts the fetches that the engine is asked for. */
  const begin = (t: { after(undo: () => Promise<void>): void }, image: string, changes: Partial<DockerOptions> = {}) => {
    const options = dockerDefaults({ image, engineUrl: engine.host, ...changes })
    const plain = createEngineCall(connectionOf(options, {}))
    const asked: string[] = []
    const call: EngineCall = {
      ...plain,
      stream: (request) => {
        if (request.path === '/images/create') asked.push(String(request.query?.['fromImage']))
        return plain.stream(request)
      },
    }
    const authOf = (name: string) => registryAuth(name, undefined, {})
    const puller = createPuller({ call, clock: systemClock, silenceMs: 20_000, authOf })
    const images = createPrePull({ call, clock: systemClock, puller, options, pauses })
    const ending = new AbortController()
    const run = images.run(ending.signal)
    t.after(async () => {
      ending.abort(new Error('the test is over'))
      await run
    })
    const stateOf = (name: string): KeptImage | undefined => images.list().find(({ reference }) => reference === name)
    return { puller, asked, images, stateOf }
  }
  const isPresent = (image: KeptImage | undefined): boolean => image?.state === 'present'

  test('one after the other, with bytes, and a start that wants the same image joins in', async (t) => {
    const source = await openRegistry({ bytesPerSecond: 2_000_000 })
    t.after(() => source.close())
    const [first, second] = [
      await source.publish(engine, 'ahead/a:1', { megabytes: [3] }),
      await source.publish(engine, 'ahead/b:1', { megabytes: [1] }),
    ]
    const { puller, asked, images, stateOf } = begin(t, first, { allowedImages: [first, second] })
    await until(() => {
      const state = stateOf(first)
      return state?.state === 'pulling' && state.bytesDone > 0 && state.bytesDone < (state.bytesTotal ?? 0)
    })
    assert.equal(stateOf(second)?.state, 'waiting')
    await puller.pull(first, () => {}, AbortSignal.timeout(60_000))
    await until(() => {
      assert.ok(images.list().filter(({ state }) => state === 'pulling').length <= 1)
      return images.list().every(isPresent)
    })
    assert.equal(asked.length, 2)
  })

  test('what is refused or missing says why and when it is tried again, and is fetched once it is there', async (t) => {
    const [open, closed] = [await openRegistry(), await openRegistry({ auth: true })]
    t.after(() => Promise.all([open.close(), closed.close()]))
    const secret = await closed.publish(engine, 'ahead/secret:1', { megabytes: [1] })
    const late = `${open.host}/ahead/late:1`
    const { asked, stateOf } = begin(t, late, { allowedImages: [secret] })
    const fetchesOf = (name: string): number => asked.filter((one) => name.startsWith(`${one}:`)).length
    const codeOf = (name: string): string | undefined => {
      const state = stateOf(name)
      return state?.state === 'failed' && Date.parse(state.retryAt) > 0 ? state.failure.code : undefined
    }
    await until(() => codeOf(late) === 'image_not_found' && codeOf(secret) === 'image_pull_denied')
    await open.publish(engine, 'ahead/late:1', { megabytes: [1] })
    await until(() => isPresent(stateOf(late)))
    await until(() => codeOf(secret) === 'image_pull_denied')
    const soFar = fetchesOf(late)
    await engine.api.call('DELETE', `/images/${late}`)
    await until(() => fetchesOf(late) > soFar && isPresent(stateOf(late)))
  })

  test('nothing is fetched when the policy, or the option, says so', async (t) => {
    const source = await openRegistry()
    t.after(() => source.close())
    const name = await source.publish(engine, 'ahead/never:1', { megabytes: [1] })
    for (const changes of [{ pullPolicy: 'never' }, { prePull: false }] as const) {
      const { asked, stateOf } = begin(t, name, changes)
      await until(() => stateOf(name)?.state === 'absent')
      assert.deepEqual(asked, [])
    }
  })

  test('an image that always has to be new is fetched once, though it is there', async (t) => {
    const source = await openRegistry()
    t.after(() => source.close())
    const name = await source.publish(engine, 'ahead/always:1', { megabytes: [1] })
    await engine.api.lines('POST', '/images/create', { query: { fromImage: name } })
    const { asked, stateOf } = begin(t, name, { pullPolicy: 'always' })
    await until(() => isPresent(stateOf(name)))
    assert.equal(asked.length, 1)
  })
})
