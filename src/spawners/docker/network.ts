import { HubError } from '../../core/errors.ts'
import { bindAddress, isLoopback, isWildcard } from '../../core/option-schemas.ts'
import { createTurns } from '../../lib/turns.ts'
import { connectionOf } from './connection.ts'
import { createEngineCall, hasStatus, type EngineCall } from './engine-call.ts'
import { explained } from './engine-errors.ts'
import { connectNetwork, createNetwork, findNetwork, gatewayOf, letsContainersTalk, type Network } from './engine-networks.ts'
import { labels, userNetworkName } from './names.ts'
import type { DockerOptions } from './options.ts'
import { findPlace, outwardAddress, type Place } from './place.ts'

/** Networks that every engine has and nobody makes. */
const builtIn: ReadonlySet<string> = new Set(['bridge', 'host', 'none'])

/** Gives the network that a user's containers join, made and joined by the hub where that is needed. */
export type Networks = { networkFor(userName: string, place: Place): Promise<string> }

/** Makes the keeper of the networks of one engine. Its methods reject with server_network_open and the errors of the engine. */
export function createNetworks(call: EngineCall, options: DockerOptions, installation = ''): Networks {
  /** A network that was removed comes back with its addresses: the hub listens on one of them. */
  const known = new Map<string, Network>()
  /** One look after the other: who finds no network makes one, and two of a name are of no use. */
  const turn = createTurns(1)

  const shared = async (name: string): Promise<string> => {
    const found = await ensureNetwork(call, name, { isolated: options.isolateUsers, before: known.get(name) ?? null })
    known.set(name, found)
    if (options.isolateUsers && found.Driver === 'bridge' && letsContainersTalk(found))
      throw new HubError('server_network_open', { network: name })
    return name
  }

  /** Who asks while somebody is looking waits for the same answer: a whole class at once is one look. */
  let looking: Promise<string> | null = null
  const sharedByAll = (): Promise<string> => {
    looking ??= turn.run(() => shared(options.networkName)).finally(() => (looking = null))
    return looking
  }

  const ofUser = async (userName: string, hub: string): Promise<string> => {
    const name = userNetworkName(options.networkName, userName)
    if ((await findNetwork(call, name)) === null) {
      const ownLabels = { [labels.hub]: installation, [labels.user]: userName }
      await createSmallNetwork(call, name, { pool: options.userNetworkPool, labels: ownLabels })
    }
    for (const member of [hub, ...options.networkMembers]) await connectNetwork(call, name, member)
    return name
  }

  return {
    networkFor: async (userName, place) => {
      if (builtIn.has(options.networkName) && options.networkName !== 'bridge') return options.networkName
      if (options.isolateUsers && place.kind === 'container') return await turn.run(() => ofUser(userName, place.container.Id))
      const name = await sharedByAll()
      if (place.kind === 'container' && !isMember(place, name)) await connectNetwork(call, name, place.container.Id)
      return name
    },
  }
}

const isMember = (place: Extract<Place, { kind: 'container' }>, network: string): boolean =>
  Object.hasOwn(place.container.NetworkSettings.Networks ?? {}, network)

async function ensureNetwork(
  call: EngineCall,
  name: string,
  { isolated, before }: { isolated: boolean; before: Network | null },
): Promise<Network> {
  const found = await findNetwork(call, name)
  if (found !== null) return found
  await createNetwork(call, name, { isolated, addresses: before?.IPAM?.Config ?? [] })
  const made = await findNetwork(call, name)
  if (made === null) throw new HubError('server_network_missing', { network: name })
  return made
}

const triesForAddresses = 64

/** A network of 14 addresses from the pool: the ranges that engines choose by themselves are used up after some thirty users. */
async function createSmallNetwork(
  call: EngineCall,
  name: string,
  { pool, labels: ownLabels }: { readonly pool: string; readonly labels: Readonly<Record<string, string>> },
): Promise<void> {
  const [base = '', bits = '16'] = pool.split('/')
  const first = base.split('.').reduce((total, part) => total * 256 + Number(part), 0)
  const count = 2 ** (28 - Number(bits))
  const offset = Buffer.from(name).reduce((hash, byte) => (hash * 31 + byte) % count, 7)
  for (let index = 0; index < Math.min(count, triesForAddresses); index += 1) {
    const address = first + ((offset + index) % count) * 16
    const Subnet = `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/28`
    try {
      return await createNetwork(call, name, { isolated: false, addresses: [{ Subnet, Gateway: null }], labels: ownLabels })
    } catch (error) {
      if (!isOverlap(error)) throw error
    }
  }
  throw new HubError('engine_refused', { reason: `no address range of ${pool} is free` })
}

const isOverlap = (error: unknown): boolean => hasStatus(error, 400, 403, 500) && error instanceof Error && /overlap/i.test(error.message)

/** How containers reach the hub. */
export type HubReach = {
  /** Addresses on which the hub has to listen besides its own, so that containers reach it. */
  readonly listenOn: readonly string[]
  /** Host by which containers reach the hub. */
  readonly host: string
  /** The same in words, for the log: `through the gateway of the network orrery`. */
  readonly how: string
}

/**
 * Finds out, before the hub listens, on which addresses it has to listen for containers to reach it, and by which name they do.
 * Makes the configured network when it is missing. `bindUrl` that names one address beside loopback, or all, is taken as it is.
 * Throws engine_unreachable, engine_denied, server_network_open, engine_refused.
 */
export async function hubReach(
  options: DockerOptions,
  { env, bindUrl }: { readonly env: Readonly<Record<string, string | undefined>>; readonly bindUrl: string },
): Promise<HubReach> {
  const call = createEngineCall(connectionOf(options, env))
  return await explained({ url: call.url, network: options.networkName }, async () => {
    const place = await findPlace(call)
    const found = await reachHub(call, options, place)
    const { host } = bindAddress(bindUrl)
    if (isWildcard(host)) return { ...found, listenOn: [] }
    return isLoopback(host) ? found : { listenOn: [], host, how: 'at the address of hub.bindUrl' }
  })
}

async function reachHub(call: EngineCall, options: DockerOptions, place: Place): Promise<HubReach> {
  const { networkName } = options
  if (networkName === 'host') return { listenOn: [], host: '127.0.0.1', how: 'by the network of the machine' }
  if (place.kind === 'container') return await reachInContainer(call, options, place)
  if (place.kind === 'apart' && place.why === 'desktop')
    return { listenOn: [], host: 'host.docker.internal', how: 'by the name that Docker Desktop gives this machine' }
  await createNetworks(call, options).networkFor('', place)
  if (place.kind === 'apart') return outward()
  const network = await findNetwork(call, networkName)
  const gateway = network === null ? null : gatewayOf(network)
  return gateway === null ? outward() : { listenOn: [gateway], host: gateway, how: `through the gateway of the network ${networkName}` }
}

function outward(): HubReach {
  const address = outwardAddress()
  if (address === null)
    throw new HubError('engine_refused', {
      reason: 'this machine has no address that containers can reach; set hub.bindUrl and hub.connectUrl',
    })
  return { listenOn: [address], host: address, how: 'at the address of this machine' }
}

/** Networks with names of their own have a name service: the name of the hub's container stays when its address changes. */
async function reachInContainer(call: EngineCall, options: DockerOptions, place: Extract<Place, { kind: 'container' }>): Promise<HubReach> {
  const { container } = place
  const listenOn = ['0.0.0.0']
  if (options.networkName !== 'bridge') {
    if (!options.isolateUsers) await createNetworks(call, options).networkFor('', place)
    return { listenOn, host: container.Name, how: `by the name of the hub's container` }
  }
  const address = container.NetworkSettings.Networks?.['bridge']?.IPAddress
  return { listenOn, host: address || container.Name, how: "at the address of the hub's container" }
}
