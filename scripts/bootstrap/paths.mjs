import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Folder of this clone for what the bootstrap needs while it works; not tracked. */
export const workFolder = join(root, '.orrery')

/** Folder for what several clones can share. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'orrery')
