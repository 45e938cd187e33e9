import { HubError } from '../../core/errors.ts'
import { isObject } from './docker-py-names.ts'
import type { EngineCall } from './engine-call.ts'
import { createContainer, inspectContainer, removeContainer, startContainer } from './engine-containers.ts'
import { firstEntries, ownFolder, type FileHead } from './engine-files.ts'
import { throwAway } from './names.ts'

/** Who a container runs as. */
export type Owner = { readonly uid: number; readonly gid: number }

/** A folder that is mounted into a container. `volume` is the name of a named volume, null for a folder of the machine. */
export type MountedFolder = {
  readonly source: string
  readonly target: string
  readonly volume: string | null
  readonly isReadOnly: boolean
}

/** What is mounted, from the two forms of a create request. Sockets and single files are not told apart from folders here. */
export function mountedFolders(request: Readonly<Record<string, unknown>>): readonly MountedFolder[] {
  const host = isObject(request['HostConfig']) ? request['HostConfig'] : {}
  const binds = Array.isArray(host['Binds']) ? host['Binds'].map(String) : []
  const mounts = Array.isArray(host['Mounts']) ? host['Mounts'].filter(isObject) : []
  return [
    ...binds.map((bind) => {
      const [source = '', target = '', mode = ''] = bind.split(':')
      return { source, target, volume: source.startsWith('/') ? null : source, isReadOnly: mode.split(',').includes('ro') }
    }),
    ...mounts
      .filter((mount) => mount['Type'] === 'volume' || mount['Type'] === 'bind')
      .map((mount) => ({
        source: textOf(mount['Source']),
        target: textOf(mount['Target']),
        volume: mount['Type'] === 'volume' ? textOf(mount['Source']) : null,
        isReadOnly: mount['ReadOnly'] === true,
      })),
  ]
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What is needed to look after the folders of one container that was made and not yet started. */
export type HomeFacts = {
  readonly container: string
  readonly image: string
  readonly home: string
  readonly owner: Owner
  readonly installation: string
  readonly folders: readonly MountedFolder[]
  /** Folders that were found right before, by source and owner: they are not looked at again. */
  readonly known: Set<string>
}

/**
 * Makes sure that the user of the container can write to the home folder and to what is mounted in it. A new or empty folder is given to the user;
 * a named volume that belongs to somebody else is given over by a throw-away container; a folder of the machine with files in it is left alone.
 * Throws server_home_not_writable.
 */
export async function prepareFolders(call: EngineCall, facts: HomeFacts, signal: AbortSignal): Promise<void> {
  const { home, owner } = facts
  if (owner.uid === 0) return
  const inHome = facts.folders.filter(({ target }) => `${target}/`.startsWith(`${home}/`))
  for (const folder of inHome) {
    signal.throwIfAborted()
    if (folder.target === home && folder.isReadOnly) throw new HubError('server_home_not_writable', { path: home })
    const mark = `${folder.source} ${owner.uid}:${owner.gid}`
    if (folder.isReadOnly || facts.known.has(mark)) continue
    await prepareFolder(call, facts, folder, signal)
    if (folder.source !== '') facts.known.add(mark)
  }
}

async function prepareFolder(call: EngineCall, facts: HomeFacts, { target, volume }: MountedFolder, signal: AbortSignal): Promise<void> {
  const heads = await firstEntries(call, facts.container, target, 2)
  const [folder] = heads ?? []
  if (folder === undefined || !folder.isFolder || canWrite(folder, facts.owner)) return
  const isEmpty = heads?.length === 1
  if (isEmpty) return await ownFolder(call, facts.container, target, { ...facts.owner, mode: folder.mode | 0o700 })
  if (volume === null || volume === '') throw new HubError('server_home_not_writable', { path: target })
  await giveOver(call, facts, { target, volume }, signal)
}

const canWrite = ({ uid, gid, mode }: FileHead, owner: Owner): boolean =>
  (uid === owner.uid && (mode & 0o300) === 0o300) || (gid === owner.gid && (mode & 0o030) === 0o030) || (mode & 0o003) === 0o003

const ownMs = 120_000

/** Gives everything in a volume to the user of the container, as root of a container of the same image that does nothing else. */
async function giveOver(
  call: EngineCall,
  { image, owner, installation }: HomeFacts,
  { target, volume }: { target: string; volume: string },
  signal: AbortSignal,
): Promise<void> {
  const helper = await createContainer(call, '', {
    Image: image,
    User: '0',
    Entrypoint: ['chown', '-R', `${owner.uid}:${owner.gid}`, target],
    Cmd: [],
    Labels: throwAway(installation, 'ownership'),
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: volume, Target: target }] },
  })
  try {
    await startContainer(call, helper)
    await call.json({ method: 'POST', path: `/containers/${helper}/wait`, signal, timeoutMs: ownMs })
    const ended = await inspectContainer(call, helper)
    if (ended?.State.ExitCode !== 0) throw new HubError('server_home_not_writable', { path: target })
  } finally {
    await removeContainer(call, helper)
  }
}
