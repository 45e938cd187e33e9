import { BlockList, isIP } from 'node:net'
import { HubError } from '../core/errors.ts'
import { safeEqual } from '../lib/secrets.ts'

/** Who asks, as far as it can be believed. */
export type Client = {
  /** Address of the browser or program; `local` for a caller on the private socket. */
  readonly address: string
  readonly protocol: 'http' | 'https'
  /** Host and port as the browser sees them; empty when the request names none that is valid. */
  readonly host: string
  /** `protocol://host`, or the origin of the public URL when one is configured. */
  readonly origin: string
}

/** Decides who may speak for somebody else. */
export type TrustedPeers = {
  /** Does the proxy of this installation send the request? `peer` is null on the private socket. */
  readonly speaks: (peer: string | null, headers: Headers) => boolean
  /** Is there a proxy in front of ours at the address, which says truly where a request comes from? */
  readonly relays: (address: string) => boolean
}

/** Field by which the proxy shows that it is the one of this installation. */
const proofField = 'x-orrery-proxy'

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** IPv4 in its own notation, also when it arrives mapped into IPv6; zone and brackets removed. Empty when it is no address. */
export function normaliseAddress(raw: string): string {
  const bare = raw
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  const address = mapped ?? bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  return isIP(address) === 0 ? '' : address
}

/**
 * Trusts whoever sends `proof` (null: nobody but the private socket), and of what it reports the proxies in front of it: networks such as
 * `10.0.0.0/8`, single addresses, or `*` for all. An address by itself proves nothing: notebook servers run on the same machine and in the same networks.
 * Throws HubError bad_request for a network that cannot be read.
 */
export function trustPeers(networks: readonly string[], proof: string | null = null): TrustedPeers {
  const list = new BlockList()
  const all = networks.includes('*')
  for (const network of networks) if (network !== '*') addNetwork(list, network)
  return {
    speaks: (peer, headers) => peer === null || (proof !== null && safeEqual(headers.get(proofField) ?? '', proof)),
    relays: (address) => all || (address !== '' && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')),
  }
}

function addNetwork(list: BlockList, network: string): void {
  const [rawAddress = '', rawBits] = network.split('/')
  const address = normaliseAddress(rawAddress)
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  const width = family === 'ipv6' ? 128 : 32
  const bits = rawBits === undefined ? width : Number(rawBits)
  if (address === '' || !Number.isInteger(bits) || bits < 0 || bits > width) {
    throw new HubError('bad_request', { reason: `${network} is not a network such as 10.0.0.0/8` })
  }
  list.addSubnet(address, bits, family)
}

const firstOf = (header: string | null): string => (header ?? '').split(',')[0]?.trim() ?? ''

/** Walks the list of hops from the nearest one outwards and stops at the first that nobody vouches for. */
function outermost(peer: string, forwardedFor: string | null, trusted: TrustedPeers): string {
  const hops = (forwardedFor ?? '')
    .split(',')
    .map(normaliseAddress)
    .filter((hop) => hop !== '')
  // The last hop is what our own proxy saw.
  const [nearest = peer, ...further] = hops.toReversed()
  let address = nearest
  for (const hop of further) {
    if (!trusted.relays(address)) break
    address = hop
  }
  return address
}

/**
 * Works out address, protocol and host of the browser. Forwarding headers count only when our own proxy sends them;
 * a configured public URL beats every header. `peer` is null on the private socket.
 */
export function describeClient(peer: string | null, headers: Headers, trusted: TrustedPeers, publicUrl: URL | null): Client {
  const near = peer === null ? '' : normaliseAddress(peer)
  const vouched = trusted.speaks(peer, headers)
  const address = vouched ? outermost(near, headers.get('x-forwarded-for'), trusted) : near
  const claimedProtocol = vouched ? firstOf(headers.get('x-forwarded-proto')).toLowerCase() : ''
  const claimedHost = vouched ? firstOf(headers.get('x-forwarded-host')) : ''
  const host = [publicUrl?.host ?? '', claimedHost, headers.get('host') ?? ''].find((text) => hostPattern.test(text)) ?? ''
  const protocol =
    publicUrl === null ? (claimedProtocol === 'https' ? 'https' : 'http') : publicUrl.protocol === 'https:' ? 'https' : 'http'
  return { address: address === '' ? 'local' : address, protocol, host, origin: publicUrl?.origin ?? `${protocol}://${host}` }
}
