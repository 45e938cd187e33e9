import type { Authenticator, RedirectAuthenticator, Refreshed } from '../auth/authenticator.ts'
import { HubError } from '../core/errors.ts'
import { fromIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { expireAuthCheck, findAuthCheck, noteAuthCheck } from '../db/auth-checks.ts'
import type { Database } from '../db/database.ts'
import { consumeRate } from '../db/rate-limits.ts'
import { findUserById, updateUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { audit, hubActor } from './actor.ts'
import type { AuthStates } from './auth-state.ts'
import type { Login } from './login.ts'
import { endSessionsOf } from './sessions.ts'

/** What asking again needs. */
export type AuthFreshnessDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly authenticators: readonly Authenticator[]
  readonly authStates: AuthStates
  readonly login: Login
}

/** Does the sign-in of an account still count? Asks the provider again when its answer has become too old (auth-and-security §1.8). */
export type AuthFreshness = (userId: number) => Promise<boolean>

/** How long an answer is taken from memory. */
const rememberedMs: Ms = 30_000
/** At most so often a provider is asked about somebody, by all hubs together. */
const pauseMs: Ms = 15_000
/** Longest time for all requests of one look. */
const lookMs: Ms = 15_000
const mostRemembered = 10_000
/** How long a hub waits for what another one finds out: rounds of so many milliseconds. */
const waitRounds = 15
const waitMs: Ms = 200

/** What a look at the provider brought. `unknown`: it could not be asked. */
type Look = 'good' | 'gone' | 'unknown'

/** One look for all requests of an account that come at once; in between, memory and the database answer. */
export function createAuthFreshness(deps: AuthFreshnessDeps): AuthFreshness {
  const { database, clock } = deps
  const redirects = new Map(
    deps.authenticators.flatMap((one): [string, RedirectAuthenticator][] => (one.form === 'redirect' ? [[one.id, one]] : [])),
  )
  const goodUntil = new Map<number, Ms>()
  const looking = new Map<number, Promise<boolean>>()

  const remember = (userId: number, ms: Ms): true => {
    if (goodUntil.size >= mostRemembered) goodUntil.clear()
    goodUntil.set(userId, clock.monotonic() + Math.min(ms, rememberedMs))
    return true
  }

  const judge = async (userId: number): Promise<boolean> => {
    const check = await findAuthCheck(database.db, userId)
    if (check === null) return remember(userId, rememberedMs)
    const authenticator = redirects.get(check.authenticator)
    if (authenticator === undefined || check.checkedAt === null) return false
    const { authRefreshAgeSeconds, authRefreshGraceSeconds } = authenticator.settings
    const [ageMs, graceMs] = [authRefreshAgeSeconds * 1000, authRefreshGraceSeconds * 1000]
    const now = clock.now()
    const dueMs = fromIso(check.checkedAt) + ageMs - now
    if (ageMs === 0 || authenticator.refresh === undefined) return remember(userId, rememberedMs)
    if (dueMs > 0) return remember(userId, dueMs)
    const isBearable = -dueMs < graceMs
    const turn = await consumeRate(database.db, { bucket: `auth-refresh:${userId}`, limit: 1, windowMs: pauseMs, now })
    if (!turn.allowed) return isBearable || lookOfAnother(deps, userId, check.checkedAt)
    const look = await lookAgain(deps, authenticator, userId)
    return look === 'unknown' ? isBearable : look === 'good' && remember(userId, ageMs)
  }

  return async (userId) => {
    if ((goodUntil.get(userId) ?? 0) > clock.monotonic()) return true
    goodUntil.delete(userId)
    const running = looking.get(userId) ?? judge(userId).finally(() => looking.delete(userId))
    looking.set(userId, running)
    return running
  }
}

/** Another hub is asking at this moment, or has just asked in vain: waits a little for what it finds out. */
async function lookOfAnother({ database, clock }: AuthFreshnessDeps, userId: number, before: IsoTime): Promise<boolean> {
  for (let round = 0; round < waitRounds; round += 1) {
    await clock.sleep(waitMs)
    const check = await findAuthCheck(database.db, userId)
    if (check === null) return true
    if (check.checkedAt !== before) return check.checkedAt !== null
  }
  return false
}

async function lookAgain(deps: AuthFreshnessDeps, authenticator: RedirectAuthenticator, userId: number): Promise<Look> {
  const { authStates, log } = deps
  try {
    const authState = await authStates.read(userId)
    const refreshed: Refreshed =
      authState === null || authenticator.refresh === undefined
        ? { kind: 'expired' }
        : await authenticator.refresh({ authState, signal: AbortSignal.timeout(lookMs) })
    if (refreshed.kind === 'expired') return await expire(deps, userId, 'login_expired')
    const { identity, authState: kept } = refreshed.signedIn
    const outcome = await deps.login.readmit(identity)
    if (outcome.kind === 'refused') return await expire(deps, userId, outcome.code)
    if (outcome.userId !== userId) return await expire(deps, userId, 'name_taken')
    // Written each time: a new key seals what an old one has sealed.
    await authStates.write(userId, kept)
    await noteAuthCheck(deps.database.db, { userId, authenticator: authenticator.id, now: deps.clock.now() })
    return 'good'
  } catch (error) {
    if (error instanceof HubError && !error.code.startsWith('provider_')) return expire(deps, userId, error.code)
    log.warn('login.not_refreshed', { userId, authenticator: authenticator.id, error })
    return 'unknown'
  }
}

/** Ends the sessions of an account; it has to sign in again. */
async function expire({ database, clock, log }: AuthFreshnessDeps, userId: number, code: string): Promise<Look> {
  await database.transaction(async (tx) => {
    await expireAuthCheck(tx, userId)
    await endSessionsOf(tx, userId)
    await updateUser(tx, userId, { authState: null })
    const user = await findUserById(tx, userId)
    if (user !== null) await audit(tx, clock.now(), hubActor, 'login.expire', user.name, { code })
  })
  log.info('login.expired', { userId, code })
  return 'gone'
}
