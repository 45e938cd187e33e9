import { migrate, migrateUpTo, migrationStatus } from '../db/migrate.ts'
import { putRows, tableNames } from '../db/table-rows.ts'
import type { Row } from '../db/table-rows.ts'
import type { Database } from '../db/database.ts'
import { readSealedLines } from '../lib/sealed-lines.ts'
import { BackupHead, BackupLine } from './backup-lines.ts'

/** What was read from a backup. */
export type RestoredRows = { readonly head: BackupHead; readonly rows: Readonly<Record<string, number>> }

const rowsAtOnce = 500

/** Reads a whole backup into an empty database, with the schema that it was made with, and brings that up to date. Rejects with one sentence. */
export async function restoreRows(database: Database, path: string): Promise<RestoredRows> {
  const loader = createLoader(database)
  await readSealedLines(path, (line) => loader.take(line))
  const restored = await loader.end()
  await migrate(database)
  return restored
}

/** Takes the lines of a backup one by one. */
function createLoader(database: Database) {
  const rows: Record<string, number> = {}
  const heads: BackupHead[] = []
  let table = { name: '', columns: [] as readonly string[] }
  let waiting: Row[] = []

  const flush = async (): Promise<void> => {
    const some = waiting
    waiting = []
    if (some.length > 0) await database.transaction((tx) => putRows(tx, table.name, some))
  }
  const take = async (text: string): Promise<void> => {
    if (heads.length === 0) {
      heads.push(await begin(database, text))
      return
    }
    const line = BackupLine.parse(JSON.parse(text))
    if (!Array.isArray(line)) {
      await flush()
      if (!tableNames.includes(line.table)) throw new Error(`there is no table ${line.table}`)
      table = { name: line.table, columns: line.columns }
      return
    }
    waiting.push(Object.fromEntries(table.columns.map((column, index) => [column, line[index] ?? null])))
    rows[table.name] = (rows[table.name] ?? 0) + 1
    if (waiting.length >= rowsAtOnce) await flush()
  }
  const end = async (): Promise<RestoredRows> => {
    await flush()
    const [head] = heads
    if (head === undefined) throw new Error('The backup is empty.')
    return { head, rows }
  }
  return { take, end }
}

/** Reads the first line and makes the tables as they were then. */
async function begin(database: Database, text: string): Promise<BackupHead> {
  const head = BackupHead.safeParse(parseJson(text)).data
  if (head === undefined) throw new Error('it was not made by orrery backup, or by a newer version of it')
  const known = (await migrationStatus(database)).map(({ name }) => name)
  if (head.steps.some((step, index) => known[index] !== step))
    throw new Error(`it was made by a newer version of Orrery, ${head.version}: update first`)
  await migrateUpTo(database, head.steps.at(-1) ?? '')
  return head
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
