import { z } from 'zod'
import { signedInClient } from './api-client.ts'
import type { DockerEngine } from './docker-engine.ts'
import type { Container } from './docker/containers.ts'
import { admin, answers, preparePlace, startOrrery } from './orrery.ts'
import type { TestConfig } from './orrery.ts'
import { readJson } from './read-json.ts'
import { until } from './until.ts'

/** A part of the engine, as `dockerHub` makes it. */
type Part = { readonly engine: DockerEngine; readonly containersOf: (userName: string) => Promise<readonly string[]> }

const startMs = 60_000
const View = z.object({
  ready: z.boolean(),
  pending: z.string().nullable(),
  stopped: z.boolean(),
  failure: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
  trouble: z.object({ code: z.string(), since: z.string() }).optional(),
})

/** A server as the API shows it. */
export type ServerView = z.output<typeof View>

/** A running `orrery start` whose servers are containers, its administrator as a program, and people with one server each. */
export async function dockerWalk({ engine, containersOf }: Part, config: TestConfig) {
  const place = await preparePlace({ ...config, hub: { slowSpawnTimeoutSeconds: 60, slowStopTimeoutSeconds: 60, ...config['hub'] } })
  const orrery = await startOrrery(place)
  const client = await signedInClient(place.url, admin.name, admin.password)

  const view = async (name: string): Promise<ServerView> => readJson(await client.call('GET', `/users/${name}/server`), View)
  /** Waits until nothing is pending any more. */
  const settled = async (name: string): Promise<ServerView> => {
    await until(async () => (await view(name)).pending === null, startMs)
    return await view(name)
  }
  /** Asks for a start and waits for what becomes of it. */
  const tryStart = async (name: string, userOptions: object = {}): Promise<ServerView> => {
    await (await client.call('POST', `/users/${name}/server`, userOptions)).body?.cancel()
    return await settled(name)
  }
  /** The container of a server that must start. */
  const start = async (name: string, userOptions: object = {}): Promise<Container> => {
    const { ready, failure } = await tryStart(name, userOptions)
    const [id] = await containersOf(name)
    if (!ready || id === undefined) throw new Error(`the server of ${name} did not start: ${JSON.stringify(failure)}`)
    return await engine.find(id)
  }
  return {
    place,
    client,
    orrery,
    view,
    settled,
    tryStart,
    start,
    addUser: async (name: string): Promise<void> => void (await client.call('POST', `/users/${name}`)),
    stop: async (name: string): Promise<ServerView> => {
      await client.call('DELETE', `/users/${name}/server`)
      return await settled(name)
    },
    answersThroughProxy: (name: string): Promise<boolean> => answers(`${place.url}/user/${name}/api`),
    close: async (): Promise<void> => {
      await orrery.stop()
      await place.remove()
    },
  }
}

/** A command for a container that opens an address and prints what it says; it fails when nobody answers. */
export const opening = (url: string): readonly string[] => [
  'python3',
  '-c',
  `import urllib.request; print(urllib.request.urlopen("${url}", timeout=3).read().decode())`,
]
