import { isObject } from '../docker-py-names.ts'
import { guardLabel } from './check-create.ts'
import { isUserNetwork } from './check-host.ts'
import type { Checked } from './check-create.ts'
import type { Reason } from './check-mounts.ts'
import { isNothing } from './patterns.ts'
import type { Permits } from './permits.ts'

/** A network as the engine tells of it. */
export type NetworkSeen = { readonly name: string; readonly labels: Readonly<Record<string, unknown>> }

/** Whether a network belongs to the installation. That of all may have been made by the operator; those of single users carry the mark. */
export const isOwnNetwork = ({ name, labels }: NetworkSeen, permits: Permits): boolean =>
  name === permits.options.networkName || (isUserNetwork(name, permits) && labels[guardLabel] === permits.installation)

const builtIn: ReadonlySet<string> = new Set(['bridge', 'host', 'none', 'default'])
const iccOption = 'com.docker.network.bridge.enable_icc'
const members: ReadonlySet<string> = new Set(['Name', 'CheckDuplicate', 'Driver', 'Labels', 'Options', 'IPAM'])

/** Checks a request to make a network. `seenRanges`: those that the network of all had before it vanished. Pure. */
export function checkNetwork(body: Readonly<Record<string, unknown>>, permits: Permits, seenRanges: ReadonlySet<string>): Checked {
  const { Name, Driver, Labels, Options, IPAM } = body
  const strange = Object.keys(body).find((name) => !members.has(name) && !isNothing(body[name]))
  if (strange !== undefined) return { reason: `a network may not have ${strange}` }
  if (typeof Name !== 'string' || builtIn.has(Name) || (Name !== permits.options.networkName && !isUserNetwork(Name, permits)))
    return { reason: `${String(Name)} is no network of the configuration` }
  if (Driver !== 'bridge') return { reason: 'only bridge networks are made' }
  const labels = labelsOf(Labels, Name)
  if (labels === null) return { reason: 'its labels are not those of a network of servers' }
  if (!isPlainOptions(Options)) return { reason: 'its options are not those of a network of servers' }
  const reason = checkRanges(
    IPAM,
    Name === permits.options.networkName ? (range) => seenRanges.has(range) : (range) => isInPool(range, permits),
  )
  if (reason !== null) return { reason }
  const ipam = isObject(IPAM) ? { IPAM: { Driver: 'default', Config: IPAM['Config'] } } : {}
  const own = { ...labels, [guardLabel]: permits.installation }
  return { body: { Name, CheckDuplicate: true, Driver: 'bridge', Labels: own, Options: isObject(Options) ? Options : {}, ...ipam } }
}

function labelsOf(labels: unknown, network: string): Readonly<Record<string, unknown>> | null {
  if (!isObject(labels) || labels['orrery.network'] !== network) return null
  return Object.entries(labels).every(([name, value]) => name.startsWith('orrery.') && typeof value === 'string') ? labels : null
}

const isPlainOptions = (options: unknown): boolean =>
  isNothing(options) ||
  (isObject(options) && Object.entries(options).every(([name, value]) => name === iccOption && (value === 'false' || value === 'true')))

function checkRanges(ipam: unknown, isKnown: (range: string) => boolean): Reason {
  if (isNothing(ipam)) return null
  const config =
    isObject(ipam) && Object.keys(ipam).every((name) => name === 'Driver' || name === 'Config') && ipam['Driver'] === 'default'
      ? ipam['Config']
      : null
  if (!Array.isArray(config)) return 'its addresses cannot be understood'
  const isPlain = (row: unknown): boolean =>
    isObject(row) &&
    Object.keys(row).every((name) => name === 'Subnet' || name === 'Gateway') &&
    typeof row['Subnet'] === 'string' &&
    isKnown(row['Subnet'])
  return config.every(isPlain) ? null : 'its addresses are not in spawner.userNetworkPool'
}

/** Whether a range of 16 addresses lies in the pool of the networks of single users. */
function isInPool(range: string, { options }: Permits): boolean {
  const [address = '', bits] = range.split('/')
  const [base = '', poolBits = '32'] = options.userNetworkPool.split('/')
  const size = 2 ** (32 - Number(poolBits))
  return (
    bits === '28' && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) && Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size)
  )
}

const numberOf = (address: string): number => address.split('.').reduce((total, part) => total * 256 + Number(part), 0)
