import type { ErrorRecord } from './errors.ts'
import type { IsoTime } from './time.ts'

/** What becomes of the files of somebody who is removed. */
export const fileFates = ['keep', 'archive', 'delete'] as const
export type FileFate = (typeof fileFates)[number]

/** True for one of the words. */
export const isFileFate = (text: string): text is FileFate => (fileFates as readonly string[]).includes(text)

/**
 * Why something that was found is left alone. `shared`: others use it too. `outside`: a folder that was not made for the person. `account`: the
 * home of an account of the machine. `in_use`: something that is not of this hub works with it, or it belongs to another hub.
 */
export type LeftAlone = { readonly name: string; readonly why: 'shared' | 'outside' | 'account' | 'in_use' }

/** What was found of somebody's files: what is theirs alone and was made for them, and what stays as it is. */
export type FilesFound = { readonly own: readonly string[]; readonly leftAlone: readonly LeftAlone[] }

/** `waiting`: the hub has yet to do what was asked for. `kept`: they are where they were. `done`: nothing of them is left, but for an archive. */
export type LeftFilesState = 'waiting' | 'kept' | 'done'

/** The files of somebody who is gone. While they are kept or waiting, nobody else gets their home name. */
export type LeftFiles = {
  readonly id: number
  /** Name under which they are kept. */
  readonly homeName: string
  /** Name of the account when it was removed. */
  readonly userName: string
  /** The servers that the person had; the default one is always among them. */
  readonly serverNames: readonly string[]
  readonly fate: FileFate
  readonly state: LeftFilesState
  readonly askedBy: string
  readonly askedAt: IsoTime
  /** Where the archive is, or will be; null when none was asked for. */
  readonly archive: string | null
  /** When the archive was whole and had been read again; null before. */
  readonly archivedAt: IsoTime | null
  readonly found: FilesFound
  /** Why the last try failed. */
  readonly failure: ErrorRecord | null
  /** How often it has failed in a row. */
  readonly failures: number
  readonly retryAt: IsoTime | null
}

/** One step towards what was asked for. */
export type LeftFilesStep = 'archive' | 'remove' | 'settle'

/**
 * What has to be done next. Pure: whoever comes after a crash goes on with it. Nothing is removed before the archive is whole, and what is not
 * there needs no archive.
 */
export function nextLeftFilesStep({ fate, archivedAt }: LeftFiles, found: FilesFound): LeftFilesStep {
  if (fate === 'keep' || found.own.length === 0) return 'settle'
  return fate === 'archive' && archivedAt === null ? 'archive' : 'remove'
}

/** Where files end up that were looked after: what stays in a place of its own must not become somebody else's. */
export const settledState = ({ own, leftAlone }: FilesFound): LeftFilesState =>
  own.length > 0 || leftAlone.some(({ why }) => why === 'outside' || why === 'in_use') ? 'kept' : 'done'

/** Name of an archive: `ada-20261123T091500000Z.tar.gz`. `slug` suits file names; `at` is when it was asked for. */
export const archiveName = (slug: string, at: IsoTime): string => `${slug}-${at.replace(/[-:.]/g, '')}.tar.gz`

/** How the files of one person are called among those of several of a name: `ada/1`, `ada/2`. */
export const placeOf = ({ homeName }: Pick<LeftFiles, 'homeName'>): string => (homeName.includes('/') ? homeName : `${homeName}/1`)
