import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { systemClock } from '../lib/clock.ts'
import type { Clock } from '../lib/clock.ts'
import type { Schema } from './schema.ts'
import { createSqliteDialect, openSqlite, transactionScope } from './sqlite.ts'

/** What every query function takes first: the database itself, or the `tx` of a transaction. */
export type Db = Kysely<Schema>

/** The two databases that Orrery runs on. */
export type DialectName = 'sqlite' | 'postgres'

/** An open database. */
export type Database = {
  readonly db: Db
  readonly dialect: DialectName
  /** Path of the SQLite file; null for PostgreSQL and for `:memory:`. */
  readonly file: string | null
  /** Schema of PostgreSQL in which the tables are, when it is another than the usual one. */
  readonly schema?: string
  /**
   * Runs the work in one transaction: all of it is kept, or nothing when it throws. On SQLite one runs at a time.
   * Inside, only `tx` may be used; do not nest.
   */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** `url`: `sqlite:FILE`, `sqlite::memory:` or `postgres://…`. A relative FILE is below `folder` (default: the current one). */
export type DatabaseOptions = {
  readonly url: string
  readonly folder?: string
  readonly clock?: Clock
  /** Told when an idle connection to PostgreSQL breaks; the pool makes a new one. */
  readonly onConnectionLost?: (error: Error) => void
}

/** Opens the database, making an SQLite file (mode 0600) and its folder (0700) when they are missing. Does not migrate. */
export function openDatabase(options: DatabaseOptions): Promise<Database> {
  return Promise.try(open, options)
}

function open(options: DatabaseOptions): Database {
  const { url, clock = systemClock } = options
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(url, options)
  const path = sqlitePath(url, options.folder ?? '.')
  if (path === null) throw new Error(`The database URL ${url.replace(/:\/\/.*/, '://…')} starts with neither sqlite: nor postgres://.`)
  const db: Db = new Kysely({ dialect: createSqliteDialect(openFile(path), clock) })
  return { db, dialect: 'sqlite', file: path === ':memory:' ? null : path, transaction: inTransaction(db), close: () => db.destroy() }
}

/** Path of the file that an SQLite address names; null for PostgreSQL and for `:memory:`. */
export function sqliteFile({ url, folder = '.' }: DatabaseOptions): string | null {
  const path = sqlitePath(url, folder)
  return path === ':memory:' ? null : path
}

/** The same database of PostgreSQL, with another schema in the place of `public`. */
export const openPostgresSchema = (options: DatabaseOptions, schema: string): Database => ({
  ...openPostgres(options.url, options, `-c search_path=${schema}`),
  schema,
})

/** A database on a connection that is open already: one that is only read. */
export function openSqliteOf(connection: DatabaseSync, clock: Clock): Database {
  const db: Db = new Kysely({ dialect: createSqliteDialect(connection, clock) })
  return { db, dialect: 'sqlite', file: null, transaction: inTransaction(db), close: () => db.destroy() }
}

function sqlitePath(url: string, folder: string): string | null {
  if (!url.startsWith('sqlite:')) return null
  const rest = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
  return rest === ':memory:' ? rest : resolve(folder, rest)
}

function openFile(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') preparePrivateFile(path)
    return openSqlite(path)
  } catch (cause) {
    throw new Error(`The database file ${path} cannot be opened: ${cause instanceof Error ? cause.message : 'unknown'}.`, { cause })
  }
}

/** SQLite gives its -wal and -shm files the mode of the main file. */
function preparePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function openPostgres(url: string, options: DatabaseOptions, settings?: string): Database {
  const more = settings === undefined ? {} : { options: settings }
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000, application_name: 'orrery', ...more })
  pool.on('error', (error) => options.onConnectionLost?.(error))
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  return { db, dialect: 'postgres', file: null, transaction: inTransaction(db), close: () => db.destroy() }
}

const inTransaction =
  (db: Db) =>
  <T>(work: (tx: Db) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (tx) => {
      const scope = { open: true }
      try {
        return await transactionScope.run(scope, () => work(tx))
      } finally {
        scope.open = false
      }
    })
