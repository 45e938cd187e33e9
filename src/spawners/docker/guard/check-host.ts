import { isObject } from '../docker-py-names.ts'
import { userNetworkName } from '../names.ts'
import { checkBind, checkMount, type Reason } from './check-mounts.ts'
import { fits, fitsValue, isNothing, type Known } from './patterns.ts'
import type { Permits } from './permits.ts'

/** What a container is for. `server`: somebody's notebook. `trial`: as one, for the doctor. `helper`: looks into images and volumes. `holder`: holds a name. */
export type Kind = 'server' | 'trial' | 'helper' | 'holder'

/** What the members of a request are judged by. */
export type CreateContext = {
  readonly permits: Permits
  readonly kind: Kind
  /** Fields of templates, as far as they follow from the labels. */
  readonly known: Known
  /** The same for what is mounted: by the name of the account, and by the name under which files are kept. */
  readonly owners: readonly Known[]
  readonly userName: string
}

type Rule = (value: unknown, context: CreateContext) => Reason

const number = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value)
const amount: Rule = (value) => (number(value) && value > 0 ? null : 'it has to be a number above zero')
const switched: Rule = (value) => (typeof value === 'boolean' ? null : 'it has to be true or false')
const each =
  (rule: Rule): Rule =>
  (value, context) =>
    Array.isArray(value)
      ? (value.map((one: unknown) => rule(one, context)).find((reason) => reason !== null) ?? null)
      : 'it has to be a list'

/** Null when one of them is permitted, else the reason of the first. */
function forAny(owners: readonly Known[], check: (known: Known) => Reason): Reason {
  const reasons = owners.map(check)
  return reasons.includes(null) ? null : (reasons[0] ?? 'nothing is permitted')
}

const memory: Rule = (value, { permits }) =>
  number(value) && value > 0 && value <= (permits.memory ?? Infinity) ? null : 'it is more than the configuration gives to anybody'

const network: Rule = (value, { permits, kind, userName }) => {
  const { networkName } = permits.options
  if (value === 'none') return null
  if (kind === 'helper' || kind === 'holder') return 'such a container has no network'
  if (value === networkName || (kind === 'server' && value === userNetworkName(networkName, userName))) return null
  const isOfUser = kind === 'trial' && typeof value === 'string' && isUserNetwork(value, permits)
  return isOfUser ? null : `the network is not ${networkName} or that of the user`
}

/** Whether a network has a name that the network of a single user has. */
export const isUserNetwork = (name: string, { options }: Permits): boolean =>
  name.startsWith(`${options.networkName}-`) && /^[a-z0-9]+(?:-+[a-z0-9]+)*$/.test(name.slice(options.networkName.length + 1))

const ports: Rule = (value, { permits, kind }) => {
  if (!isObject(value) || kind === 'helper' || kind === 'holder') return 'such a container publishes no port'
  const { port, hostIp } = permits.options
  const addresses = hostIp === undefined ? ['127.0.0.1', '0.0.0.0'] : [hostIp]
  const isOwn = (binding: unknown): boolean =>
    isObject(binding) && Object.keys(binding).length === 2 && addresses.includes(String(binding['HostIp'])) && binding['HostPort'] === ''
  const others = Object.entries(value).filter(([name, list]) => name !== `${port}/tcp` || !Array.isArray(list) || !list.every(isOwn))
  return others.length === 0 ? null : 'only the port of the server may be published, on a port that the engine chooses'
}

/** What may stand in the host part of a request. Whatever is not here, and not in the configuration itself, is refused. */
const rules: Readonly<Record<string, Rule>> = {
  NetworkMode: network,
  RestartPolicy: (value) =>
    isObject(value) &&
    (value['Name'] === 'no' || value['Name'] === '') &&
    Object.keys(value).every((name) => name === 'Name' || isNothing(value[name]))
      ? null
      : 'the engine may not start a container again',
  AutoRemove: switched,
  Init: switched,
  Binds: each((bind, { permits, owners }) => forAny(owners, (known) => checkBind(bind, permits, known))),
  Mounts: each((mount, { permits, owners }) => forAny(owners, (known) => checkMount(mount, permits, known))),
  Memory: memory,
  MemorySwap: (value, { permits }) =>
    number(value) && (permits.memory === null || (value > 0 && value <= permits.memory))
      ? null
      : 'it is more than the configuration gives to anybody',
  MemoryReservation: memory,
  CpuPeriod: amount,
  CpuQuota: amount,
  ShmSize: amount,
  PidsLimit: (value, { permits: { options } }) =>
    number(value) && value > 0 && (options.pidsLimit === 0 || value <= options.pidsLimit)
      ? null
      : 'it is more than the configuration gives to anybody',
  DeviceRequests: (value, { permits: { options } }) =>
    options.gpus !== undefined && Array.isArray(value) && value.length === 1 && fitsGpu(options.gpus, value[0])
      ? null
      : 'the configuration gives no such devices',
  Devices: (value, context) =>
    each((device) => (context.permits.devices.some((one) => fitsValue(one, device)) ? null : 'the configuration gives no such device'))(
      value,
      context,
    ),
  PortBindings: ports,
  SecurityOpt: each((word) =>
    word === 'no-new-privileges' || word === 'no-new-privileges:true' ? null : `the configuration does not have ${String(word)}`,
  ),
  CapDrop: each((word) => (typeof word === 'string' ? null : 'it has to be a list of texts')),
}

function fitsGpu(gpus: NonNullable<Permits['options']['gpus']>, request: unknown): boolean {
  const which = typeof gpus === 'object' ? { DeviceIDs: [...gpus] } : { Count: gpus === 'all' ? -1 : gpus }
  return fitsValue({ Driver: '', Capabilities: [['gpu']], Options: {}, ...which }, request)
}

/** The host part of a request, with nothing in it that was not looked at; or why it is refused. */
export function checkHost(host: unknown, context: CreateContext): { readonly host: Record<string, unknown> } | { readonly reason: string } {
  if (!isObject(host)) return { reason: 'HostConfig has to be an object' }
  const given = Object.entries(host).filter(([, value]) => !isNothing(value) && !isEmpty(value))
  for (const [name, value] of given) {
    if (isConfigured(name, value, context)) continue
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) return { reason: `HostConfig.${name} is not in the configuration` }
    const reason = rule(value, context)
    if (reason !== null) return { reason: `HostConfig.${name}: ${reason}` }
  }
  if (isNothing(host['NetworkMode'])) return { reason: 'HostConfig.NetworkMode: it has to be given' }
  const missing = context.kind === 'server' || context.kind === 'trial' ? missingLimit(host, context) : null
  return missing === null ? { host: Object.fromEntries(given) } : { reason: missing }
}

/** Left out: an empty list is not sent on, so that the engine's own defaults hold. */
const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)

/** `spawner.extraHostConfig` says so, word for word. Helpers get nothing of it. */
const isConfigured = (name: string, value: unknown, { permits, kind, known }: CreateContext): boolean =>
  (kind === 'server' || kind === 'trial') && Object.hasOwn(permits.extraHost, name) && fitsValue(permits.extraHost[name], value, known)

function missingLimit(host: Record<string, unknown>, { permits }: CreateContext): Reason {
  if (permits.memory !== null && isNothing(host['Memory'])) return 'HostConfig.Memory: the configuration has a limit'
  return permits.options.pidsLimit > 0 && isNothing(host['PidsLimit']) ? 'HostConfig.PidsLimit: the configuration has a limit' : null
}

/** Whether a container that does not begin as root is kept from gaining rights, as the configuration wants it. */
export function lacksConfinement(host: Record<string, unknown>, { options, extraHost }: Permits): Reason {
  const listed = (name: string): readonly string[] => (Array.isArray(host[name]) ? host[name].map(String) : [])
  if (extraHost['Privileged'] === true) return null
  if (options.noNewPrivileges && !listed('SecurityOpt').some((word) => fits('no-new-privileges', word.replace(/:true$/, ''))))
    return 'HostConfig.SecurityOpt: no-new-privileges is missing'
  const dropped = listed('CapDrop').map((word) => word.toUpperCase())
  const wanted = Object.hasOwn(extraHost, 'CapDrop') ? [] : options.capDrop
  return wanted.every((word) => dropped.includes(word.toUpperCase())) ? null : `HostConfig.CapDrop: ${wanted.join(', ')} has to be dropped`
}
