import { readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { z } from 'zod'
import type { EngineCall } from './engine-call.ts'
import { inspectContainer, type Container } from './engine-containers.ts'
import type { DockerOptions } from './options.ts'

const infoShape = z.object({
  OperatingSystem: z.string().catch(''),
  SecurityOptions: z.array(z.string()).nullish(),
  ServerVersion: z.string().catch(''),
  DockerRootDir: z.string().catch(''),
  NCPU: z.number().catch(0),
  MemTotal: z.number().catch(0),
})

/** What the engine says of itself. */
export type EngineInfo = z.output<typeof infoShape>

/** Asks the engine about itself. */
export async function engineInfo(call: EngineCall, signal?: AbortSignal): Promise<EngineInfo> {
  return infoShape.parse(await call.json({ method: 'GET', path: '/info', timeoutMs: 15_000, ...(signal === undefined ? {} : { signal }) }))
}

/** Where the hub stands as seen from the engine. */
export type Place =
  /** Beside the engine, in the same network of the machine. */
  | { readonly kind: 'host' }
  /** In a container of the engine. */
  | { readonly kind: 'container'; readonly container: Container }
  /** Elsewhere: the engine is in a virtual machine of the desktop, without root, or on another machine. */
  | { readonly kind: 'apart'; readonly why: 'desktop' | 'rootless' | 'remote' }

/** Finds out where the hub stands. */
export async function findPlace(call: EngineCall): Promise<Place> {
  const own = await ownContainer(call)
  if (own !== null) return { kind: 'container', container: own }
  const info = await engineInfo(call)
  if (info.OperatingSystem.includes('Docker Desktop')) return { kind: 'apart', why: 'desktop' }
  if (isRemote(call.url)) return { kind: 'apart', why: 'remote' }
  if ((info.SecurityOptions ?? []).some((option) => option.includes('rootless'))) return { kind: 'apart', why: 'rootless' }
  return { kind: 'host' }
}

function isRemote(url: string): boolean {
  if (url.startsWith('unix:')) return false
  return !/^(?:127\.[\d.]+|localhost|\[::1\])$/.test(new URL(url.replace(/^\w+:/, 'http:')).hostname)
}

/** The container in which this process runs, when it is one of the engine. */
async function ownContainer(call: EngineCall): Promise<Container | null> {
  for (const id of await ownIds()) {
    const found = await inspectContainer(call, id)
    if (found !== null && found.State.Running) return found
  }
  return null
}

/** The engine mounts /etc/hostname from a folder named by the id of the container. A host name of twelve hexadecimal digits is the fallback. */
async function ownIds(): Promise<readonly string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const line = mounts.split('\n').find((text) => text.split(' ')[4] === '/etc/hostname') ?? ''
  const id = /([0-9a-f]{64})\/(?:userdata\/)?hostname\b/.exec(line)?.[1]
  const name = hostname()
  return [...(id === undefined ? [] : [id]), ...(/^[0-9a-f]{12}$/.test(name) ? [name] : [])]
}

/** How the hub reaches containers: by their own address, or by a port that is published on `publishOn` and reached at `host`. */
export type Reach = { readonly kind: 'internal' } | { readonly kind: 'published'; readonly publishOn: string; readonly host: string }

/** The way to containers, unless the options say another. */
export function reachOf(place: Place, options: Pick<DockerOptions, 'useInternalIp' | 'hostIp' | 'networkName'>, url: string): Reach {
  const internal = options.useInternalIp ?? (place.kind !== 'apart' && options.networkName !== 'host')
  if (internal) return { kind: 'internal' }
  const engineHost = isRemote(url) ? new URL(url.replace(/^\w+:/, 'http:')).hostname : '127.0.0.1'
  const publishOn = options.hostIp ?? (isRemote(url) ? '0.0.0.0' : '127.0.0.1')
  return { kind: 'published', publishOn, host: /^(?:0\.0\.0\.0|::)$/.test(publishOn) ? engineHost : publishOn }
}

/** An address of this machine that others can reach; null when it has none. IPv4 first. */
export function outwardAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outward = all.filter((address) => !address.internal && !address.address.startsWith('fe80:'))
  return (outward.find((address) => address.family === 'IPv4') ?? outward[0])?.address ?? null
}
