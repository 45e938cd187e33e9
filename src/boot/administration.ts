import { HubError } from '../core/errors.ts'
import { parseUserName } from '../core/names.ts'
import { findUser } from '../db/users.ts'
import { systemClock } from '../lib/clock.ts'
import { loadSecrets, prepareDataDir } from '../lib/data-dir.ts'
import { silentLog } from '../lib/log.ts'
import { openStorage } from './storage.ts'
import { wireAccounts } from './wire-accounts.ts'
import type { Database } from '../db/database.ts'
import type { User } from '../db/users.ts'
import type { LoadedConfig } from './load-config.ts'
import type { WiredAccounts } from './wire-accounts.ts'

/** What commands work with: the use cases of the hub, on its database. */
export type Administration = Pick<WiredAccounts, 'accounts' | 'tokens'> & { readonly database: Database }

/** Opens the database of an installation, works, and closes it. The hub may run meanwhile. */
export async function administer<T>(loaded: LoadedConfig, work: (tools: Administration) => Promise<T>): Promise<T> {
  await prepareDataDir(loaded.dataDir)
  const database = await openStorage(loaded, silentLog)
  try {
    return await work({
      ...wireAccounts({ database, clock: systemClock, loaded, log: silentLog, secrets: await loadSecrets(loaded.dataDir) }),
      database,
    })
  } finally {
    await database.close()
  }
}

/** The account of that name. Errors: user_not_found. */
export async function userNamed({ database }: Pick<Administration, 'database'>, name: string): Promise<User> {
  const parsed = parseUserName(name)
  const user = parsed.ok ? await findUser(database.db, parsed.name) : null
  if (user === null) throw new HubError('user_not_found', { user: name.slice(0, 256) })
  return user
}
