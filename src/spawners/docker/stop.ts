import type { DockerDeps } from './deps.ts'
import { hasStatus, type EngineCall } from './engine-call.ts'
import {
  containerLog,
  createContainer,
  inspectContainer,
  listContainers,
  removeContainer,
  renameContainer,
  stopContainer,
  type Container,
} from './engine-containers.ts'
import { ensureMarkerImage, markerImage } from './engine-images.ts'
import { dropNetwork, inspectNetwork } from './engine-networks.ts'
import type { DockerHandle } from './handle.ts'
import { asideName, find, judge } from './look.ts'
import { labels, userNetworkName } from './names.ts'

const keptLines = 200
const keptBytes = 64 * 1024
const pauseMs = 50

/**
 * Ends the container of a run and puts one that never runs in the place of its name, with the last lines of the log. While it stands there, nobody
 * can make a container for this run any more, and who had just made one cannot start it: starts go by the id of what was removed.
 */
export async function stopRun(deps: DockerDeps, handle: DockerHandle, signal: AbortSignal): Promise<void> {
  const { call, clock } = deps
  let log: readonly string[] = []
  while (true) {
    signal.throwIfAborted()
    const found = await find(call, handle, signal)
    if (found.kind === 'over') break
    if (found.kind === 'foreign') return
    if (found.kind === 'nothing') {
      if (await holdName(deps, handle, log)) break
      await clock.sleep(pauseMs, signal)
    } else if (found.container.State.Status === 'removing') {
      await clock.sleep(pauseMs, signal)
    } else {
      const lines = await end(deps, found.container, signal)
      if (found.kind === 'own') log = lines
    }
  }
  await endStrays(deps, handle, signal)
}

/** Ends one container and takes its last lines before it goes. */
async function end({ call, options }: DockerDeps, container: Container, signal: AbortSignal): Promise<readonly string[]> {
  const isHolder = container.Config.Labels?.[labels.ended] !== undefined
  if (isHolder) {
    await removeContainer(call, container.Id, signal)
    return []
  }
  if (container.State.Running) await stopContainer(call, container.Id, container.State.Paused ? 0 : options.stopTimeoutSeconds, signal)
  const log = await containerLog(call, container.Id, keptLines)
  if (options.remove) await removeContainer(call, container.Id, signal)
  else await setAside(call, container)
  await leaveUserNetwork(call, container, options.networkName, options.networkMembers)
  return log
}

/** Keeps a stopped container for a look, under another name. */
async function setAside(call: EngineCall, { Id, Name }: Container): Promise<void> {
  const aside = asideName(Name)
  const before = await inspectContainer(call, aside)
  if (before?.Config.Labels?.[labels.key] !== undefined) await removeContainer(call, before.Id)
  await renameContainer(call, Id, aside)
}

/** False when somebody else has the name at this moment. */
async function holdName({ call, installation }: DockerDeps, handle: DockerHandle, log: readonly string[]): Promise<boolean> {
  const request = {
    Image: markerImage,
    Cmd: ['-'],
    Labels: {
      [labels.hub]: installation,
      [labels.key]: handle.key,
      [labels.generation]: `${handle.generation}`,
      [labels.ended]: 'true',
      [labels.log]: lastBytes(log),
    },
    HostConfig: { NetworkMode: 'none' },
  }
  try {
    await createContainer(call, handle.name, request)
    return true
  } catch (error) {
    if (hasStatus(error, 409)) return false
    if (!hasStatus(error, 404)) throw error
    await ensureMarkerImage(call)
    return false
  }
}

function lastBytes(log: readonly string[]): string {
  const text = log.join('\n')
  return text.length <= keptBytes ? text : text.slice(-keptBytes).replace(/^[^\n]*\n/, '')
}

/** A container of this run that somebody has given another name. */
async function endStrays(deps: DockerDeps, handle: DockerHandle, signal: AbortSignal): Promise<void> {
  for (const { Id } of await listContainers(deps.call, [`${labels.key}=${handle.key}`, labels.spec], signal)) {
    const container = await inspectContainer(deps.call, Id, signal)
    if (container === null || container.Name === asideName(handle.name)) continue
    const { kind } = judge(container, handle)
    if (kind === 'own' || kind === 'older') await end(deps, container, signal)
  }
}

/** The network of a single user goes with the last container in it. */
async function leaveUserNetwork(call: EngineCall, container: Container, networkName: string, members: readonly string[]): Promise<void> {
  const name = container.HostConfig.NetworkMode
  const userName = container.Config.Labels?.[labels.user]
  if (userName === undefined || name !== userNetworkName(networkName, userName)) return
  const network = await inspectNetwork(call, name)
  if (network === null) return
  const others = await listContainers(call, [`${labels.user}=${userName}`, labels.spec])
  if (others.some((row) => row.State === 'running' && row.Id !== container.Id)) return
  await dropNetwork(call, name, [...new Set([...Object.keys(network.Containers ?? {}), ...members])])
}

/** The lines that were kept when the run was ended; or those of its container. */
export async function logsOf({ call }: DockerDeps, handle: DockerHandle, lines: number): Promise<readonly string[]> {
  const found = await find(call, handle)
  if (found.kind === 'own') return await containerLog(call, found.container.Id, lines)
  if (found.kind !== 'over' || !found.isHolder) return []
  const kept = found.container.Config.Labels ?? {}
  const text = kept[labels.generation] === `${handle.generation}` ? (kept[labels.log] ?? '') : ''
  return text === '' ? [] : text.split('\n').slice(-lines)
}

/** Gives the name of an ended run free again. */
export async function forgetRun({ call }: DockerDeps, handle: DockerHandle): Promise<void> {
  const found = await find(call, handle)
  const isLeft = found.kind === 'over' && found.isHolder && found.container.Config.Labels?.[labels.generation] === `${handle.generation}`
  if (isLeft || (found.kind === 'older' && found.container.Config.Labels?.[labels.ended] !== undefined))
    await removeContainer(call, found.container.Id)
}
