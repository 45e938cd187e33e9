import { AsyncLocalStorage } from 'node:async_hooks'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { CompiledQuery, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { DatabaseConnection, Dialect, DialectAdapter, Driver, QueryResult } from 'kysely'
import type { Clock } from '../lib/clock.ts'
import { createTurns } from '../lib/turns.ts'
import type { Turns } from '../lib/turns.ts'

const busyDeadlineMs = 5_000
const busyPauseMs = 5
const statementCacheSize = 256

/** Marks code that runs inside a transaction, so that a wait for the connection it holds itself ends with an error instead of never. */
export const transactionScope = new AsyncLocalStorage<{ open: boolean }>()

// BEGIN IMMEDIATE is the lock: a second process waits at its own.
const adapter: DialectAdapter = {
  supportsCreateIfNotExists: true,
  supportsMultipleConnections: true,
  supportsTransactionalDdl: true,
  supportsReturning: true,
  acquireMigrationLock: async () => {},
  releaseMigrationLock: async () => {},
}

/** Opens the file (or `:memory:`) with the settings that all of Orrery relies on. */
export function openSqlite(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: busyPauseMs })
  try {
    retryBusySync(() => database.exec('PRAGMA journal_mode = WAL'))
    database.exec('PRAGMA synchronous = NORMAL')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** True when another process holds the lock. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 5

function retryBusySync(work: () => void): void {
  const until = performance.now() + busyDeadlineMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
    }
  }
}

/** kysely on the SQLite that is built into Node: one connection, used by one transaction or one statement at a time. */
export function createSqliteDialect(database: DatabaseSync, clock: Clock): Dialect {
  return {
    createAdapter: () => adapter,
    createDriver: () => createDriver(database, clock),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

function createDriver(database: DatabaseSync, clock: Clock): Driver {
  const turns = createTurns(1)
  const held = new WeakMap<DatabaseConnection, () => void>()
  const statements = createStatementCache(database)
  const run = (connection: DatabaseConnection, text: string): Promise<unknown> => connection.executeQuery(CompiledQuery.raw(text))
  return {
    init: async () => {},
    acquireConnection: async () => {
      const release = await takeTurn(turns)
      const connection = createConnection(statements, clock)
      held.set(connection, release)
      return connection
    },
    beginTransaction: async (connection) => void (await run(connection, 'begin immediate')),
    commitTransaction: async (connection) => void (await run(connection, 'commit')),
    rollbackTransaction: async (connection) => {
      if (database.isTransaction) await run(connection, 'rollback')
    },
    releaseConnection: (connection) => Promise.resolve(held.get(connection)?.()),
    destroy: () => Promise.resolve(database.close()),
  }
}

/** Inside a transaction the turn never comes back: whoever forgot the `tx` is told so. */
async function takeTurn(turns: Turns): Promise<() => void> {
  if (transactionScope.getStore()?.open !== true) return turns.take()
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(new Error('The database was used inside a transaction without its tx.')), busyDeadlineMs)
  try {
    return await turns.take(giveUp.signal)
  } finally {
    clearTimeout(timer)
  }
}

function createStatementCache(database: DatabaseSync): (text: string) => StatementSync {
  const cache = new Map<string, StatementSync>()
  return (text) => {
    const known = cache.get(text)
    const statement = known ?? database.prepare(text)
    cache.delete(text)
    cache.set(text, statement)
    const [oldest] = cache.keys()
    if (cache.size > statementCacheSize && oldest !== undefined) cache.delete(oldest)
    return statement
  }
}

function createConnection(statements: (text: string) => StatementSync, clock: Clock): DatabaseConnection {
  const executeOnce = <R>(query: CompiledQuery): QueryResult<R> => {
    const statement = statements(query.sql)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only texts, numbers and null are ever bound: the schema has no other types
    const parameters = query.parameters as SQLInputValue[]
    // Rows of node:sqlite have no prototype, which surprises deepEqual and libraries.
    const rows = statement.columns().length > 0 ? statement.all(...parameters).map((row) => ({ ...row })) : null
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kysely knows the type of a row from the query
    if (rows !== null) return { rows: rows as R[] }
    return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) }
  }
  return {
    executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
      const until = clock.monotonic() + busyDeadlineMs
      for (;;) {
        try {
          return executeOnce<R>(query)
        } catch (error) {
          // The wait belongs to the event loop: the holder of the lock may live in this very process.
          if (!isBusy(error) || clock.monotonic() > until) throw error
          await clock.sleep(busyPauseMs)
        }
      }
    },
    streamQuery: () => {
      throw new Error('Streaming is not used.')
    },
  }
}
