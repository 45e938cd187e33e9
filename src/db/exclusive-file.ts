import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Something held; the end of the process gives it back too, however it ends. */
export type Hold = { release(): void }

/**
 * Takes the lock of a file (made for this account alone when it is missing), or null when another process holds it. The lock is one of the operating system, on the
 * file and not on a pid: nothing has to be cleaned up after a crash, and it works between containers that share the folder.
 */
export const holdExclusively = (path: string): Hold | null => hold(path, ['PRAGMA locking_mode = EXCLUSIVE', 'BEGIN EXCLUSIVE'])

/** Takes the lock of a file together with others who share it, or null when somebody holds it exclusively. */
export const holdShared = (path: string): Hold | null => hold(path, ['BEGIN', 'SELECT count(*) FROM sqlite_master'])

function hold(path: string, statements: readonly string[]): Hold | null {
  // SQLite gives the journal the mode of the file.
  closeSync(openSync(path, 'a', 0o600))
  const file = new DatabaseSync(path, { timeout: 0 })
  try {
    for (const statement of statements) file.exec(statement)
    return { release: () => file.close() }
  } catch (error) {
    file.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return null
    throw new Error(`The lock file ${path} cannot be used. Remove it, and try again.`, { cause: error })
  }
}

/** Result code SQLITE_BUSY. */
const sqliteBusy = 5
