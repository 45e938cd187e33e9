import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { needsEngine } from '../support/docker-engine.ts'
import { dockerHub } from '../support/docker-hub.ts'
import { lightImage } from '../support/docker-images.ts'
import { dockerWalk } from '../support/docker-walk.ts'
import { needs } from '../support/machine.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const Event = z.object({
  phase: z.string().optional(),
  ready: z.boolean().optional(),
  log: z.array(z.string()).optional(),
  log_begins: z.boolean().optional(),
})

suite('what a container writes while it boots', docker, () => {
  let part: Awaited<ReturnType<typeof dockerHub>>
  let walk: Awaited<ReturnType<typeof dockerWalk>>
  before(async () => {
    part = await dockerHub(lightImage)
    const wishes = { print: ['Loading extensions', 'api_key=0123456789abcdef'], waitSeconds: 3 }
    const environment = { LIGHT_SERVER: JSON.stringify(wishes) }
    walk = await dockerWalk(part, { hub: { slowSpawnTimeoutSeconds: 0 }, spawner: { ...part.spawner, environment } })
  })
  after(async () => {
    await walk.close()
    await part.close()
  })

  /** The events of a start, until it is ready or `enough` says so. */
  async function listen(enough: (event: z.output<typeof Event>) => boolean): Promise<z.output<typeof Event>[]> {
    const stop = new AbortController()
    const response = await fetch(`${walk.place.url}/hub/api/users/pupil/server/progress?log=true`, {
      headers: { authorization: `token ${walk.client.token}` },
      signal: stop.signal,
    })
    const events: z.output<typeof Event>[] = []
    let text = ''
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n')
      text = blocks.pop() ?? ''
      for (const line of blocks) if (line.startsWith('data: ')) events.push(Event.parse(JSON.parse(line.slice(6))))
      if (events.some((event) => event.ready === true || enough(event))) break
    }
    stop.abort()
    return events
  }

  test('comes along with the progress of its start, secrets hidden; who comes late hears it too', async () => {
    await walk.addUser('pupil')
    await (await walk.client.call('POST', '/users/pupil/server')).body?.cancel()
    const written = ['Loading extensions', 'api_key=[hidden]']
    const early = await listen((event) => event.log?.includes('api_key=[hidden]') === true)
    assert.deepEqual(
      early.flatMap((event) => event.log ?? []),
      written,
    )
    assert.equal(early.find((event) => event.log !== undefined)?.log_begins, true)
    assert.ok(early.every((event) => event.ready !== true))
    const late = await listen(() => false)
    const first = late.findIndex((event) => event.log !== undefined)
    assert.deepEqual(late[first], { log: written, log_begins: true })
    assert.ok(late.findIndex((event) => event.ready === true) > first)
  })
})
