import { z } from 'zod'
import type { Authenticator, RedirectAuthenticator, SignedIn } from '../auth/authenticator.ts'
import { HubError } from '../core/errors.ts'
import type { Ms } from '../core/time.ts'
import type { Database } from '../db/database.ts'
import { consumeRate } from '../db/rate-limits.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ids } from '../lib/ids.ts'
import { safeEqual, sha256Hex } from '../lib/secrets.ts'
import type { Vault } from '../lib/secrets.ts'
import { addressKey } from './password-gate.ts'

/** What signing in elsewhere needs. */
export type RedirectLoginDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly vault: Vault
  readonly authenticators: readonly Authenticator[]
}

/** A sign-in that has begun: where to send the browser, and what it has to bring back in a cookie named after `slot`. */
export type BegunLogin = { readonly url: string; readonly slot: string; readonly sealed: string }

/** Which login of which account asked for another way in. */
export type LinkRequest = { readonly userId: number; readonly loginId: number }

/**
 * What came back. `slot` of the cookie that is spent now; `next` and `authenticator` as of the beginning (null when that is not known).
 */
export type ReturnedLogin = {
  readonly slot: string | null
  readonly authenticator: RedirectAuthenticator | null
  readonly next: string | null
  /** Not a sign-in: whoever has this login of this account wants to add a way into it. Null: a sign-in. */
  readonly link: LinkRequest | null
} & ({ readonly kind: 'returned'; readonly signedIn: SignedIn } | { readonly kind: 'failed'; readonly error: HubError })

/** How long somebody may take at the provider. */
const validMs: Ms = 600_000
/** Longest time for all requests to the provider that one step makes. */
const stepMs: Ms = 20_000
/** A class behind one address comes back at the same minute, some of them twice. */
const perAddress = { limit: 300, windowMs: 300_000 }

const purpose = 'oauth-pending'

const PendingSchema = z.object({
  state: z.string(),
  authenticator: z.string(),
  callbackUrl: z.string(),
  next: z.string().nullable(),
  link: z.object({ userId: z.number(), loginId: z.number() }).nullable(),
  at: z.number(),
  pending: z.record(z.string(), z.string()),
})

type PendingLogin = z.output<typeof PendingSchema>

/** Signing in elsewhere: sends the browser away and makes sure that the same one comes back, once. */
export type RedirectLogin = ReturnType<typeof createRedirectLogin>

/** The cookie of a sign-in is named after its state, so that several tabs do not get into each other's way. */
const slotOf = (state: string): string => sha256Hex(state).slice(0, 8)

/** Keeps nothing itself: what was begun is in the browser's cookie, sealed; which states are spent is in the database. */
export function createRedirectLogin(deps: RedirectLoginDeps) {
  const { clock, ids, vault } = deps
  const redirects = deps.authenticators.filter((one): one is RedirectAuthenticator => one.form === 'redirect')

  /** The authenticator of that id; the first one for null. Null: there is none. */
  const find = (id: string | null): RedirectAuthenticator | null =>
    (id === null ? redirects[0] : redirects.find((one) => one.id === id)) ?? null

  /** The one to go to without asking: it is the only way in, and wants it so. */
  const automatic: RedirectAuthenticator | null =
    deps.authenticators.length === 1 && redirects[0]?.settings.autoLogin === true ? redirects[0] : null

  /** `next` is checked already. Errors: those of the provider. */
  const begin = async (
    authenticator: RedirectAuthenticator,
    request: { readonly callbackUrl: string; readonly next: string | null; readonly link: LinkRequest | null },
  ): Promise<BegunLogin> => {
    const state = ids.alphanumeric(43)
    const signal = AbortSignal.timeout(stepMs)
    const { callbackUrl } = request
    const { url, pending } = await inTime(authenticator, signal, authenticator.begin({ callbackUrl, state, signal }))
    const kept: PendingLogin = { ...request, state: sha256Hex(state), authenticator: authenticator.id, at: clock.now(), pending }
    return { url, slot: slotOf(state), sealed: vault.seal(JSON.stringify(kept), purpose) }
  }

  /**
   * Takes back what the browser brings. `url`: where it came back to; `sealedOf`: values of the cookie of a slot. Never throws for what a browser or
   * a provider sent; the errors are login_expired, login_foreign, rate_limited and those of the provider.
   */
  const finish = async (came: {
    readonly url: URL
    readonly sealedOf: (slot: string) => readonly string[]
    readonly address: string
    /** Where a sign-in is begun, for messages. */
    readonly start: string
    /** The callback address that is given to a provider. */
    readonly callbackOf: (authenticator: RedirectAuthenticator) => string
  }): Promise<ReturnedLogin> => {
    const state = came.url.searchParams.get('state') ?? ''
    const slot = slotOf(state)
    const known =
      came
        .sealedOf(slot)
        .map((sealed) => opened(vault, sealed))
        .find((one) => one !== null && safeEqual(one.state, sha256Hex(state))) ?? null
    const authenticator = known === null ? null : find(known.authenticator)
    const about = { slot: known === null ? null : slot, authenticator, next: known?.next ?? null, link: known?.link ?? null }
    try {
      await countAttempt(deps, came.address)
      if (known === null || authenticator === null) throw foreign(redirects, came)
      await spend(deps, state, known)
      const signal = AbortSignal.timeout(stepMs)
      const { callbackUrl, pending } = known
      const signedIn = await inTime(authenticator, signal, authenticator.finish({ url: came.url, callbackUrl, state, pending, signal }))
      return { ...about, kind: 'returned', signedIn }
    } catch (error) {
      if (error instanceof HubError) return { ...about, kind: 'failed', error }
      throw error
    }
  }

  return { find, automatic, begin, finish }
}

function opened(vault: Vault, sealed: string): PendingLogin | null {
  const text = vault.open(sealed, purpose)
  // What an older hub has begun may look different: then it has to begin again.
  return text === null ? null : (PendingSchema.safeParse(JSON.parse(text)).data ?? null)
}

/** Errors: rate_limited. */
async function countAttempt({ database, clock }: RedirectLoginDeps, address: string): Promise<void> {
  const verdict = await consumeRate(database.db, { bucket: `oauth:${addressKey(address)}`, ...perAddress, now: clock.now() })
  if (!verdict.allowed) throw new HubError('rate_limited', { retryAfterSeconds: Math.ceil(verdict.retryAfterMs / 1000) })
}

/** A state counts once, whatever comes of it, at all hubs together. Errors: login_expired. */
async function spend({ database, clock }: RedirectLoginDeps, state: string, { at }: PendingLogin): Promise<void> {
  const now = clock.now()
  const bucket = `oauth-state:${sha256Hex(state)}`
  const isFirst = now - at <= validMs && (await consumeRate(database.db, { bucket, limit: 1, windowMs: 2 * validMs, now })).allowed
  if (!isFirst) throw new HubError('login_expired', { minutes: validMs / 60_000 })
}

/**
 * Nothing is known of this sign-in. GitHub answers at the address that it knows when the hub has given another one: perhaps on another host,
 * to which the cookie did not come along. That much can be told without believing anything.
 */
function foreign(redirects: readonly RedirectAuthenticator[], came: Parameters<RedirectLogin['finish']>[0]): HubError {
  const { url, start } = came
  const only = redirects.length === 1 && url.searchParams.get('error') === 'redirect_uri_mismatch' ? redirects[0] : undefined
  if (only === undefined) return new HubError('login_foreign', { start })
  const [expected, received] = [came.callbackOf(only), `${url.origin}${url.pathname}`]
  // Begun under another name of this hub: under this one it will work.
  if (expected === received) return new HubError('login_foreign', { start })
  return new HubError('provider_callback_wrong', { service: only.title, authenticator: only.id, expected, received })
}

/** A provider that is too slow counts as one that does not answer. */
async function inTime<T>({ title }: RedirectAuthenticator, signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (signal.aborted && !(error instanceof HubError)) throw new HubError('provider_unreachable', { service: title }, { cause: error })
    throw error
  }
}
