import { openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { prepareDataDir } from '../lib/data-dir.ts'
import { silentLog } from '../lib/log.ts'
import type { Database } from '../db/database.ts'
import type { Log } from '../lib/log.ts'
import type { LoadedConfig } from './load-config.ts'

/** Where the database of an installation is. */
export const databasePlace = ({
  config,
  dataDir,
}: Pick<LoadedConfig, 'config' | 'dataDir'>): { readonly url: string; readonly folder: string } => ({
  url: config.database.url,
  folder: dataDir,
})

const openInstallation = (loaded: LoadedConfig, log: Log): Promise<Database> =>
  openDatabase({
    ...databasePlace(loaded),
    onConnectionLost: (error) => log.warn('database.connection_lost', { error }),
  })

/** The database of an installation, open and up to date. */
export async function openStorage(loaded: LoadedConfig, log: Log): Promise<Database> {
  const database = await openInstallation(loaded, log)
  try {
    const { applied } = await migrate(database)
    if (applied.length > 0) log.info('database.migrated', { applied })
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Works on the database of an installation as it is, not migrated, and closes it. */
export async function withDatabase<T>(loaded: LoadedConfig, work: (database: Database) => Promise<T>): Promise<T> {
  await prepareDataDir(loaded.dataDir)
  const database = await openInstallation(loaded, silentLog)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
