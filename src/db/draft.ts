import { constants, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sql } from 'kysely'
import { z } from 'zod'
import { openDatabase, openPostgresSchema, sqliteFile } from './database.ts'
import type { Database, DatabaseOptions } from './database.ts'
import { tableNames } from './table-rows.ts'

/** A database in the making, beside the one that is in use. */
export type Draft = {
  readonly database: Database
  /** Puts it in the place of the one in use, whole or not at all, and closes it. The other one is kept under the given name: a folder of that path, a schema of that name. */
  publish(aside: Aside): Promise<void>
  discard(): Promise<void>
}

/** Where the database that was in use goes. */
export type Aside = { readonly folder: string; readonly schema: string }

const draftSchema = 'orrery_restoring'
const migrationTables = ['kysely_migration', 'kysely_migration_lock']

/** True when there is a database of ours already, with people or without. */
export async function isTaken(options: DatabaseOptions): Promise<boolean> {
  const file = sqliteFile(options)
  if (file !== null) return existsSync(file)
  const database = await openDatabase(options)
  try {
    return (await ownTables(database, await usualSchema(database))).length > 0
  } finally {
    await database.close()
  }
}

/** An empty draft. One that was left by a process that died is removed. */
export async function openDraft(options: DatabaseOptions): Promise<Draft> {
  const file = sqliteFile(options)
  return file === null ? openSchemaDraft(options) : openFileDraft(file)
}

const journals = ['-wal', '-shm', '-journal']

async function openFileDraft(file: string): Promise<Draft> {
  const draft = `${file}.restoring`
  const remove = (): void => ['', ...journals].forEach((end) => rmSync(`${draft}${end}`, { force: true }))
  remove()
  const database = await openDatabase({ url: `sqlite:${draft}` })
  return {
    database,
    publish: async ({ folder }) => {
      // The last one who closes a file in WAL mode writes everything into it.
      await database.close()
      if (existsSync(file)) {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        // First a copy, then one rename over the file: at every instant there is a database under that name.
        copyFileSync(file, join(folder, basename(file)), constants.COPYFILE_FICLONE)
        for (const end of journals.filter((name) => existsSync(`${file}${name}`)))
          renameSync(`${file}${end}`, join(folder, `${basename(file)}${end}`))
      }
      renameSync(draft, file)
      remove()
    },
    discard: async () => {
      await database.close()
      remove()
    },
  }
}

async function openSchemaDraft(options: DatabaseOptions): Promise<Draft> {
  const present = await openDatabase(options)
  const run = (text: string): Promise<unknown> => sql.raw(text).execute(present.db)
  await run(`drop schema if exists ${draftSchema} cascade`)
  await run(`create schema ${draftSchema}`)
  const database = openPostgresSchema(options, draftSchema)
  return {
    database,
    publish: async ({ schema }) => {
      const made = await ownTables(database, draftSchema)
      await database.close()
      await present.transaction(async (tx) => {
        const usual = await usualSchema({ db: tx })
        const old = await ownTables({ db: tx }, usual)
        if (old.length > 0) await sql`create schema ${sql.id(schema)}`.execute(tx)
        for (const table of old) await sql`alter table ${sql.id(usual, table)} set schema ${sql.id(schema)}`.execute(tx)
        for (const table of made) await sql`alter table ${sql.id(draftSchema, table)} set schema ${sql.id(usual)}`.execute(tx)
        await sql.raw(`drop schema ${draftSchema}`).execute(tx)
      })
      await present.close()
    },
    discard: async () => {
      await database.close()
      await run(`drop schema if exists ${draftSchema} cascade`)
      await present.close()
    },
  }
}

const Schema = z.tuple([z.object({ schema: z.string() })])

async function usualSchema({ db }: Pick<Database, 'db'>): Promise<string> {
  const { rows } = await sql`select current_schema() as schema`.execute(db)
  return Schema.parse(rows)[0].schema
}

const Tables = z.array(z.object({ tablename: z.string() }))

async function ownTables({ db }: Pick<Database, 'db'>, schema: string): Promise<readonly string[]> {
  const { rows } = await sql`select tablename from pg_tables where schemaname = ${schema}`.execute(db)
  const known = new Set([...tableNames, ...migrationTables])
  return Tables.parse(rows).flatMap(({ tablename }) => (known.has(tablename) ? [tablename] : []))
}

/** Whether somebody else who calls themselves Orrery is connected. Always false for SQLite: its files are locked. */
export async function isInUse(options: DatabaseOptions): Promise<boolean> {
  if (sqliteFile(options) !== null) return false
  const database = await openDatabase(options)
  try {
    const others = sql`select 1 from pg_stat_activity
      where datname = current_database() and application_name = 'orrery' and pid <> pg_backend_pid()`
    return (await others.execute(database.db)).rows.length > 0
  } finally {
    await database.close()
  }
}
