import { keptName, objectSlug, userSlug } from '../../core/names.ts'
import { fillTemplate } from '../../core/single-user-env.ts'
import type { ServerRef } from '../spawner.ts'
import type { DockerOptions } from './options.ts'

/** Fields that templates of names, volumes and mounts may hold. Those that are not raw suit every object name and differ for different users. */
export type NameFields = Readonly<
  Record<'prefix' | 'key' | 'username' | 'raw_username' | 'servername' | 'raw_servername' | 'imagename', string>
>

/** The values of the fields for one server. */
export function nameFields(ref: ServerRef, { prefix, image }: Pick<DockerOptions, 'prefix' | 'image'>): NameFields {
  const { userName, serverName } = ref
  return {
    prefix,
    key: objectSlug(userName, serverName),
    username: userSlug(userName),
    raw_username: userName,
    servername: serverName === '' ? '' : userSlug(serverName),
    raw_servername: serverName,
    imagename: image.replace(/[/:@]/g, '-'),
  }
}

/** The same for what is kept: a user's files go by the name that stays when the account is renamed. */
export const keptFields = (ref: ServerRef, options: Pick<DockerOptions, 'prefix' | 'image'>): NameFields => ({
  ...nameFields({ ...ref, userName: ref.homeName }, options),
  raw_username: keptName(ref.homeName),
})

/** Name of the container of a server. Made once when a start is reserved; from then on the handle keeps it. */
export const containerName = (ref: ServerRef, options: Pick<DockerOptions, 'prefix' | 'image' | 'nameTemplate'>): string =>
  fillTemplate(options.nameTemplate, nameFields(ref, options)).replace(/[^a-z0-9]+$/i, '')

/** Network of one user, when each has one. */
export const userNetworkName = (networkName: string, userName: string): string => `${networkName}-${userSlug(userName)}`

/** Labels by which the hub finds again what it made. */
export const labels = {
  /** Number of the server's row. */
  server: 'orrery.server',
  key: 'orrery.key',
  generation: 'orrery.generation',
  /** Hash of everything the container was made from. */
  spec: 'orrery.spec',
  /** Which installation made it: several may use one engine. */
  hub: 'orrery.hub',
  user: 'orrery.user',
  /** On a volume: the name under which somebody's files are kept. */
  home: 'orrery.home',
  serverName: 'orrery.servername',
  /** On a container that only holds the name of a server that was ended. */
  ended: 'orrery.ended',
  /** On the same: the last lines of the server's output. */
  log: 'orrery.log',
  /** On a volume or network: what it is for. */
  purpose: 'orrery.purpose',
} as const

/** Labels of a container that lives for a moment. */
export const throwAway = (installation: string, purpose: string): Readonly<Record<string, string>> => ({
  [labels.hub]: installation,
  [labels.purpose]: purpose,
})
