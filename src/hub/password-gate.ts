import { isIPv6 } from 'node:net'
import type { Ms } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { consumeRate, peekRate, resetRate } from '../db/rate-limits.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { createTurns } from '../lib/turns.ts'

/** How many wrong tries are let through in a window. Right passwords never count: a whole class may sign in from one address. */
export type GateLimits = {
  readonly windowMs: Ms
  /** Of one name from one address. */
  readonly perPair: number
  /** Of one name from anywhere. */
  readonly perName: number
  /** Of any names from one address. */
  readonly perAddress: number
  /** Tries that may wait for their turn. */
  readonly maxWaiting: number
}

/** What one machine of a class room behind one address needs, and a guesser does not get far with. */
export const defaultGateLimits: GateLimits = { windowMs: 300_000, perPair: 10, perName: 40, perAddress: 200, maxWaiting: 400 }

/** What became of a try. */
export type GateOutcome<T> =
  | { readonly kind: 'right'; readonly value: T }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterMs: Ms }

/** Lets tries of a password through, so many at a time and so many wrong ones in a while, counted in the database for all hubs together. */
export type PasswordGate = {
  /** Runs the check, which answers null for a wrong password. */
  attempt<T>(who: { readonly name: string; readonly address: string }, check: () => Promise<T | null>): Promise<GateOutcome<T>>
}

type Bucket = { readonly bucket: string; readonly limit: number }

/** How many checks run at once: what slips through between two looks at the counters. */
const atOnce = 4

/** One gate for all password paths of a hub, so that they share their counters. */
export function createPasswordGate(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly limits?: GateLimits
}): PasswordGate {
  const { database, clock, limits = defaultGateLimits } = deps
  const { db } = database
  const turns = createTurns(atOnce)

  const wait = async (buckets: readonly Bucket[]): Promise<Ms> => {
    const now = clock.now()
    const verdicts = await Promise.all(buckets.map((bucket) => peekRate(db, { ...bucket, now })))
    return Math.max(...verdicts.map((verdict) => verdict.retryAfterMs))
  }

  return {
    attempt: async (who, check) => {
      const pair = bucketOf('pair', `${addressKey(who.address)} ${who.name}`)
      const buckets: Bucket[] = [
        { bucket: pair, limit: limits.perPair },
        { bucket: bucketOf('name', who.name), limit: limits.perName },
        { bucket: bucketOf('address', addressKey(who.address)), limit: limits.perAddress },
      ]
      if (turns.waiting() >= limits.maxWaiting) return { kind: 'limited', retryAfterMs: 5_000 }
      return turns.run(async () => {
        const retryAfterMs = await wait(buckets)
        if (retryAfterMs > 0) return { kind: 'limited', retryAfterMs }
        const value = await check()
        if (value !== null) {
          await resetRate(db, pair)
          return { kind: 'right', value }
        }
        const now = clock.now()
        for (const bucket of buckets) await consumeRate(db, { ...bucket, windowMs: limits.windowMs, now })
        return { kind: 'wrong' }
      })
    },
  }
}

/** Names are what strangers typed: only their hash is kept, and all buckets have one length. */
const bucketOf = (kind: string, text: string): string => `password:${kind}:${sha256Hex(text).slice(0, 32)}`

/** One customer of an IPv6 network has a whole /64. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = tail === undefined ? left : [...left, ...missing, ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
