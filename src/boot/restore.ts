import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toIso } from '../core/time.ts'
import { isInUse, isTaken, openDraft } from '../db/draft.ts'
import { forgetEnded, signOutAll, stillValid } from '../db/ended-since.ts'
import type { Forgotten, StillValid } from '../db/ended-since.ts'
import { brokenRows, skipGenerations, skipNumbers } from '../db/table-rows.ts'
import { systemClock } from '../lib/clock.ts'
import { prepareDataDir, readSecret } from '../lib/data-dir.ts'
import { secretFiles } from './backup-lines.ts'
import { holdAbsence } from './hub-presence.ts'
import { restoreRows } from './restore-rows.ts'
import { databasePlace, withDatabase } from './storage.ts'
import type { Database } from '../db/database.ts'
import type { BackupHead } from './backup-lines.ts'
import type { LoadedConfig } from './load-config.ts'

/** What to put back, whether it may take the place of what is there, and whether everybody has to sign in again. */
export type RestoreWish = { readonly path: string; readonly force: boolean; readonly signOut: boolean }

/** What was done. */
export type RestoreReport = {
  readonly madeAt: string
  readonly rows: Readonly<Record<string, number>>
  /** Folder with everything that was there before (for PostgreSQL the tables are in a schema of that name); null when nothing was. */
  readonly aside: string | null
  /** What had been ended after the backup was made, and stays so. Null when nothing is known of that. */
  readonly forgotten: Forgotten | null
}

/**
 * Puts a backup in the place of database and secrets of an installation. Nothing is touched until the new database is complete and checked.
 * Rejects with one sentence when a hub runs, when something is there that may not be replaced, when the backup is not whole, or of a newer version.
 */
export async function restoreBackup(loaded: LoadedConfig, wish: RestoreWish): Promise<RestoreReport> {
  const { dataDir } = loaded
  await prepareDataDir(dataDir)
  const absence = holdAbsence(dataDir)
  try {
    const place = databasePlace(loaded)
    if (await isInUse(place)) throw new Error('A hub is connected to this database. Stop it first; notebook servers may go on.')
    const taken = (await isTaken(place)) || secretFiles.some((name) => existsSync(join(dataDir, name)))
    if (taken && !wish.force) throw new Error(`There is a hub in ${dataDir} already. --force replaces it, and keeps aside what was there.`)
    return await replace(loaded, wish, taken)
  } finally {
    absence.release()
  }
}

async function replace(loaded: LoadedConfig, { path, signOut }: RestoreWish, taken: boolean): Promise<RestoreReport> {
  const draft = await openDraft(databasePlace(loaded))
  try {
    const { head, rows } = await restoreRows(draft.database, path)
    const valid = taken ? await validHere(loaded, head) : null
    const forgotten = await finish(draft.database, valid, signOut)
    const name = `before-restore-${toIso(systemClock.now()).replaceAll(/[-:]|\.\d+/g, '')}`
    const folder = join(loaded.dataDir, name)
    await draft.publish({ folder, schema: name })
    await putSecrets(loaded.dataDir, head.secrets, folder)
    return { madeAt: head.madeAt, rows, aside: taken ? folder : null, forgotten }
  } catch (error) {
    await draft.discard().catch(() => {})
    throw error
  }
}

/** Ends what has ended, numbers on from above, and looks whether everything points to something. */
async function finish(database: Database, valid: StillValid | null, signOut: boolean): Promise<Forgotten | null> {
  const forgotten = await database.transaction(async (tx) => {
    await skipNumbers(database, tx)
    await skipGenerations(tx)
    if (signOut) await signOutAll(tx)
    return valid === null ? null : forgetEnded(tx, valid)
  })
  const broken = await brokenRows(database)
  if (broken > 0) throw new Error(`The backup does not fit together: ${broken} rows point to nothing. Nothing was changed.`)
  return forgotten
}

/** What is valid in the database that is about to be replaced, if that is a later state of the same installation and can be read. */
async function validHere(loaded: LoadedConfig, { secrets }: BackupHead): Promise<StillValid | null> {
  const key = await readSecret(join(loaded.dataDir, 'vault-key')).catch(() => null)
  if (key === null || key !== secrets['vault-key']) return null
  return withDatabase(loaded, stillValid).catch(() => null)
}

async function putSecrets(dataDir: string, secrets: BackupHead['secrets'], aside: string): Promise<void> {
  for (const name of secretFiles) {
    const [path, text] = [join(dataDir, name), secrets[name]]
    if (existsSync(path)) {
      await mkdir(aside, { recursive: true, mode: 0o700 })
      await rename(path, join(aside, name))
    }
    if (text !== undefined) await writeFile(path, `${text}\n`, { flag: 'wx', mode: 0o600 })
  }
}
