import { Readable } from 'node:stream'
import type { FilesFound, LeftAlone } from '../../core/left-files.ts'
import { fillTemplate } from '../../core/single-user-env.ts'
import type { FilesOwner, PersonFiles } from '../spawner.ts'
import type { DockerDeps } from './deps.ts'
import { containersUsing, createContainer, removeContainer, type ContainerRow } from './engine-containers.ts'
import { explained } from './engine-errors.ts'
import { ensureMarkerImage, markerImage } from './engine-images.ts'
import { inspectVolume, removeVolume, volumesWith, type Volume } from './engine-volumes.ts'
import { keptFields, labels, nameFields, throwAway } from './names.ts'
import type { DockerOptions } from './options.ts'
import { isPersonal, sourceTemplates } from './volumes.ts'

/** Where the volumes of one person are mounted in the container that only holds them. */
const place = '/files'

/** What the docker spawner does with the files of somebody who is gone: named volumes that were made for that person, and nothing else. */
export function dockerFiles(deps: DockerDeps): PersonFiles {
  const doing = { url: deps.call.url }
  return {
    find: (owner) => explained(doing, () => find(deps, owner)),
    pack: (_owner, own, signal) => explained(doing, () => pack(deps, own, signal)),
    remove: (owner, own) => explained(doing, () => remove(deps, owner, own)),
  }
}

async function find(deps: DockerDeps, owner: FilesOwner): Promise<FilesFound> {
  const { call, options, installation } = deps
  const places = placesOf(options, owner)
  const labelled = await volumesWith(call, [`${labels.hub}=${installation}`, `${labels.home}=${owner.homeName}`])
  const own: string[] = []
  const leftAlone: LeftAlone[] = [...places.leftAlone]
  for (const name of new Set([...places.volumes, ...labelled])) {
    const volume = await inspectVolume(call, name)
    if (volume === null) continue
    const why = await reasonToLeave(deps, owner, volume)
    if (why === null) own.push(name)
    else leftAlone.push({ name, why })
  }
  return { own, leftAlone }
}

/** What the options say where somebody's files are, by name alone. */
export function placesOf(
  options: DockerOptions,
  owner: FilesOwner,
): { readonly volumes: readonly string[]; readonly leftAlone: readonly LeftAlone[] } {
  const templates = sourceTemplates(options)
  const personal = templates.filter(isPersonal)
  const ofPerson = (person: Pick<FilesOwner, 'userName' | 'homeName'>, serverNames: readonly string[]): string[] =>
    serverNames.flatMap((serverName) => {
      const fields = keptFields({ ...person, serverName, serverId: 0, key: '' }, options)
      return personal.map((template) => fillTemplate(template, fields))
    })
  const ofOthers = new Set(owner.others.flatMap((other) => ofPerson(other, [''])))
  const mine = [...new Set(ofPerson(owner, owner.serverNames))]
  const shared = [...templates.filter((template) => !isPersonal(template)), ...mine.filter((name) => ofOthers.has(name))]
  const alone = mine.filter((name) => !ofOthers.has(name))
  return {
    volumes: alone.filter((name) => !name.startsWith('/')),
    leftAlone: [
      ...shared.map((name) => ({ name, why: 'shared' as const })),
      ...alone.filter((name) => name.startsWith('/')).map((name) => ({ name, why: 'outside' as const })),
      ...(options.systemUsers ? [{ name: accountHome(options, owner), why: 'account' as const }] : []),
    ],
  }
}

const accountHome = (options: DockerOptions, { userName, homeName }: FilesOwner): string =>
  fillTemplate(
    options.hostHomedir || options.imageHomedir,
    nameFields({ userName, homeName, serverName: '', serverId: 0, key: '' }, options),
  )

/** Why a volume is not to be touched, whatever its name says; null when it may go. */
async function reasonToLeave(deps: DockerDeps, owner: FilesOwner, { Name, Labels, Options }: Volume): Promise<LeftAlone['why'] | null> {
  const marked = Labels ?? {}
  // A volume that only stands for a folder elsewhere: the engine would remove the name and leave the files.
  if (Options?.['device'] !== undefined) return 'outside'
  if ((marked[labels.hub] ?? deps.installation) !== deps.installation) return 'in_use'
  if ((marked[labels.home] ?? owner.homeName) !== owner.homeName) return 'shared'
  const users = await containersUsing(deps.call, Name)
  return users.every((row) => isOfOwner(deps, owner, row)) ? null : 'in_use'
}

/** A stopped container of that person that was left for a look, or one that held the volumes while they were archived. */
function isOfOwner({ installation }: DockerDeps, { homeName }: FilesOwner, { Labels, State }: ContainerRow): boolean {
  const marked = Labels ?? {}
  if (marked[labels.hub] !== installation || State === 'running') return false
  return marked[labels.purpose] === 'archive' || marked[labels.home] === homeName
}

async function pack(deps: DockerDeps, own: readonly string[], signal: AbortSignal): Promise<Readable> {
  const { call, installation } = deps
  await ensureMarkerImage(call)
  const mounts = own.map((Source) => ({
    Type: 'volume',
    Source,
    Target: `${place}/${Source}`,
    ReadOnly: true,
    VolumeOptions: { NoCopy: true },
  }))
  const request = {
    Image: markerImage,
    Cmd: ['-'],
    Labels: throwAway(installation, 'archive'),
    HostConfig: { NetworkMode: 'none', Mounts: mounts },
  }
  const holder = await createContainer(call, '', request, signal)
  return Readable.from(contentsOf(deps, holder, signal), { objectMode: false })
}

/** Reads what is mounted in a container that never runs, and removes it, however the reading ends. */
async function* contentsOf({ call }: DockerDeps, holder: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    const stream = await call.stream({ method: 'GET', path: `/containers/${holder}/archive`, query: { path: place }, signal })
    yield* chunksOf(stream, signal)
  } finally {
    await removeContainer(call, holder)
  }
}

async function* chunksOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const onAbort = (): void => void stream.destroy(new Error('the archive was given up'))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk
  } finally {
    signal.removeEventListener('abort', onAbort)
    stream.destroy()
  }
}

async function remove(deps: DockerDeps, owner: FilesOwner, own: readonly string[]): Promise<void> {
  for (const name of own) {
    for (const row of await containersUsing(deps.call, name)) if (isOfOwner(deps, owner, row)) await removeContainer(deps.call, row.Id)
    await removeVolume(deps.call, name)
  }
}
