import { sha256Text } from '../../core/sha256.ts'
import { fillTemplate, wishesEnvironment } from '../../core/single-user-env.ts'
import type { StartSpec } from '../spawner.ts'
import { createRequestOf, deviceOf, hostConfigOf, isObject } from './docker-py-names.ts'
import { keptFields, labels, nameFields, type NameFields } from './names.ts'
import type { DockerOptions } from './options.ts'
import { volumesOf, type Kept } from './volumes.ts'

/** What is known of the image that a container is made from. */
export type ImageFacts = {
  /** As it was asked for. */
  readonly reference: string
  readonly id: string
  /** Who the image begins as; empty for root. */
  readonly user: string
  readonly command: readonly string[]
  /** Home folder of that user inside the image. */
  readonly home: string
  readonly uid: number
  readonly gid: number
}

/** An account of the machine that a container runs as. */
export type SystemAccount = { readonly uid: number; readonly gid: number; readonly home: string }

/** Everything that a create request is made from. */
export type CreateFacts = {
  readonly options: DockerOptions
  readonly spec: StartSpec
  /** Names this installation among all that use the engine. */
  readonly installation: string
  readonly image: ImageFacts
  readonly network: string
  /** Whether the port is published on the machine of the engine, and on which of its addresses. */
  readonly publishOn: string | null
  /** With systemUsers. */
  readonly account: SystemAccount | null
}

/** A create request in the words of the engine, its hash, and what the container keeps. */
export type CreateSpec = { readonly request: Record<string, unknown>; readonly hash: string; readonly kept: Kept }

/** The request for the container of one start. Pure: the same facts give the same request and hash. */
export function createSpec(facts: CreateFacts): CreateSpec {
  const { options } = facts
  const imageOf = { prefix: options.prefix, image: facts.image.reference }
  const fields = nameFields(facts.spec, imageOf)
  const kept = volumesOf(facts, keptFields(facts.spec, imageOf), fields)
  const plain = { ...baseRequest(facts), HostConfig: hostConfig(facts, kept) }
  const more = createRequestOf(filled(options.extraCreateKwargs, fields))
  const host = { HostConfig: hostConfigOf(filled(options.extraHostConfig, fields)) }
  const merged = withRights(merge(merge(plain, host), withEnvironment(more, plain.Env)), facts)
  const { Name: _name, NetworkingConfig: _networking, ...request } = merged
  const hash = sha256Text(canonical(request)).slice(0, 32)
  return { request: { ...request, Labels: { ...objectOf(request['Labels']), ...ownLabels(facts), [labels.spec]: hash } }, hash, kept }
}

function baseRequest({ options, spec, image, account }: CreateFacts) {
  const environment = environmentOf(options, spec, image, account)
  const command = options.cmd ?? (options.args.length > 0 ? image.command : null)
  const user = account === null ? null : options.runAsRoot ? '0' : `${account.uid}:${account.gid}`
  return {
    Image: image.id,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(command === null ? {} : { Cmd: [...command, ...options.args] }),
    ...(user === null ? {} : { User: user }),
    ...(account === null ? {} : { WorkingDir: account.home }),
    ExposedPorts: { [portKey(options)]: {} },
    Labels: { ...options.labels },
    StopTimeout: Math.ceil(options.stopTimeoutSeconds),
  }
}

/** The whole environment. Later wins: what the hub computed, what the options say, what the spawner knows, and the configured `environment`. */
function environmentOf(options: DockerOptions, spec: StartSpec, image: ImageFacts, account: SystemAccount | null): Record<string, string> {
  const { userName, servicePrefix } = spec
  const ids = account === null ? {} : { NB_UID: `${account.uid}`, NB_GID: `${account.gid}`, USER_ID: `${account.uid}` }
  const names = account === null ? {} : { USER: userName, NB_USER: userName, HOME: account.home }
  return {
    ...spec.environment,
    ...wishesEnvironment(options, userName, servicePrefix),
    JUPYTERHUB_SERVICE_URL: `http://${options.ip === '' ? '0.0.0.0' : options.ip}:${options.port}${servicePrefix}`,
    JUPYTER_IMAGE_SPEC: image.reference,
    JUPYTER_IMAGE: image.reference,
    ...names,
    ...ids,
    ...options.environment,
  }
}

function hostConfig({ options, network, publishOn }: CreateFacts, { binds, mounts }: Kept): Record<string, unknown> {
  const { memLimit, memGuarantee, cpuLimit, pidsLimit, shmSize, gpus, devices, init } = options
  const cpuPeriod = 100_000
  return {
    NetworkMode: network,
    RestartPolicy: { Name: 'no' },
    Binds: binds,
    Mounts: mounts,
    ...(memLimit === undefined ? {} : { Memory: memLimit, MemorySwap: memLimit }),
    ...(memGuarantee === undefined ? {} : { MemoryReservation: memGuarantee }),
    ...(cpuLimit === undefined ? {} : { CpuPeriod: cpuPeriod, CpuQuota: Math.floor(cpuLimit * cpuPeriod) }),
    ...(pidsLimit === 0 ? {} : { PidsLimit: pidsLimit }),
    ...(shmSize === undefined ? {} : { ShmSize: shmSize }),
    ...(gpus === undefined ? {} : { DeviceRequests: [gpuRequest(gpus)] }),
    ...(devices.length === 0 ? {} : { Devices: devices.map(deviceOf) }),
    ...(init ? { Init: true } : {}),
    ...(publishOn === null ? {} : { PortBindings: { [portKey(options)]: [{ HostIp: publishOn, HostPort: '' }] } }),
  }
}

/** `8888/tcp`. */
export const portKey = ({ port }: Pick<DockerOptions, 'port'>): string => `${port}/tcp`

function gpuRequest(gpus: NonNullable<DockerOptions['gpus']>): Record<string, unknown> {
  const which = typeof gpus === 'object' ? { DeviceIDs: [...gpus] } : { Count: gpus === 'all' ? -1 : gpus }
  return { Driver: '', Capabilities: [['gpu']], Options: {}, ...which }
}

/** Rights are taken from containers that do not begin as root; root of a container needs them to become somebody else. AutoRemove would take the logs. */
function withRights(request: Record<string, unknown>, { options, image }: CreateFacts): Record<string, unknown> {
  const user = typeof request['User'] === 'string' && request['User'] !== '' ? request['User'] : image.user
  const host: Record<string, unknown> = { ...objectOf(request['HostConfig']), AutoRemove: false }
  if (/^(?:|0|root)(?::|$)/.test(user) || host['Privileged'] === true) return { ...request, HostConfig: host }
  const security = options.noNewPrivileges ? [...listOf(host['SecurityOpt']), 'no-new-privileges'] : host['SecurityOpt']
  const drop = host['CapDrop'] ?? (options.capDrop.length === 0 ? undefined : [...options.capDrop])
  return {
    ...request,
    HostConfig: { ...host, ...(security === undefined ? {} : { SecurityOpt: security }), ...(drop === undefined ? {} : { CapDrop: drop }) },
  }
}

/** Variables of the additional part are laid over the others one by one. */
function withEnvironment(more: Record<string, unknown>, base: readonly string[]): Record<string, unknown> {
  const added = more['Env']
  if (!Array.isArray(added)) return more
  const all = new Map([...base, ...added.map(String)].map((line) => [line.slice(0, line.indexOf('=')), line]))
  return { ...more, Env: [...all.values()] }
}

const ownLabels = ({ spec, installation }: CreateFacts): Record<string, string> => ({
  [labels.hub]: installation,
  [labels.server]: `${spec.serverId}`,
  [labels.key]: spec.key,
  [labels.generation]: `${spec.generation}`,
  [labels.user]: spec.userName,
  [labels.home]: spec.homeName,
  [labels.serverName]: spec.serverName,
})

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Objects are merged member by member, everything else is replaced. */
function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = result[name]
    result[name] = isObject(below) && isObject(value) ? merge(below, value) : value
  }
  return result
}

/** Fills the fields into every text of a value, once. Unknown fields stay: the text may be meant like that. */
export function filled<T>(value: T, fields: NameFields): T
export function filled(value: unknown, fields: NameFields): unknown {
  if (typeof value === 'string') return fillTemplate(value, fields)
  if (Array.isArray(value)) return value.map((one: unknown) => filled(one, fields))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [fillTemplate(name, fields), filled(member, fields)]))
}

/** The value as text, the same for the same value whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one: unknown) => canonical(one)).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const members = Object.keys(value).toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}
