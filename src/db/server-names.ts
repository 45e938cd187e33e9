import { changedRows } from './columns.ts'
import type { Db } from './database.ts'

/** Gives a server that does not run another name. False: it is gone, or not stopped any more. The name must be free. */
export async function renameServer(db: Db, id: number, name: string): Promise<boolean> {
  const result = await db
    .updateTable('servers')
    .set({ name })
    .where('id', '=', id)
    .where('state_kind', 'in', ['stopped', 'failed'])
    .where('desired', '=', 'stopped')
    .executeTakeFirst()
  return changedRows(result) > 0
}
