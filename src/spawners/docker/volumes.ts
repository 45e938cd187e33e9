import { profileParts } from '../../core/profile-parts.ts'
import { fillTemplate } from '../../core/single-user-env.ts'
import type { CreateFacts } from './create-spec.ts'
import { hostConfigOf, isObject } from './docker-py-names.ts'
import { labels, type NameFields } from './names.ts'
import type { DockerOptions } from './options.ts'

type Volumes = DockerOptions['volumes']

/** What a container keeps: in the two forms of the engine, and the home folder by itself. */
export type Kept = {
  readonly binds: readonly string[]
  readonly mounts: readonly Record<string, unknown>[]
  /** Home folder inside the container. */
  readonly home: string
  /** Named volume that keeps the whole home folder; null when the operator keeps it elsewhere, or not at all. */
  readonly homeVolume: string | null
  /** Further named volumes that are made for this person alone. */
  readonly ownVolumes: readonly string[]
}

/** The volumes, folders and mounts of one container. `fields` go by the name under which files are kept, `accountFields` by the name of the account. */
export function volumesOf(
  facts: Pick<CreateFacts, 'options' | 'spec' | 'image' | 'account' | 'installation'>,
  fields: NameFields,
  accountFields: NameFields,
): Kept {
  const { options, account, image } = facts
  const home = account?.home ?? options.homeDir ?? image.home
  const binds = [
    ...bindsOf(options.volumes, 'rw', fields),
    ...bindsOf(options.readOnlyVolumes, 'ro', fields),
    ...(account === null ? [] : [homeBind(options, home, accountFields)]),
  ]
  const mounts = options.mounts.map((mount) => mountOf(mount, fields))
  const targets = [...binds.map((bind) => bind.target), ...mounts.map((mount) => String(mount['Target']))].map(plain)
  const isTaken = targets.includes(plain(home))
  const homeVolume = isTaken || options.homeVolume === '' || plain(home) === '' ? null : fillTemplate(options.homeVolume, fields)
  return {
    home,
    homeVolume,
    ownVolumes: Object.keys({ ...options.volumes, ...options.readOnlyVolumes })
      .filter((source) => isPersonal(source) && !source.startsWith('/'))
      .map((source) => fillTemplate(source, fields)),
    binds: binds.map((bind) => bind.text),
    mounts: homeVolume === null ? mounts : [homeMount(homeVolume, home, ownerLabels(facts)), ...mounts],
  }
}

const plain = (path: string): string => path.replace(/\/+$/, '')

type Bind = { readonly text: string; readonly target: string }

function bindsOf(volumes: Volumes, fallbackMode: 'rw' | 'ro', fields: NameFields): Bind[] {
  return Object.entries(volumes).map(([source, given]) => {
    const { bind, mode = fallbackMode, propagation } = typeof given === 'string' ? { bind: given } : given
    const target = fillTemplate(bind, fields)
    return { target, text: [fillTemplate(source, fields), target, [mode, propagation].filter(Boolean).join(',')].join(':') }
  })
}

/** With systemUsers the home folder of the account is that of the container. */
function homeBind(options: DockerOptions, home: string, fields: NameFields): Bind {
  const source = options.hostHomedir === '' ? home : fillTemplate(options.hostHomedir, fields)
  return { target: home, text: `${source}:${home}:rw` }
}

const mountNames: Readonly<Record<string, string>> = {
  type: 'Type',
  source: 'Source',
  src: 'Source',
  target: 'Target',
  destination: 'Target',
  dst: 'Target',
  read_only: 'ReadOnly',
  readonly: 'ReadOnly',
  consistency: 'Consistency',
}

/** A mount in the words of docker-py or of the engine, in those of the engine. */
function mountOf(mount: Readonly<Record<string, unknown>>, fields: NameFields): Record<string, unknown> {
  const renamed = Object.entries(mount).map(([name, value]): [string, unknown] => [
    mountNames[name] ?? name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    typeof value === 'string' ? fillTemplate(value, fields) : value,
  ])
  const named: Record<string, unknown> = Object.fromEntries(renamed)
  const { Propagation, NoCopy, DriverConfig, TmpfsSize, TmpfsMode, ...rest } = named
  const inner = (name: string, values: Record<string, unknown>): Record<string, unknown> => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    const before = rest[name]
    return given.length === 0 ? {} : { [name]: { ...(isObject(before) ? before : {}), ...Object.fromEntries(given) } }
  }
  return {
    Type: 'volume',
    ...rest,
    ...inner('BindOptions', { Propagation }),
    ...inner('VolumeOptions', { NoCopy, DriverConfig }),
    ...inner('TmpfsOptions', { SizeBytes: TmpfsSize, Mode: TmpfsMode }),
  }
}

const homeMount = (Source: string, Target: string, Labels: Readonly<Record<string, string>>): Record<string, unknown> => ({
  Type: 'volume',
  Source,
  Target,
  VolumeOptions: { Labels },
})

/** Labels of a volume that is made for one person. */
export const ownerLabels = ({ spec, installation }: Pick<CreateFacts, 'spec' | 'installation'>): Readonly<Record<string, string>> => ({
  [labels.hub]: installation,
  [labels.purpose]: 'home',
  [labels.user]: spec.userName,
  [labels.home]: spec.homeName,
})

/** True when a template gives something else for every person. */
export const isPersonal = (template: string): boolean => /\{(?:username|raw_username|key)\}/.test(template)

/** Templates of everything that is mounted, in all profiles. */
export function sourceTemplates({
  homeVolume,
  volumes,
  readOnlyVolumes,
  mounts,
  profiles,
  extraHostConfig,
}: DockerOptions): readonly string[] {
  const more = hostConfigOf(extraHostConfig)
  const sourcesOf = (list: unknown): string[] =>
    (Array.isArray(list) ? list : []).flatMap((one: unknown) => {
      const source = isObject(one)
        ? (one['source'] ?? one['Source'] ?? one['src'])
        : typeof one === 'string'
          ? one.split(':')[0]
          : undefined
      return typeof source === 'string' ? [source] : []
    })
  const all = [volumes, readOnlyVolumes, ...profileParts(profiles).map((part) => part.volumes)].flatMap((record) => Object.keys(record))
  return [...new Set([homeVolume, ...all, ...sourcesOf(mounts), ...sourcesOf(more['Binds']), ...sourcesOf(more['Mounts'])])].filter(Boolean)
}
