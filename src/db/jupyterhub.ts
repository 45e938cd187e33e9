import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { z } from 'zod'
import type { ForeignHub } from '../core/import-plan.ts'
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { systemClock } from '../lib/clock.ts'
import { openDatabase, openSqliteOf } from './database.ts'
import type { Database } from './database.ts'

/** Schemas that are understood, by the versions of JupyterHub that use them. */
const knownRevisions: Readonly<Record<string, string>> = { '4621fec11365': '5', f460b0348206: '6' }

/**
 * Reads the database of a JupyterHub, and writes nothing to it. `url`: the form of its option `db_url` (`sqlite:///FILE`, `postgresql://…`), or the path of a file.
 * Rejects with one sentence when there is none, or one of another version.
 */
export async function readJupyterHub(url: string, folder: string): Promise<ForeignHub> {
  const database = await open(url, folder)
  try {
    await refuseOtherVersions(database)
    return await readTables(database)
  } finally {
    await database.close()
  }
}

async function open(url: string, folder: string): Promise<Database> {
  if (/^postgres(?:ql)?(?:\+\w+)?:\/\//.test(url)) return openDatabase({ url: url.replace(/^postgres(?:ql)?(?:\+\w+)?:/, 'postgres:') })
  const path = url.replace(/^sqlite:\/\/\//, '')
  if (/^\w+(?:\+\w+)?:\/\//.test(path))
    throw new Error(`A database of the kind ${path.replace(/:.*/, '')} cannot be read: only SQLite and PostgreSQL.`)
  const file = fileURLToPath(new URL(path, pathToFileURL(`${folder}/`)))
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`)
  return openSqliteOf(new DatabaseSync(file, { readOnly: true }), systemClock)
}

async function refuseOtherVersions({ db }: Database): Promise<void> {
  const Versions = z.array(z.object({ version_num: z.string() }))
  const rows = await sql`select version_num from alembic_version`.execute(db).then(
    (result) => Versions.parse(result.rows),
    () => [],
  )
  const [revision] = rows.map((row) => row.version_num)
  if (revision === undefined) throw new Error('This is no database of a JupyterHub: it has no table alembic_version.')
  if (knownRevisions[revision] !== undefined) return
  throw new Error(
    `The database has revision ${revision}, which is that of another version than JupyterHub 5 or 6. Run 'jupyterhub upgrade-db' of version 5 there first.`,
  )
}

const Id = z.coerce.number().int()
const Flag = z.union([z.boolean(), z.number()]).transform(Boolean)
/** JSON columns are text in SQLite, and text or JSON in PostgreSQL. */
const Json = z.union([z.string().transform((text): unknown => JSON.parse(text)), z.unknown()]).pipe(z.json())
const AnObject = Json.transform((value): JsonObject => (isJsonObject(value) ? value : {}))
const Texts = z.union([z.null(), Json.pipe(z.array(z.string()))]).transform((texts) => texts ?? [])
/** SQLite keeps `2026-01-02 03:04:05.000000`, PostgreSQL gives a date; both mean UTC. */
const Time = z.union([
  z.null(),
  z.date().transform((date) => utcOf(date)),
  z.string().transform((text) => new Date(`${text.replace(' ', 'T').slice(0, 23)}Z`).toISOString()),
])

/** A `timestamp without time zone` comes as if it were local time. */
const utcOf = (date: Date): string => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString()

async function readTables({ db }: Database): Promise<ForeignHub> {
  const rows = async <T>(query: string, shape: z.ZodType<T>): Promise<readonly T[]> =>
    z.array(shape).parse((await sql.raw(query).execute(db)).rows)
  return {
    users: await rows('select id, name, admin from users order by id', z.object({ id: Id, name: z.string(), admin: Flag })),
    groups: await rows('select id, name, properties from groups order by id', z.object({ id: Id, name: z.string(), properties: AnObject })),
    members: await rows('select user_id as "userId", group_id as "groupId" from user_group_map', z.object({ userId: Id, groupId: Id })),
    roles: await rows(
      'select id, name, description, scopes from roles order by id',
      z.object({
        id: Id,
        name: z.string(),
        description: z
          .string()
          .nullable()
          .transform((text) => text ?? ''),
        scopes: Texts,
      }),
    ),
    roleUsers: await rows('select role_id as "roleId", user_id as "userId" from user_role_map', z.object({ roleId: Id, userId: Id })),
    roleGroups: await rows('select role_id as "roleId", group_id as "groupId" from group_role_map', z.object({ roleId: Id, groupId: Id })),
    servers: await rows(
      'select user_id as "userId", name, user_options as options, server_id is not null as "isRunning" from spawners order by id',
      z.object({ userId: Id, name: z.string(), options: AnObject, isRunning: Flag }),
    ),
    tokens: await rows(
      `select user_id as "userId", hashed, prefix, client_id as "clientId", scopes, note, created as "createdAt", expires_at as "expiresAt" from api_tokens order by id`,
      z.object({
        userId: Id.nullable(),
        hashed: z.string(),
        prefix: z.string(),
        clientId: z.string().nullable(),
        scopes: Texts,
        note: z
          .string()
          .nullable()
          .transform((text) => text ?? ''),
        createdAt: Time,
        expiresAt: Time,
      }),
    ),
  }
}
