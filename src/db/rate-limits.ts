import { sql } from 'kysely'
import { fromIso, toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import { changedRows } from './columns.ts'
import type { Db } from './database.ts'

/** `retryAfterMs` is 0 when allowed. */
export type RateVerdict = { readonly allowed: boolean; readonly retryAfterMs: number }

type Question = { readonly bucket: string; readonly limit: number; readonly now: Ms }

const judge = (used: number, limit: number, windowUntil: Ms, now: Ms): RateVerdict =>
  used <= limit ? { allowed: true, retryAfterMs: 0 } : { allowed: false, retryAfterMs: Math.max(windowUntil - now, 1) }

/**
 * Counts one use of the bucket and says whether it was within the limit. The window begins with the first use and is not prolonged by refused ones.
 * One statement, so that hubs that share the database count together.
 */
export async function consumeRate(db: Db, question: Question & { readonly windowMs: number }): Promise<RateVerdict> {
  const { bucket, limit, now } = question
  const [at, until] = [toIso(now), toIso(now + question.windowMs)]
  const row = await db
    .insertInto('rate_limits')
    .values({ bucket, used: 1, window_until: until })
    .onConflict((conflict) =>
      conflict.column('bucket').doUpdateSet({
        used: sql<number>`case when rate_limits.window_until <= ${at} then 1 else rate_limits.used + 1 end`,
        window_until: sql<string>`case when rate_limits.window_until <= ${at} then ${until} else rate_limits.window_until end`,
      }),
    )
    .returning(['used', 'window_until'])
    .executeTakeFirstOrThrow()
  return judge(row.used, limit, fromIso(row.window_until), now)
}

/** Whether one more use would be within the limit, without counting it. */
export async function peekRate(db: Db, question: Question): Promise<RateVerdict> {
  const row = await db
    .selectFrom('rate_limits')
    .select(['used', 'window_until'])
    .where('bucket', '=', question.bucket)
    .where('window_until', '>', toIso(question.now))
    .executeTakeFirst()
  if (row === undefined) return { allowed: true, retryAfterMs: 0 }
  return judge(row.used + 1, question.limit, fromIso(row.window_until), question.now)
}

/** Forgets the uses of a bucket. */
export async function resetRate(db: Db, bucket: string): Promise<void> {
  await db.deleteFrom('rate_limits').where('bucket', '=', bucket).execute()
}

/** Removes buckets whose window is over. Returns how many. */
export async function purgeRates(db: Db, now: Ms): Promise<number> {
  return changedRows(await db.deleteFrom('rate_limits').where('window_until', '<=', toIso(now)).executeTakeFirst())
}
