import type { Selectable, Updateable } from 'kysely'
import type { ErrorRecord } from '../core/errors.ts'
import type { FileFate, FilesFound, LeftFiles, LeftFilesState } from '../core/left-files.ts'
import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import { changedRows, readJson, readJsonOrNull, readTexts } from './columns.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** What may be changed of somebody's left files. */
export type LeftFilesPatch = Partial<
  Pick<LeftFiles, 'fate' | 'state' | 'archive' | 'archivedAt' | 'found' | 'failure' | 'failures' | 'retryAt'>
>

const toLeftFiles = (row: Selectable<Schema['left_files']>): LeftFiles => ({
  id: row.id,
  homeName: row.home_name,
  userName: row.user_name,
  serverNames: readTexts(row.server_names),
  fate: row.fate,
  state: row.state,
  askedBy: row.asked_by,
  askedAt: row.asked_at,
  archive: row.archive,
  archivedAt: row.archived_at,
  found: readJson<FilesFound>(row.found),
  failure: readJsonOrNull<ErrorRecord>(row.failure),
  failures: row.failures,
  retryAt: row.retry_at,
})

const columnsOf = (patch: LeftFilesPatch): Updateable<Schema['left_files']> => ({
  ...(patch.fate === undefined ? {} : { fate: patch.fate }),
  ...(patch.state === undefined ? {} : { state: patch.state }),
  ...(patch.archive === undefined ? {} : { archive: patch.archive }),
  ...(patch.archivedAt === undefined ? {} : { archived_at: patch.archivedAt }),
  ...(patch.found === undefined ? {} : { found: JSON.stringify(patch.found) }),
  ...(patch.failure === undefined ? {} : { failure: patch.failure === null ? null : JSON.stringify(patch.failure) }),
  ...(patch.failures === undefined ? {} : { failures: patch.failures }),
  ...(patch.retryAt === undefined ? {} : { retry_at: patch.retryAt }),
})

/** Notes the files of somebody who is being removed. The hub has yet to look after them: also what is kept is looked at once. */
export async function noteLeftFiles(
  db: Db,
  left: {
    readonly homeName: string
    readonly userName: string
    readonly serverNames: readonly string[]
    readonly fate: FileFate
    readonly askedBy: string
    readonly archive: string | null
    readonly now: Ms
  },
): Promise<LeftFiles> {
  const row = await db
    .insertInto('left_files')
    .values({
      home_name: left.homeName,
      user_name: left.userName,
      server_names: JSON.stringify(left.serverNames),
      fate: left.fate,
      state: 'waiting',
      asked_by: left.askedBy.slice(0, 256),
      asked_at: toIso(left.now),
      archive: left.archive,
      found: JSON.stringify({ own: [], leftAlone: [] }),
      failures: 0,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toLeftFiles(row)
}

/** Those that are in one of the states, the newest first. */
export async function listLeftFiles(db: Db, states: readonly LeftFilesState[]): Promise<readonly LeftFiles[]> {
  const rows = await db.selectFrom('left_files').selectAll().where('state', 'in', states).orderBy('id', 'desc').limit(1_000).execute()
  return rows.map(toLeftFiles)
}

/** Those with that id, or null. */
export async function findLeftFiles(db: Db, id: number): Promise<LeftFiles | null> {
  const row = await db.selectFrom('left_files').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toLeftFiles(row)
}

/** Those that are still there under that home name, or were those of people of that name; the newest first. */
export async function leftFilesOf(db: Db, name: string): Promise<readonly LeftFiles[]> {
  const rows = await db
    .selectFrom('left_files')
    .selectAll()
    .where('state', '!=', 'done')
    .where((when) => when.or([when('home_name', '=', name), when('user_name', '=', name)]))
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toLeftFiles)
}

/** Ids of those that have to be looked after now, and that nobody looks after. */
export async function dueLeftFiles(db: Db, now: Ms): Promise<readonly number[]> {
  const at = toIso(now)
  const rows = await db
    .selectFrom('left_files')
    .select('id')
    .where('state', '=', 'waiting')
    .where((when) => when.or([when('retry_at', 'is', null), when('retry_at', '<=', at)]))
    .where((when) => when.or([when('lease_until', 'is', null), when('lease_until', '<', at)]))
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

type Lease = { readonly id: number; readonly owner: string; readonly until: Ms }

/** Takes the lease of waiting ones that nobody holds at `now`; null when somebody does. */
export async function acquireLeftFiles(db: Db, lease: Lease & { readonly now: Ms }): Promise<LeftFiles | null> {
  const row = await db
    .updateTable('left_files')
    .set({ lease_owner: lease.owner, lease_until: toIso(lease.until) })
    .where('id', '=', lease.id)
    .where('state', '=', 'waiting')
    .where((when) => when.or([when('lease_until', 'is', null), when('lease_until', '<', toIso(lease.now))]))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toLeftFiles(row)
}

/** Prolongs a lease. False when it was lost. */
export async function renewLeftFiles(db: Db, { id, owner, until }: Lease): Promise<boolean> {
  const set = { lease_until: toIso(until) }
  return (
    changedRows(await db.updateTable('left_files').set(set).where('id', '=', id).where('lease_owner', '=', owner).executeTakeFirst()) > 0
  )
}

/** Everybody who holds a lease, sorted. */
export async function leftFilesOwners(db: Db): Promise<readonly string[]> {
  const held = db.selectFrom('left_files').select('lease_owner').distinct().where('lease_owner', 'is not', null).orderBy('lease_owner')
  return (await held.execute()).flatMap((row) => (row.lease_owner === null ? [] : [row.lease_owner]))
}

/** Gives back every lease of an owner that is known to be dead. */
export async function releaseLeftFilesOf(db: Db, owner: string): Promise<void> {
  await db.updateTable('left_files').set({ lease_owner: null, lease_until: null }).where('lease_owner', '=', owner).execute()
}

/** Gives a lease back, if it is still held. */
export async function releaseLeftFiles(db: Db, id: number, owner: string): Promise<void> {
  const free = { lease_owner: null, lease_until: null }
  await db.updateTable('left_files').set(free).where('id', '=', id).where('lease_owner', '=', owner).execute()
}

/** Changes them for whoever holds the lease. False: the lease is lost, or somebody has decided otherwise, and nothing was changed. */
export async function updateLeftFilesUnderLease(
  db: Db,
  { id, owner, fate }: { readonly id: number; readonly owner: string; readonly fate: FileFate },
  patch: LeftFilesPatch,
): Promise<boolean> {
  const changed = await db
    .updateTable('left_files')
    .set(columnsOf(patch))
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .where('fate', '=', fate)
    .executeTakeFirst()
  return changedRows(changed) > 0
}

/**
 * Decides anew about files that nobody is at work on at `now`; a hub that only looks at what is to be kept does not count. False: somebody is, or
 * they are done with. The lock of the row decides between this and a hub that takes the lease.
 */
export async function decideLeftFiles(db: Db, id: number, now: Ms, patch: LeftFilesPatch): Promise<boolean> {
  const changed = await db
    .updateTable('left_files')
    .set(columnsOf(patch))
    .where('id', '=', id)
    .where('state', '!=', 'done')
    .where((when) => when.or([when('fate', '=', 'keep'), when('lease_until', 'is', null), when('lease_until', '<', toIso(now))]))
    .executeTakeFirst()
  return changedRows(changed) > 0
}

/** Forgets them: they belong to an account again. False when there were none, or somebody is at work on them at `now`. */
export async function deleteLeftFiles(db: Db, id: number, now: Ms): Promise<boolean> {
  const gone = await db
    .deleteFrom('left_files')
    .where('id', '=', id)
    .where((when) => when.or([when('fate', '=', 'keep'), when('lease_until', 'is', null), when('lease_until', '<', toIso(now))]))
    .executeTakeFirst()
  return changedRows(gone) > 0
}

/** Forgets what was done with before that time. */
export async function purgeLeftFiles(db: Db, before: Ms): Promise<number> {
  return changedRows(await db.deleteFrom('left_files').where('state', '=', 'done').where('asked_at', '<', toIso(before)).executeTakeFirst())
}
