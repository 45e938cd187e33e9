import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { CompiledQuery, DatabaseConnection, Dialect, QueryResult } from 'kysely'
import type { Db } from '../../src/db/database.ts'
import { sampledFiles } from '../../test/support/query-samples.ts'
import type { QuerySample, SampledFile } from '../../test/support/query-samples.ts'
import type { Generated } from './registry.ts'

const samplesOf = (columns: readonly string[], value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(columns.map((column): [string, unknown] => [column, value]))

/** A row that every query is content with. */
const anyRow: Readonly<Record<string, unknown>> = {
  ...samplesOf(['id', 'total', 'used', 'user_id', 'admin'], 1),
  ...samplesOf(['name', 'user_name', 'group_name', 'value', 'status', 'token_hash'], 'x'),
  ...samplesOf(['scopes', 'allowed_scopes', 'server_names'], '[]'),
  ...samplesOf(['properties', 'info', 'state', 'user_options', 'data', 'detail', 'found'], '{}'),
  ...samplesOf(['handle', 'failure', 'outcome', 'lease_owner', 'trouble'], null),
  window_until: '2026-01-01T00:00:00.000Z',
}

function recording(kind: 'sqlite' | 'postgres', seen: string[]): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
      seen.push(query.sql)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody looks at the row
      return Promise.resolve({ rows: [anyRow as R] })
    },
    streamQuery: () => {
      throw new Error('Streaming is not used.')
    },
  }
  const nothing = (): Promise<void> => Promise.resolve()
  return {
    createAdapter: () => (kind === 'sqlite' ? new SqliteAdapter() : new PostgresAdapter()),
    createIntrospector: (db) => (kind === 'sqlite' ? new SqliteIntrospector(db) : new PostgresIntrospector(db)),
    createQueryCompiler: () => (kind === 'sqlite' ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
    createDriver: () => ({
      init: nothing,
      acquireConnection: () => Promise.resolve(connection),
      beginTransaction: nothing,
      commitTransaction: nothing,
      rollbackTransaction: nothing,
      releaseConnection: nothing,
      destroy: nothing,
    }),
  }
}

async function statementsOf(sample: QuerySample, kind: 'sqlite' | 'postgres'): Promise<readonly string[]> {
  const seen: string[] = []
  const db: Db = new Kysely({ dialect: recording(kind, seen) })
  await sample(db)
  return seen
}

/** One clause a line, so that a difference is seen where it is. */
const inLines = (statement: string): string =>
  statement.replace(/ (?=(?:from|where|inner join|left join|set|values|on conflict|returning|order by|limit) )/g, '\n  ')

async function goldenOf({ samples }: SampledFile): Promise<string> {
  const parts: string[] = []
  for (const [name, sample] of Object.entries(samples)) {
    const sqlite = await statementsOf(sample, 'sqlite')
    const postgres = await statementsOf(sample, 'postgres')
    const alike = postgres.join('\n').replace(/\$\d+/g, '?') === sqlite.join('\n')
    const shown = alike ? [...postgres] : ['-- sqlite', ...sqlite, '-- postgres', ...postgres]
    parts.push([`-- ${name}`, ...shown.map((line) => (line.startsWith('--') ? line : `${inLines(line)};`))].join('\n'))
  }
  return `-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.\n\n${parts.join('\n\n')}\n`
}

/** The SQL of every query function, one file for each file of `src/db`: a changed query shows in review. */
export const goldenSql: readonly Generated[] = sampledFiles.map((sampled) => ({
  path: `src/db/golden/${sampled.file}.sql`,
  make: async () => ({ text: await goldenOf(sampled), problems: [] }),
}))
