import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { type EngineApi, EngineError } from './engine-api.ts'

/** How a container is started. `host` is merged into `HostConfig`, `create` into the request itself: both in the words of the engine's API. */
export type RunOptions = {
  readonly name?: string
  readonly cmd?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly network?: string
  readonly host?: Readonly<Record<string, unknown>>
  readonly create?: Readonly<Record<string, unknown>>
}

/** What a program inside a container did. `output`: both streams. */
export type Executed = { readonly exitCode: number; readonly output: string }

/** A container, running or not. */
export type Container = {
  readonly id: string
  readonly name: string
  /** Its address on the first network, at the time of the call; '' when it is not running. */
  readonly address: () => Promise<string>
  readonly inspect: () => Promise<Inspected>
  /** Everything it printed so far. */
  readonly logs: () => Promise<string>
  readonly exec: (cmd: readonly string[], options?: { readonly user?: string }) => Promise<Executed>
  /** Waits for its end; resolves with the exit code. */
  readonly ended: () => Promise<number>
  readonly kill: (signal?: string) => Promise<void>
  readonly pause: () => Promise<void>
  /** With its anonymous volumes, running or not; nothing happens when it is gone. */
  readonly remove: () => Promise<void>
}

const inspected = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.looseObject({ Status: z.string(), Running: z.boolean(), OOMKilled: z.boolean(), ExitCode: z.number() }),
  Config: z.looseObject({
    Image: z.string(),
    User: z.string(),
    Labels: z.record(z.string(), z.string()).nullable(),
    Env: z.array(z.string()).nullable(),
  }),
  NetworkSettings: z.looseObject({ Networks: z.record(z.string(), z.looseObject({ IPAddress: z.string() })) }),
})

/** The engine's own description, as far as tests look at it; the rest is there unparsed. */
export type Inspected = z.output<typeof inspected>

const created = z.object({ Id: z.string() })
const exitStatus = z.object({ StatusCode: z.number() })
const execState = z.object({ Running: z.boolean(), ExitCode: z.number().nullable() })

/** The two verbs that give containers. Those that `run` makes carry the labels too. */
export function containersOf(api: EngineApi, labels: Readonly<Record<string, string>> = {}) {
  const find = async (nameOrId: string): Promise<Container> => {
    const { Id, Name } = inspected.parse(await api.call('GET', `/containers/${nameOrId}/json`))
    return container(api, Id, Name.slice(1))
  }
  const run = async (image: string, options: RunOptions = {}): Promise<Container> => {
    const query = options.name === undefined ? {} : { name: options.name }
    const { Id } = created.parse(
      await api.call('POST', '/containers/create', {
        query,
        body: { json: createRequest(image, { ...options, labels: { ...labels, ...options.labels } }) },
      }),
    )
    await api.call('POST', `/containers/${Id}/start`)
    return find(Id)
  }
  return { run, find }
}

const createRequest = (image: string, { cmd, env = {}, labels = {}, network, host = {}, create = {} }: RunOptions) => ({
  Image: image,
  ...(cmd === undefined ? {} : { Cmd: cmd }),
  Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  Labels: labels,
  HostConfig: { ...(network === undefined ? {} : { NetworkMode: network }), ...host },
  ...create,
})

function container(api: EngineApi, id: string, name: string): Container {
  const path = `/containers/${id}`
  const inspect = async (): Promise<Inspected> => inspected.parse(await api.call('GET', `${path}/json`))
  const post = async (verb: string, query = {}): Promise<void> => void (await api.call('POST', `${path}/${verb}`, { query }))
  return {
    id,
    name,
    inspect,
    address: async () => Object.values((await inspect()).NetworkSettings.Networks)[0]?.IPAddress ?? '',
    logs: async () => demultiplex(await bytes(api, 'GET', `${path}/logs`, { query: { stdout: 'true', stderr: 'true' } })),
    exec: (cmd, options = {}) =>
      execute(api, path, {
        Cmd: cmd,
        AttachStdout: true,
        AttachStderr: true,
        ...(options.user === undefined ? {} : { User: options.user }),
      }),
    ended: async () => exitStatus.parse(await api.call('POST', `${path}/wait`)).StatusCode,
    kill: (signal = 'SIGKILL') => post('kill', { signal }),
    pause: () => post('pause'),
    remove: async () => {
      await api.call('DELETE', path, { query: { force: 'true', v: 'true' } }).catch((error: unknown) => {
        if (!(error instanceof EngineError) || error.status !== 404) throw error
      })
    },
  }
}

async function execute(api: EngineApi, path: string, request: unknown): Promise<Executed> {
  const { Id } = created.parse(await api.call('POST', `${path}/exec`, { body: { json: request } }))
  const output = demultiplex(await bytes(api, 'POST', `/exec/${Id}/start`, { body: { json: { Detach: false, Tty: false } } }))
  // The streams may end a moment before the engine knows of the exit.
  for (;;) {
    const { Running, ExitCode } = execState.parse(await api.call('GET', `/exec/${Id}/json`))
    if (!Running && ExitCode !== null) return { exitCode: ExitCode, output }
    await delay(10)
  }
}

async function bytes(api: EngineApi, ...[method, path, options]: Parameters<EngineApi['open']>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(await api.open(method, path, options)))
}

/** Both streams arrive in one: each piece after eight bytes that end in its length. */
function demultiplex(stream: Buffer): string {
  const pieces: Buffer[] = []
  for (let at = 0; at + 8 <= stream.length;) {
    const length = stream.readUInt32BE(at + 4)
    pieces.push(stream.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(pieces).toString()
}
