import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from '../../src/db/database.ts'
import type { Database, DialectName } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { needs } from './machine.ts'
import { freshPostgresUrl } from './postgres.ts'
import { until } from './until.ts'

/** Both databases: `for (const dialect of dialects) suite(dialect, needsDialect(dialect), () => {…})`. */
export const dialects: readonly DialectName[] = ['sqlite', 'postgres']

/** Options of a suite that needs the database. */
export const needsDialect = (dialect: DialectName): { readonly skip?: string } => (dialect === 'postgres' ? needs('postgresql') : {})

/** URL of a new, empty database. */
export function freshUrl(dialect: DialectName): Promise<string> {
  if (dialect === 'postgres') return freshPostgresUrl()
  return Promise.resolve(`sqlite:${join(mkdtempSync(join(tmpdir(), 'orrery-db-')), 'test.sqlite')}`)
}

let migrated: Promise<string> | null = null

/** An empty PostgreSQL database with all tables, to copy from: that is quicker than making them each time. */
async function migratedUrl(): Promise<string> {
  const url = await freshPostgresUrl()
  const database = await openDatabase({ url })
  await migrate(database)
  await database.close()
  return url
}

/** A new database with all tables, closed after the tests of the suite in which it was asked for. */
export async function freshDatabase(dialect: DialectName = 'sqlite'): Promise<Database> {
  if (dialect === 'postgres') migrated ??= migratedUrl()
  const url = migrated === null || dialect === 'sqlite' ? await freshUrl(dialect) : await freshPostgresUrl(await migrated)
  const database = await openDatabase({ url })
  after(() => database.close())
  await migrate(database)
  return database
}

/** Resolves when somebody waits for a row that somebody else has written. On SQLite a whole transaction waits for its turn. */
export const somebodyWaits = (database: Database): Promise<void> =>
  until(async () => {
    if (database.dialect === 'sqlite') return true
    const query = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    return (await query.execute(database.db)).rows.length > 0
  })
