import { constants } from 'node:os'
import type { Observation } from '../../core/server-state.ts'
import { portKey } from './create-spec.ts'
import type { EngineCall } from './engine-call.ts'
import { inspectContainer, type Container } from './engine-containers.ts'
import type { DockerHandle } from './handle.ts'
import { labels } from './names.ts'
import type { DockerOptions } from './options.ts'
import type { Reach } from './place.ts'

/** What stands under the name of a server. */
export type Found =
  | { readonly kind: 'nothing' }
  /** The container of this run. */
  | { readonly kind: 'own'; readonly container: Container }
  /** What is left of an earlier run: its container, or the holder of its name. */
  | { readonly kind: 'older'; readonly container: Container }
  /** This run was ended, or a later one has begun: it must not live any more. */
  | { readonly kind: 'over'; readonly container: Container; readonly isHolder: boolean }
  /** A container that is not of the hub, or of another server. */
  | { readonly kind: 'foreign'; readonly container: Container }

/** Looks by the id that was noted, then by the name. */
export async function find(call: EngineCall, handle: DockerHandle, signal?: AbortSignal): Promise<Found> {
  const noted = handle.id === undefined ? null : await inspectContainer(call, handle.id, signal)
  const isAside = noted?.Name === asideName(handle.name)
  const container = (isAside ? null : noted) ?? (await inspectContainer(call, handle.name, signal))
  return container === null ? { kind: 'nothing' } : judge(container, handle)
}

/** Name under which a stopped container is kept for a look. */
export const asideName = (name: string): string => `${name}-stopped`

/** What a container is to a run, by its labels. */
export function judge(container: Container, { key, generation }: DockerHandle): Found {
  const found = container.Config.Labels ?? {}
  if (found[labels.key] !== key) return { kind: 'foreign', container }
  const theirs = Number(found[labels.generation])
  const isHolder = found[labels.ended] !== undefined
  if (theirs < generation) return { kind: 'older', container }
  if (theirs > generation || isHolder) return { kind: 'over', container, isHolder }
  return { kind: 'own', container }
}

/** True while somebody removes the container; its program is killed first, which says nothing about it. */
export const isLeaving = ({ State }: Container): boolean => State.Status === 'removing' || State.Status === 'dead'

/** True for a container that was made and never started. */
export const isUnborn = ({ State }: Container): boolean => State.Status === 'created' || State.StartedAt.startsWith('0001-')

/** Where nothing ever answers: for a container that has ended, or has no network. */
export const nowhere = (options: Pick<DockerOptions, 'port'>): string => `http://container.invalid:${options.port}`

/** The URL at which the server of a running container answers; null when it has no address, because it was taken off its network. */
export function urlOf(container: Container, options: Pick<DockerOptions, 'port' | 'networkName'>, reach: Reach): string | null {
  const { HostConfig, NetworkSettings } = container
  if (HostConfig.NetworkMode === 'host') return `http://${reach.kind === 'published' ? reach.host : '127.0.0.1'}:${options.port}`
  if (reach.kind === 'published') {
    const port = NetworkSettings.Ports?.[portKey(options)]?.[0]?.HostPort
    return port === undefined ? null : `http://${bracketed(reach.host)}:${port}`
  }
  const networks = NetworkSettings.Networks ?? {}
  const own = networks[HostConfig.NetworkMode === 'default' ? 'bridge' : HostConfig.NetworkMode] ?? Object.values(networks)[0]
  return own?.IPAddress ? `http://${bracketed(own.IPAddress)}:${options.port}` : null
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/**
 * What the hub is to see of a run. A container that is paused or was taken off its network cannot answer anybody: it counts as exited without
 * a code, and `diagnose` says why.
 */
export function observation(found: Found, options: DockerOptions, reach: Reach): Observation {
  if (found.kind !== 'own' || isUnborn(found.container) || isLeaving(found.container)) return { kind: 'absent' }
  const { State } = found.container
  if (!State.Running) return { kind: 'exited', exitCode: State.ExitCode, signal: signalOf(State.ExitCode), outOfMemory: State.OOMKilled }
  const url = State.Paused ? null : urlOf(found.container, options, reach)
  return url === null ? { kind: 'exited', exitCode: null, signal: null, outOfMemory: false } : { kind: 'running', url }
}

/** A container tells the death of its program by signal N as 128 + N. */
function signalOf(exitCode: number): string | null {
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0] ?? null
}
