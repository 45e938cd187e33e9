import { profileParts } from '../../../core/profile-parts.ts'
import type { ProfileField } from '../../../core/profile-schema.ts'
import { parseBytes } from '../../../core/units.ts'
import { createRequestOf, deviceOf, hostConfigOf, isObject } from '../docker-py-names.ts'
import { markerImage } from '../engine-images.ts'
import type { NameFields } from '../names.ts'
import type { DockerOptions } from '../options.ts'
import { volumesOf } from '../volumes.ts'
import type { GuardOptions } from './options.ts'
import { canonicalReference } from './references.ts'

/** A volume or folder that containers may mount. `source` is a template. */
export type MountPermit = {
  readonly source: string
  readonly readOnly: boolean
  readonly modes: readonly string[]
  readonly mount: Record<string, unknown>
}

/** What a configuration permits. */
export type Permits = {
  readonly options: DockerOptions
  readonly installation: string
  readonly members: ReadonlySet<string>
  /** References written out; null: any image. */
  readonly images: ReadonlySet<string> | null
  readonly volumes: readonly MountPermit[]
  readonly folders: readonly MountPermit[]
  /** Mounts that are neither: they must come as they are. */
  readonly otherMounts: readonly Record<string, unknown>[]
  readonly devices: readonly unknown[]
  /** The most memory that any container may be given, bytes; null when there is no limit. */
  readonly memory: number | null
  /** Further members of a request and of its host part, as templates. */
  readonly extra: Readonly<Record<string, unknown>>
  readonly extraHost: Readonly<Record<string, unknown>>
}

type Parts = ReturnType<typeof profileParts>

/** What the configuration of an installation permits. */
export function permitsOf(options: DockerOptions, guard: GuardOptions): Permits {
  const parts = profileParts(options.profiles)
  const kept = [options, ...parts.map((part) => ({ ...options, volumes: part.volumes }))].map(keptTemplates)
  const mounts = kept.flatMap((one) => [...one.binds.map(bindPermit), ...one.mounts.map(mountPermit)])
  const { HostConfig, ...extra } = createRequestOf(options.extraCreateKwargs)
  return {
    options,
    installation: guard.installation,
    members: new Set([...guard.members, ...options.networkMembers]),
    images: options.allowedImages === '*' ? null : new Set(imagesOf(options, parts).flatMap((image) => [image, canonicalReference(image)])),
    volumes: mounts.filter(({ mount, source }) => mount['Type'] === 'volume' && source !== ''),
    folders: mounts.filter(({ mount }) => mount['Type'] === 'bind'),
    otherMounts: mounts.map(({ mount }) => mount).filter((mount) => mount['Type'] !== 'volume' && mount['Type'] !== 'bind'),
    devices: options.devices.map(deviceOf),
    memory: memoryOf(options, parts),
    extra,
    extraHost: { ...hostConfigOf(options.extraHostConfig), ...(isObject(HostConfig) ? HostConfig : {}) },
  }
}

function imagesOf({ image, allowedImages }: DockerOptions, parts: Parts): readonly string[] {
  const choices = allowedImages === '*' ? [] : Array.isArray(allowedImages) ? allowedImages.map(String) : Object.values(allowedImages)
  return [image, markerImage, ...choices.map(String), ...parts.flatMap((part) => part.image ?? [])]
}

/** Every field stands for itself: what comes of it are templates. */
const ownNames: NameFields = {
  prefix: '{prefix}',
  key: '{key}',
  username: '{username}',
  raw_username: '{raw_username}',
  servername: '{servername}',
  raw_servername: '{raw_servername}',
  imagename: '{imagename}',
}

function keptTemplates(options: DockerOptions) {
  const spec = {
    serverId: 0,
    userName: '',
    homeName: '',
    serverName: '',
    key: '',
    generation: 0,
    environment: {},
    servicePrefix: '/',
    userOptions: {},
    profile: null,
  }
  const image = { reference: '', id: '', user: '', command: [], home: '/home', uid: 1, gid: 1 }
  const account = options.systemUsers ? { uid: 1, gid: 1, home: options.imageHomedir } : null
  const kept = volumesOf({ options, spec, image, account, installation: '' }, ownNames, ownNames)
  const home = { Type: 'volume', Source: options.homeVolume, Target: '/home' }
  return options.homeVolume === ''
    ? kept
    : { ...kept, mounts: [home, ...kept.mounts.filter((mount) => mount['Source'] !== options.homeVolume)] }
}

function bindPermit(text: string): MountPermit {
  const [source = '', Target = '', mode = ''] = text.split(':')
  const modes = mode.split(',')
  return {
    source,
    readOnly: modes.includes('ro'),
    modes,
    mount: { Type: source.startsWith('/') ? 'bind' : 'volume', Source: source, Target },
  }
}

function mountPermit(mount: Record<string, unknown>): MountPermit {
  const readOnly = mount['ReadOnly'] === true
  return { source: typeof mount['Source'] === 'string' ? mount['Source'] : '', readOnly, modes: [readOnly ? 'ro' : 'rw'], mount }
}

function memoryOf(options: DockerOptions, parts: Parts): number | null {
  if (options.memLimit === undefined) return null
  const fields = options.profiles.flatMap((profile) => Object.values(profile.fields))
  return Math.max(options.memLimit, ...parts.map((part) => part.memLimit ?? 0), ...fields.map(mostMemory))
}

const mostMemory = (field: ProfileField): number =>
  field.kind === 'number' && field.sets === 'memLimit' ? (parseBytes(`${field.max}${field.unit}`) ?? 0) : 0
