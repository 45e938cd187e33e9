import { z } from 'zod'
import { hasStatus, orAbsent, type EngineCall } from './engine-call.ts'

const networkShape = z.object({ IPAddress: z.string().nullish(), Gateway: z.string().nullish() })
const portShape = z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullish()

const containerShape = z.object({
  Id: z.string(),
  Name: z.string().transform((name) => name.replace(/^\//, '')),
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    Paused: z.boolean().catch(false),
    OOMKilled: z.boolean().catch(false),
    ExitCode: z.number(),
    Error: z.string().catch(''),
    StartedAt: z.string(),
    FinishedAt: z.string().catch(''),
  }),
  Config: z.object({
    Labels: z.record(z.string(), z.string()).nullish(),
    Image: z.string(),
    User: z.string().catch(''),
    Env: z.array(z.string()).nullish(),
    Hostname: z.string().catch(''),
  }),
  HostConfig: z.object({
    NetworkMode: z.string().catch(''),
    Memory: z.number().catch(0),
    NanoCpus: z.number().catch(0),
    CpuQuota: z.number().catch(0),
    CpuPeriod: z.number().catch(0),
  }),
  Mounts: z.array(z.object({ Type: z.string(), Name: z.string().optional() })).catch([]),
  NetworkSettings: z.object({ Networks: z.record(z.string(), networkShape).nullish(), Ports: z.record(z.string(), portShape).nullish() }),
})

/** What the engine says of one container. */
export type Container = z.output<typeof containerShape>

const rowShape = z.object({
  Id: z.string(),
  /** Seconds since 1970. */
  Created: z.number().catch(0),
  State: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Names: z.array(z.string()).nullish(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), networkShape).nullish() }).nullish(),
})

/** One row of the engine's list. */
export type ContainerRow = z.output<typeof rowShape>

const path = (id: string, verb = ''): string => `/containers/${encodeURIComponent(id)}${verb}`

/** The container of that name or id; null when there is none. */
export async function inspectContainer(call: EngineCall, id: string, signal?: AbortSignal): Promise<Container | null> {
  const found = await orAbsent(call.json({ method: 'GET', path: path(id, '/json'), ...(signal === undefined ? {} : { signal }) }))
  return found === null ? null : containerShape.parse(found)
}

/** Makes a container and gives its id. Refused with 409 when the name is taken, with 404 when there is no such image. */
export async function createContainer(call: EngineCall, name: string, request: object, signal?: AbortSignal): Promise<string> {
  const made = await call.json({
    method: 'POST',
    path: '/containers/create',
    query: { name },
    body: request,
    ...(signal === undefined ? {} : { signal }),
  })
  return z.object({ Id: z.string() }).parse(made).Id
}

/** Starts a container; one that runs stays as it is. */
export async function startContainer(call: EngineCall, id: string, signal?: AbortSignal): Promise<void> {
  await call.json({ method: 'POST', path: path(id, '/start'), ...(signal === undefined ? {} : { signal }) })
}

/** Asks the container to end, kills it after `seconds`, and waits. One that does not run, or is not there, stays so. */
export async function stopContainer(call: EngineCall, id: string, seconds: number, signal: AbortSignal): Promise<void> {
  const timeoutMs = (seconds + 60) * 1000
  await orAbsent(call.json({ method: 'POST', path: path(id, '/stop'), query: { t: Math.ceil(seconds) }, signal, timeoutMs }))
}

/** Removes the container with its anonymous volumes, killing it when it runs. When somebody else is removing it at this moment, that is not waited for. */
export async function removeContainer(call: EngineCall, id: string, signal?: AbortSignal): Promise<void> {
  const request = {
    method: 'DELETE',
    path: path(id),
    query: { force: true, v: true },
    ...(signal === undefined ? {} : { signal }),
  } as const
  try {
    await orAbsent(call.json(request))
  } catch (error) {
    const isGoing = hasStatus(error, 409) && error instanceof Error && error.message.includes('already in progress')
    if (!isGoing) throw error
  }
}

/** Gives a container another name. */
export async function renameContainer(call: EngineCall, id: string, name: string): Promise<void> {
  await call.json({ method: 'POST', path: path(id, '/rename'), query: { name } })
}

/** All containers that have every one of the labels, running or not. */
export async function listContainers(call: EngineCall, labels: readonly string[], signal?: AbortSignal): Promise<readonly ContainerRow[]> {
  const query = { all: true, filters: { label: labels } }
  return z
    .array(rowShape)
    .parse(await call.json({ method: 'GET', path: '/containers/json', query, ...(signal === undefined ? {} : { signal }) }))
}

/** All containers that mount the volume, running or not. */
export async function containersUsing(call: EngineCall, volume: string): Promise<readonly ContainerRow[]> {
  const query = { all: true, filters: { volume: [volume] } }
  return z.array(rowShape).parse(await call.json({ method: 'GET', path: '/containers/json', query }))
}

/** The last lines of its output, oldest first; none when the container is gone. */
export async function containerLog(call: EngineCall, id: string, lines: number): Promise<readonly string[]> {
  const query = { stdout: true, stderr: true, tail: lines }
  const stream = await orAbsent(call.stream({ method: 'GET', path: path(id, '/logs'), query }))
  if (stream === null) return []
  const chunks: Buffer[] = []
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  const text = withoutFrames(Buffer.concat(chunks)).toString('utf8')
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

/** Output and errors come in frames of one stream: a byte for the kind, three zeros, four for the length. A terminal's output has none. */
function withoutFrames(data: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  while (at + 8 <= data.length) {
    const isFrame = (data[at] ?? 9) <= 2 && data.readUIntBE(at + 1, 3) === 0
    if (!isFrame) return data
    const length = data.readUInt32BE(at + 4)
    parts.push(data.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return at === 0 ? data : Buffer.concat(parts)
}

/** Runs a command inside a running container. Null when that could not be done, for example because the image has no such program. */
export async function runInside(
  call: EngineCall,
  id: string,
  command: readonly string[],
  timeoutMs = 10_000,
): Promise<{ exitCode: number; output: string } | null> {
  try {
    const body = { AttachStdout: true, AttachStderr: true, Cmd: command }
    const made = z.object({ Id: z.string() }).parse(await call.json({ method: 'POST', path: path(id, '/exec'), body, timeoutMs }))
    const stream = await call.stream({ method: 'POST', path: `/exec/${made.Id}/start`, body: { Detach: false, Tty: false }, timeoutMs })
    const timer = setTimeout(() => stream.destroy(new Error('it took too long')), timeoutMs)
    const chunks: Buffer[] = []
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
    clearTimeout(timer)
    const ended = z.object({ ExitCode: z.number().nullable() }).parse(await call.json({ method: 'GET', path: `/exec/${made.Id}/json` }))
    return { exitCode: ended.ExitCode ?? -1, output: withoutFrames(Buffer.concat(chunks)).toString('utf8') }
  } catch {
    return null
  }
}
