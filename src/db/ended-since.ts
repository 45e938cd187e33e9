import type { Db, Database } from './database.ts'

/** What a database lets in: hashes of tokens, sessions and invitations, names of its people, and of those who are blocked. */
export type StillValid = {
  readonly hashes: ReadonlySet<string>
  readonly people: ReadonlySet<string>
  readonly blocked: readonly string[]
}

/** What an older copy of the database would have let in again. */
export type Forgotten = { readonly tokens: number; readonly sessions: number; readonly invitations: number; readonly blocked: number }

const guarded = ['tokens', 'sessions', 'invitations'] as const
const idsAtOnce = 500

/** Looks at what is valid now. */
export async function stillValid({ db }: Pick<Database, 'db'>): Promise<StillValid> {
  const people = await db.selectFrom('users').select(['name', 'status']).execute()
  const tokens = await db.selectFrom('tokens').select('token_hash').execute()
  const sessions = await db.selectFrom('sessions').select('token_hash').execute()
  const invitations = await db.selectFrom('invitations').select('token_hash').where('used_at', 'is', null).execute()
  return {
    hashes: new Set([...tokens, ...sessions, ...invitations].map((row) => row.token_hash)),
    people: new Set(people.map(({ name }) => name)),
    blocked: people.filter(({ status }) => status === 'blocked').map(({ name }) => name),
  }
}

/**
 * Removes from an older copy what is not valid any more, and blocks who is blocked by now. What belonged to people who are gone by now stays: a restore is
 * how they come back.
 */
export async function forgetEnded(tx: Db, { hashes, people, blocked }: StillValid): Promise<Forgotten> {
  const count = { tokens: 0, sessions: 0, invitations: 0 }
  for (const table of guarded) {
    const rows = await tx
      .selectFrom(table)
      .leftJoin('users', 'users.id', `${table}.user_id`)
      .select([`${table}.id as id`, `${table}.token_hash as hash`, 'users.name as owner'])
      .execute()
    const gone = rows.filter(({ hash, owner }) => !hashes.has(hash) && (owner === null || people.has(owner)))
    for (let from = 0; from < gone.length; from += idsAtOnce) {
      const ids = gone.slice(from, from + idsAtOnce).map(({ id }) => id)
      await tx.deleteFrom(table).where('id', 'in', ids).execute()
    }
    count[table] = gone.length
  }
  let newlyBlocked = 0
  for (const name of blocked) {
    const change = tx.updateTable('users').set({ status: 'blocked' }).where('name', '=', name).where('status', '!=', 'blocked')
    newlyBlocked += Number((await change.executeTakeFirst()).numUpdatedRows)
  }
  return { ...count, blocked: newlyBlocked }
}

/** Ends every browser session, and every token that was obtained in one. */
export async function signOutAll(tx: Db): Promise<void> {
  await tx.deleteFrom('sessions').execute()
  await tx.deleteFrom('tokens').where('session_id', 'is not', null).execute()
}
