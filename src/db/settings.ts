import { changedRows } from './columns.ts'
import type { Db } from './database.ts'

/** The value kept under that key, or null. */
export async function getSetting(db: Db, key: string): Promise<string | null> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value ?? null
}

/** Keeps a value, replacing the one before. */
export async function setSetting(db: Db, key: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

/** Keeps a value unless there is one; returns the one that is kept now. Of two hubs that ask at once, both get the same. */
export async function setSettingIfAbsent(db: Db, key: string, value: string): Promise<string> {
  const row = await db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((column) => ({ key: column.ref('excluded.key') })))
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value
}

/** Forgets a value. False when there was none. */
export async function deleteSetting(db: Db, key: string): Promise<boolean> {
  return changedRows(await db.deleteFrom('settings').where('key', '=', key).executeTakeFirst()) > 0
}

/**
 * Lets one transaction at a time pass this point, on both databases: writing the row locks it until the end of the transaction.
 * For rules over several rows, such as "there is always an administrator".
 */
export async function waitForTurn(tx: Db, name: string): Promise<void> {
  await setSetting(tx, `turn:${name}`, '')
}
