import { join } from 'node:path'
import { toIso } from '../core/time.ts'
import { isTaken } from '../db/draft.ts'
import { migrationStatus } from '../db/migrate.ts'
import { eachRow } from '../db/table-rows.ts'
import { systemClock } from '../lib/clock.ts'
import { readSecret } from '../lib/data-dir.ts'
import { writeSealedLines } from '../lib/sealed-lines.ts'
import { secretFiles } from './backup-lines.ts'
import { databasePlace, withDatabase } from './storage.ts'
import type { BackupHead, BackupLine } from './backup-lines.ts'
import type { LoadedConfig } from './load-config.ts'

/** What a backup holds. */
export type BackupReport = { readonly madeAt: string; readonly rows: Readonly<Record<string, number>>; readonly secrets: readonly string[] }

/** Where a backup goes. */
export type BackupWish = { readonly path: string; readonly replace: boolean; readonly version: string }

/**
 * Writes database and secrets of an installation into one file, as they are at one instant; the hub may run meanwhile. Rows that are dead in minutes
 * anyway (codes of OAuth, counters) are left out.
 */
export async function makeBackup(loaded: LoadedConfig, { path, replace, version }: BackupWish): Promise<BackupReport> {
  if (!(await isTaken(databasePlace(loaded)))) throw new Error(`There is no hub in ${loaded.dataDir} to make a backup of.`)
  return withDatabase(loaded, async (database) => {
    const steps = (await migrationStatus(database)).filter(({ appliedAt }) => appliedAt !== null).map(({ name }) => name)
    const secrets = await secretsIn(loaded.dataDir)
    const madeAt = toIso(systemClock.now())
    const rows: Record<string, number> = {}
    await writeSealedLines(path, replace, async (write) => {
      const head: BackupHead = { format: 'orrery-backup-1', madeAt, version, dialect: database.dialect, steps, secrets }
      await write(JSON.stringify(head))
      await eachRow(database, async (table, row) => {
        if (shortLived.has(table)) return
        if (rows[table] === undefined) await write(line({ table, columns: Object.keys(row) }))
        rows[table] = (rows[table] ?? 0) + 1
        await write(line(Object.values(row)))
      })
    })
    return { madeAt, rows, secrets: Object.keys(secrets) }
  })
}

const line = (value: BackupLine): string => JSON.stringify(value)

const shortLived: ReadonlySet<string> = new Set(['oauth_codes', 'rate_limits'])

async function secretsIn(dataDir: string): Promise<Record<string, string>> {
  const found = await Promise.all(secretFiles.map(async (name) => [name, await readSecret(join(dataDir, name))] as const))
  return Object.fromEntries(found.flatMap(([name, secret]) => (secret === null ? [] : [[name, secret]])))
}
