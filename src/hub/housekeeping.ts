import type { Database } from '../db/database.ts'
import { purgeLeftFiles } from '../db/left-files.ts'
import { purgeCodes } from '../db/oauth.ts'
import { purgeRates } from '../db/rate-limits.ts'
import { purgeExpired } from '../db/tokens.ts'
import type { Clock } from '../lib/clock.ts'
import type { Sessions } from './sessions.ts'

/** How long it is remembered what became of the files of somebody who is gone, milliseconds. */
const rememberedMs = 90 * 86_400_000

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
  await purgeLeftFiles(db, now - rememberedMs)
  await deps.sessions.purge()
}
