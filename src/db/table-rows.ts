import { sql } from 'kysely'
import { z } from 'zod'
import type { Database, Db } from './database.ts'
import type { Schema } from './schema.ts'

/** Name of a table. */
export type TableName = keyof Schema

/** Every table with the columns of its key, in an order in which rows can be put in: what a row points to comes first. */
export const tableKeys = {
  users: ['id'],
  auth_checks: ['user_id'],
  left_files: ['id'],
  credentials: ['user_id'],
  identities: ['id'],
  invitations: ['id'],
  sessions: ['id'],
  groups: ['id'],
  group_members: ['group_id', 'user_id'],
  services: ['id'],
  roles: ['id'],
  role_assignments: ['id'],
  servers: ['id'],
  attempts: ['id'],
  server_events: ['id'],
  tokens: ['id'],
  oauth_clients: ['id'],
  oauth_codes: ['code_hash'],
  rate_limits: ['bucket'],
  settings: ['key'],
  audit_log: ['id'],
} as const satisfies Record<TableName, readonly string[]>

/** Names of all tables in that order. */
export const tableNames: readonly string[] = Object.keys(tableKeys)

/** What a cell holds, in both databases. */
export const Cell = z.union([z.string(), z.number(), z.null()])
const Row = z.record(z.string(), Cell)

/** One row as it is in the table. */
export type Row = z.output<typeof Row>

const pageSize = 500
const rowsAtOnce = 50
/** Numbers that the other database may have given out after its copy was made are not given out again. */
const numberGap = 1_000

/** Shows every row of every table as they all are at one instant. Others read and write meanwhile. */
export async function eachRow({ db, dialect }: Database, show: (table: string, row: Row) => Promise<void>): Promise<void> {
  await db.connection().execute(async (one) => {
    await sql.raw(dialect === 'sqlite' ? 'begin' : 'begin transaction isolation level repeatable read read only').execute(one)
    try {
      for (const [table, key] of Object.entries(tableKeys)) await eachRowOf(one, table, key, (row) => show(table, row))
    } finally {
      await sql.raw('rollback').execute(one)
    }
  })
}

async function eachRowOf(db: Db, table: string, key: readonly string[], show: (row: Row) => Promise<void>): Promise<void> {
  for (let from = 0, more = true; more; from += pageSize) {
    const rows = await readPage(db, table, key, from)
    for (const row of rows) await show(row)
    more = rows.length === pageSize
  }
}

async function readPage(db: Db, table: string, key: readonly string[], from: number): Promise<readonly Row[]> {
  const order = sql.join(key.map((column) => sql.ref(column)))
  const { rows } = await sql`select * from ${sql.table(table)} order by ${order} limit ${pageSize} offset ${from}`.execute(db)
  return z.array(Row).parse(rows)
}

/** Puts rows of one table in. All have the same columns. */
export async function putRows(db: Db, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const values = rows.slice(from, from + rowsAtOnce).map((row) => sql`(${sql.join(columns.map((column) => row[column] ?? null))})`)
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(values)}`.execute(
      db,
    )
  }
}

/** New rows get numbers well above those that were put in. */
export async function skipNumbers({ dialect }: Pick<Database, 'dialect'>, db: Db): Promise<void> {
  const numbered = Object.entries(tableKeys).filter(([table, [column]]) => column === 'id' && !textIds.has(table))
  for (const [table] of numbered) {
    const next = sql`(select coalesce(max(id), 0) + ${sql.lit(numberGap)} from ${sql.table(table)})`
    if (dialect === 'postgres') await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${next})`.execute(db)
    else {
      await sql`delete from sqlite_sequence where name = ${table}`.execute(db)
      await sql`insert into sqlite_sequence (name, seq) values (${table}, ${next})`.execute(db)
    }
  }
}

const textIds: ReadonlySet<string> = new Set(['attempts', 'oauth_clients'])

/** Servers go on counting their starts well above what was counted after the copy was made: what a start has left behind bears its number. */
export async function skipGenerations(db: Db): Promise<void> {
  await db
    .updateTable('servers')
    .set((column) => ({ generation: sql<number>`${column.ref('generation')} + ${sql.lit(numberGap)}` }))
    .execute()
}

/** How many rows point to rows that are not there. PostgreSQL does not take such rows in the first place. */
export async function brokenRows({ db, dialect }: Pick<Database, 'db' | 'dialect'>): Promise<number> {
  if (dialect === 'postgres') return 0
  return (await sql`pragma foreign_key_check`.execute(db)).rows.length
}
