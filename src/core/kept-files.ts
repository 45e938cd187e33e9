/** What lasts beyond a server whose other files go with it. */
export type KeptFiles = {
  /** Path of the home folder; null when it is not known yet. */
  readonly home: string | null
  /** Whether all of the home folder is kept. */
  readonly keepsHome: boolean
  /** Further folders that are kept. */
  readonly paths: readonly string[]
}

/** `home`: all of the home folder, and perhaps more. `part`: something, but not all of it. `nothing`: nothing at all. */
export type KeptKind = 'home' | 'part' | 'nothing'

/** In one word. */
export const keptKind = ({ keepsHome, paths }: KeptFiles): KeptKind => (keepsHome ? 'home' : paths.length > 0 ? 'part' : 'nothing')

const plain = (path: string): string => (path === '/' ? path : path.replace(/\/+$/, ''))
const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`)

/** From the folders that something lasting is mounted at. `isKnown`: false when `home` only stands for a home folder whose path nobody knows yet. */
export function keptFilesOf(home: string, targets: readonly string[], isKnown: boolean): KeptFiles {
  const folders = [...new Set(targets.map(plain))]
  const own = plain(home)
  const keepsHome = folders.some((folder) => isWithin(own, folder))
  return {
    home: isKnown ? own : null,
    keepsHome,
    paths: folders.filter((folder) => !keepsHome || !(isWithin(folder, own) || isWithin(own, folder))),
  }
}
