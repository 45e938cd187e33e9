import type { Selectable } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import { changedRows, readObject, toBit } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** A program that uses the API in its own name. */
export type Service = {
  readonly id: number
  readonly name: string
  readonly admin: boolean
  readonly url: string | null
  readonly info: JsonObject
  readonly display: boolean
}

const toService = (row: Selectable<Schema['services']>): Service => ({
  id: row.id,
  name: row.name,
  admin: row.admin === 1,
  url: row.url,
  info: readObject(row.info),
  display: row.display === 1,
})

/** Keeps a service; one of the same name is replaced, its tokens stay. */
export async function upsertService(db: Db, service: Omit<Service, 'id'>): Promise<Service> {
  const set = { admin: toBit(service.admin), url: service.url, info: JSON.stringify(service.info), display: toBit(service.display) }
  const row = await db
    .insertInto('services')
    .values({ name: service.name, ...set })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(set))
    .returningAll()
    .executeTakeFirstOrThrow()
  return toService(row)
}

/** The service of that name, or null. */
export async function findService(db: Db, name: string): Promise<Service | null> {
  const row = await db.selectFrom('services').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toService(row)
}

/** The service with that id, or null. */
export async function findServiceById(db: Db, id: number): Promise<Service | null> {
  const row = await db.selectFrom('services').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toService(row)
}

/** All services by name. */
export async function listServices(db: Db): Promise<readonly Service[]> {
  const rows = await db.selectFrom('services').selectAll().orderBy('name').execute()
  return rows.map(toService)
}

/** Removes every service whose name is not in the list, with its tokens. Returns how many. */
export async function deleteServicesExcept(db: Db, names: readonly string[]): Promise<number> {
  return changedRows(
    await db
      .deleteFrom('services')
      .where('name', 'not in', [...names, ''])
      .executeTakeFirst(),
  )
}
