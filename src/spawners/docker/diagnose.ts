import type { ErrorRecord } from '../../core/errors.ts'
import { endedIt, outOfMemory, seenBefore } from '../../core/out-of-memory.ts'
import type { Observation } from '../../core/server-state.ts'
import { toIso, type IsoTime } from '../../core/time.ts'
import { probe } from '../../lib/http-client.ts'
import { readSigns, type SignContext } from '../process/log-signs.ts'
import type { StartSpec } from '../spawner.ts'
import type { DockerDeps } from './deps.ts'
import { containerLog, runInside, type Container } from './engine-containers.ts'
import { hasFile } from './engine-files.ts'
import type { DockerHandle } from './handle.ts'
import { listenersIn } from './listening.ts'
import { find, isLeaving, urlOf } from './look.ts'
import type { DockerOptions } from './options.ts'

/** Lines at the end of a log in which signs count: what stands before has been overcome. */
const readLines = 200
const probeMs = 1000
const serverCommand = 'jupyterhub-singleuser'

/** What is asked about, and what the engine says of it. */
type Case = { readonly container: Container; readonly found: Observation; readonly spec: StartSpec; readonly log: readonly string[] }

/** Why a server failed, by its state, its log, its image and its sockets; null when nothing but its exit code is known. */
export async function diagnoseRun(
  deps: DockerDeps,
  handle: DockerHandle,
  found: Observation,
  spec: StartSpec,
): Promise<ErrorRecord | null> {
  const there = await find(deps.call, handle)
  if (there.kind !== 'own' || isLeaving(there.container)) return { code: 'server_container_removed', detail: { name: handle.name } }
  const { container } = there
  const log = await containerLog(deps.call, container.Id, readLines)
  const the: Case = { container, found, spec, log }
  if (container.State.Running) return await diagnoseLiving(deps, the)
  return await diagnoseDead(deps, the)
}

/** How long an event of the engine may take that is told before the end of the container, milliseconds. */
const eventMs = 300

/** The engine's mark says that something in the container was ended for want of memory, at any time of its life. */
async function diagnoseMemory({ clock, memoryKills, lastReadings }: DockerDeps, container: Container): Promise<ErrorRecord | null> {
  if (!container.State.OOMKilled) return null
  const at = endedAt(container, toIso(clock.now()))
  const isRelated = (): boolean => endedIt(memoryKills.get(container.Id) ?? null, at)
  if (!isRelated()) await clock.sleep(eventMs)
  if (!isRelated()) return null
  return outOfMemory({ limitBytes: limitOf(container), seenBytes: seenBefore(lastReadings.get(container.Id) ?? null, at), at })
}

async function diagnoseDead(deps: DockerDeps, { container, found, log }: Case): Promise<ErrorRecord | null> {
  const { call, clock, options } = deps
  const memory = await diagnoseMemory(deps, container)
  if (memory !== null) return memory
  const sign = readSigns(log, signContext(container, options, found, toIso(clock.now())))
  if (sign !== null) return sign
  const { ExitCode } = container.State
  if (await lacksServer(call, container)) {
    return { code: 'server_image_unsuitable', detail: { image: imageNameOf(container), command: options.cmd?.[0] ?? serverCommand } }
  }
  return ExitCode === 127 ? { code: 'server_command_not_found', detail: { command: options.cmd?.join(' ') ?? serverCommand } } : null
}

async function diagnoseLiving(deps: DockerDeps, the: Case): Promise<ErrorRecord | null> {
  const { clock, options } = deps
  const { container, found, spec, log } = the
  if (container.State.Paused) return { code: 'server_paused', detail: { name: container.Name } }
  const { reach } = await deps.surroundings()
  const url = urlOf(container, options, reach)
  if (url === null) return { code: 'server_network_missing', detail: { network: container.HostConfig.NetworkMode } }
  const sign = readSigns(log, signContext(container, options, found, toIso(clock.now())))
  const answer = await probe(`${url}${spec.servicePrefix}api`, { timeoutMs: probeMs })
  if (answer.kind === 'answer' && answer.status < 500) return hasOtherToken(container, spec) ? tokenRefused : sign
  return sign ?? (await diagnoseSockets(deps, the, url)) ?? null
}

const tokenRefused: ErrorRecord = { code: 'server_token_refused', detail: {} }

/** Where the program listens, as seen from inside its container. */
async function diagnoseSockets({ call, options }: DockerDeps, { container }: Case, url: string): Promise<ErrorRecord | null> {
  const seen = await runInside(call, container.Id, ['cat', '/proc/net/tcp', '/proc/net/tcp6'])
  if (seen === null) return null
  const nameServicePort = /:0B00007F$/
  const listeners = listenersIn(
    seen.output
      .split('\n')
      .filter((line) => !nameServicePort.test(line))
      .join('\n'),
  )
  const expected = listeners.filter(({ port }) => port === options.port)
  if (expected.some(({ isLoopback }) => !isLoopback)) {
    return { code: 'server_out_of_reach', detail: { url, network: container.HostConfig.NetworkMode } }
  }
  if (expected.length > 0) return { code: 'server_listens_inside_only', detail: {} }
  const other = listeners.find(({ isLoopback }) => !isLoopback)
  return other === undefined ? null : { code: 'server_wrong_port', detail: { actualPort: other.port, expectedPort: options.port } }
}

/** The hub knows one token for this run: with another one, from `environment` or the image, the server is a stranger to it. */
function hasOtherToken({ Config }: Container, spec: StartSpec): boolean {
  const token = Config.Env?.find((line) => line.startsWith('JUPYTERHUB_API_TOKEN='))?.slice('JUPYTERHUB_API_TOKEN='.length)
  return token !== undefined && token !== spec.environment['JUPYTERHUB_API_TOKEN']
}

const fallbackPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Whether the image has no single-user server on its search path. */
async function lacksServer(call: DockerDeps['call'], container: Container): Promise<boolean> {
  const path = container.Config.Env?.find((line) => line.startsWith('PATH='))?.slice('PATH='.length) ?? fallbackPath
  for (const folder of path.split(':').filter((part) => part.startsWith('/'))) {
    if (await hasFile(call, container.Id, `${folder}/${serverCommand}`)) return false
  }
  return true
}

function signContext(container: Container, options: DockerOptions, found: Observation, now: IsoTime): SignContext {
  const home = container.Config.Env?.find((line) => line.startsWith('HOME='))?.slice('HOME='.length)
  return {
    home: home ?? options.homeDir ?? '/home',
    command: options.cmd?.[0] ?? serverCommand,
    exitCode: found.kind === 'exited' ? found.exitCode : null,
    memLimit: limitOf(container),
    at: endedAt(container, now),
    port: options.port,
    isRunning: found.kind === 'running',
  }
}

const limitOf = ({ HostConfig }: Container): number | null => (HostConfig.Memory > 0 ? HostConfig.Memory : null)

/** When its program ended, in the engine's words with nanoseconds; `now` while it runs. */
function endedAt({ State }: Container, now: IsoTime): IsoTime {
  const at = Date.parse(State.FinishedAt)
  return State.Running || Number.isNaN(at) || at <= 0 ? now : toIso(at)
}

const imageNameOf = ({ Config }: Container): string =>
  Config.Env?.find((line) => line.startsWith('JUPYTER_IMAGE_SPEC='))?.slice('JUPYTER_IMAGE_SPEC='.length) ?? Config.Image
