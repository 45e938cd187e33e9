import { parseBytes } from '../../core/units.ts'

type Values = Readonly<Record<string, unknown>>
type Convert = (value: unknown) => unknown

const bytes: Convert = (value) => (typeof value === 'string' ? (parseBytes(value) ?? value) : value)
const words: Convert = (value) => (typeof value === 'string' ? splitWords(value) : value)
const pairs: Convert = (value) => (isObject(value) ? Object.entries(value).map(([name, text]) => `${name}=${String(text)}`) : value)
const hosts: Convert = (value) => (isObject(value) ? Object.entries(value).map(([name, address]) => `${name}:${String(address)}`) : value)
const devices: Convert = (value) =>
  Array.isArray(value) ? value.map((one: unknown) => (typeof one === 'string' ? deviceOf(one) : one)) : value
const members: Convert = (value) => (Array.isArray(value) ? value.map((one: unknown) => (isObject(one) ? engineKeys(one) : one)) : value)
const folders: Convert = (value) => (Array.isArray(value) ? Object.fromEntries(value.map((path: unknown) => [String(path), ''])) : value)
const inner: Convert = (value) => (isObject(value) ? engineKeys(value) : value)

/** Names whose engine form is another word, or whose value has another form. Everything else only changes its letters: `cap_add` is `CapAdd`. */
const hostNames: Readonly<Record<string, readonly [string, Convert?]>> = {
  mem_limit: ['Memory', bytes],
  memswap_limit: ['MemorySwap', bytes],
  mem_reservation: ['MemoryReservation', bytes],
  mem_swappiness: ['MemorySwappiness'],
  shm_size: ['ShmSize', bytes],
  read_only: ['ReadonlyRootfs'],
  extra_hosts: ['ExtraHosts', hosts],
  device_requests: ['DeviceRequests', members],
  devices: ['Devices', devices],
  ulimits: ['Ulimits', members],
  mounts: ['Mounts', members],
  log_config: ['LogConfig', inner],
  restart_policy: ['RestartPolicy', inner],
  tmpfs: ['Tmpfs', folders],
  dns_opt: ['DnsOptions'],
  uts_mode: ['UTSMode'],
  userns_mode: ['UsernsMode'],
  cpu_rt_period: ['CpuRealtimePeriod'],
  cpu_rt_runtime: ['CpuRealtimeRuntime'],
}

const createNames: Readonly<Record<string, readonly [string, Convert?]>> = {
  command: ['Cmd', words],
  entrypoint: ['Entrypoint', words],
  environment: ['Env', pairs],
  stdin_open: ['OpenStdin'],
}

const irregular: Readonly<Record<string, string>> = { device_ids: 'DeviceIDs', DeviceIds: 'DeviceIDs', type: 'Type', config: 'Config' }

/** The host part of a create request, written in the words of docker-py or of the engine, in the words of the engine. */
export const hostConfigOf = (given: Values): Record<string, unknown> => renamed(given, hostNames)

/** The same for the request itself. A `host_config` inside is converted too. */
export function createRequestOf(given: Values): Record<string, unknown> {
  const { host_config: hostConfig, HostConfig, ...rest } = given
  const host = { ...(isObject(hostConfig) ? hostConfigOf(hostConfig) : {}), ...(isObject(HostConfig) ? HostConfig : {}) }
  return { ...renamed(rest, createNames), ...(Object.keys(host).length === 0 ? {} : { HostConfig: host }) }
}

function renamed(given: Values, names: typeof hostNames): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const [engineName, convert] = names[name] ?? [engineKey(name)]
      return [engineName, convert === undefined ? value : convert(value)]
    }),
  )
}

/** `cap_add` → `CapAdd`; a name that begins with a capital letter is the engine's already. */
const engineKey = (name: string): string =>
  irregular[name] ?? name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const engineKeys = (value: Values): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([name, member]) => [engineKey(name), member]))

/** `/dev/x`, `/dev/x:/dev/y`, `/dev/x:/dev/y:rw` as the engine wants it. */
export function deviceOf(text: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', inside, rights] = text.split(':')
  return { PathOnHost: host, PathInContainer: inside || host, CgroupPermissions: rights || 'rwm' }
}

/** The words of a command line, quotes respected. */
function splitWords(line: string): string[] {
  const found = line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)
  return [...found].map(([, double, single, plain]) => double?.replace(/\\(.)/g, '$1') ?? single ?? plain ?? '')
}

/** True for a plain object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
