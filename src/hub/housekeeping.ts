import type { Database } from '../db/database.ts'
import { purgeCodes } from '../db/oauth.ts'
import { purgeRates } from '../db/rate-limits.ts'
import { purgeExpired } from '../db/tokens.ts'
import type { Clock } from '../lib/clock.ts'
import type { Sessions } from './sessions.ts'

/** Removes what is over: tokens, codes, sessions, counters. Called at start and about every hour; several hubs may do it at once. */
export async function removeExpired(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly sessions: Sessions
}): Promise<void> {
  const { db } = deps.database
  const now = deps.clock.now()
  await purgeExpired(db, now)
  await purgeCodes(db, now)
  await purgeRates(db, now)
  await deps.sessions.purge()
}
