import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, delimiter, join, resolve } from 'node:path'

/** Full path of a command, or null when it is nowhere on the path or is no program. A command with a slash is a path already. */
export async function findCommand(command: string, searchPath: string): Promise<string | null> {
  if (command.includes('/')) return (await isProgram(command)) ? resolve(command) : null
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder || '.', command)
    if (await isProgram(path)) return resolve(path)
  }
  return null
}

/** True for the commands of which more is known than their name. */
export const isJupyterCommand = (path: string): boolean => ['jupyterhub-singleuser', 'jupyter-labhub'].includes(basename(path))

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
