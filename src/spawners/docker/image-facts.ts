import type { ImageFacts } from './create-spec.ts'
import type { EngineCall } from './engine-call.ts'
import { createContainer, removeContainer } from './engine-containers.ts'
import { readFileOf } from './engine-files.ts'
import type { Image } from './engine-images.ts'
import { throwAway } from './names.ts'

/** Finds out about images; each is looked into once. */
export type ImageReader = (reference: string, image: Image) => Promise<ImageFacts>

/** Makes the reader of one engine. To look into an image a container is made of it, never started, and removed. */
export function createImageReader(call: EngineCall, installation: string): ImageReader {
  const known = new Map<string, Promise<Accounts>>()
  const accountsOf = (image: Image): Promise<Accounts> => {
    const before = known.get(image.Id)
    if (before !== undefined) return before
    const asked = readAccounts(call, image, installation)
    known.set(image.Id, asked)
    asked.catch(() => known.delete(image.Id))
    return asked
  }
  return async (reference, image) => {
    const user = image.Config?.User ?? ''
    const { uid, gid, home } = accountIn(await accountsOf(image), user)
    const variable = image.Config?.Env?.find((line) => line.startsWith('HOME='))?.slice('HOME='.length)
    return { reference, id: image.Id, user, command: image.Config?.Cmd ?? [], home: variable || home, uid, gid }
  }
}

type Accounts = { readonly passwd: string; readonly group: string }

async function readAccounts(call: EngineCall, { Id }: Image, installation: string): Promise<Accounts> {
  const probe = await createContainer(call, '', {
    Image: Id,
    Cmd: ['true'],
    Labels: throwAway(installation, 'probe'),
    HostConfig: { NetworkMode: 'none' },
  })
  try {
    const [passwd, group] = [await readFileOf(call, probe, '/etc/passwd'), await readFileOf(call, probe, '/etc/group')]
    return { passwd: passwd ?? '', group: group ?? '' }
  } finally {
    await removeContainer(call, probe)
  }
}

/** Who `user` (name or number, with or without group) is in an image with these accounts. Numbers that have no account are their own. */
export function accountIn({ passwd, group }: Accounts, user: string): { uid: number; gid: number; home: string } {
  const [name = '', groupName] = user === '' ? ['0'] : user.split(':')
  const rows = passwd.split('\n').map((line) => line.split(':'))
  const row = rows.find(([login]) => login === name) ?? rows.find(([, , uid]) => uid === name)
  const named = group
    .split('\n')
    .map((line) => line.split(':'))
    .find(([title]) => title === groupName)
  const uid = Number(row?.[2] ?? name)
  const gid = Number(groupName === undefined ? (row?.[3] ?? 0) : (named?.[2] ?? groupName))
  return { uid: Number.isInteger(uid) ? uid : 0, gid: Number.isInteger(gid) ? gid : 0, home: row?.[5] || '/' }
}
