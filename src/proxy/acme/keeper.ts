import { X509Certificate } from 'node:crypto'
import { renewalTime, retryDelay } from '../../core/renewal.ts'
import type { Validity } from '../../core/renewal.ts'
import type { Ms } from '../../core/time.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { createSelfSigned } from '../../lib/self-signed.ts'
import type { KeyPair } from '../../lib/self-signed.ts'
import type { AcmeSettings } from '../settings.ts'
import type { Challenges } from './challenges.ts'
import { orderCertificate } from './order.ts'
import type { ChallengeKind } from './order.ts'
import { createAcmeStore } from './store.ts'
import type { AcmeStore } from './store.ts'

/** The certificate of the moment, and the care for the next one. */
export type CertificateKeeper = {
  /** The kept certificate, or one signed by itself while there is none. */
  readonly first: KeyPair
  /** Orders and renews until the signal aborts; `use` gets every new certificate. Never rejects: failures are logged and tried again. */
  run(use: (pair: KeyPair) => void, signal: AbortSignal): Promise<void>
}

type KeeperDeps = {
  readonly challenges: Challenges
  /** Ways that the certificate authority can check, tried in turn when one fails. */
  readonly kinds: readonly [ChallengeKind, ...ChallengeKind[]]
  readonly clock: Clock
  readonly log: Log
  /** 0 to 1. */
  readonly chance: () => number
}

/** Longer waits are taken in pieces: timers do not reach further than 24 days, and a clock that was set is noticed. */
const longestSleep: Ms = 12 * 3_600_000
/** The placeholder is good for as long as anybody may have to wait. */
const placeholderDays = 90

/** Reads what is kept. Rejects when the files of the folder may be read by others. */
export async function createCertificateKeeper(settings: AcmeSettings, deps: KeeperDeps): Promise<CertificateKeeper> {
  const { clock, log } = deps
  const store = createAcmeStore(settings)
  const kept = await store.load(clock.now())
  if (kept === null)
    log.warn('acme.self_signed', {
      domains: settings.domains,
      hint: 'Until the first certificate is there, browsers warn about one that this proxy has signed itself.',
    })
  const first = kept ?? createSelfSigned(settings.domains, new Date(clock.now()), placeholderDays)

  const run: CertificateKeeper['run'] = async (use, signal) => {
    let due = kept === null ? clock.now() : renewalTime(validityOf(kept), deps.chance())
    let failures = 0
    while (await awaitTime(clock, due, signal)) {
      const kind = deps.kinds[failures % deps.kinds.length] ?? deps.kinds[0]
      try {
        const pair = await renew(settings, store, { ...deps, kind })
        if (signal.aborted) return
        use(pair)
        failures = 0
        const validity = validityOf(pair)
        due = renewalTime(validity, deps.chance())
        log.info('acme.certificate', { domains: settings.domains, until: new Date(validity.to).toISOString(), by: kind })
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        const wait = retryDelay(failures, deps.chance())
        due = clock.now() + wait
        log.error('acme.failed', { domains: settings.domains, by: kind, retryInSeconds: Math.round(wait / 1000), reason: reasonOf(error) })
      }
    }
  }
  return { first, run }
}

async function renew(settings: AcmeSettings, store: AcmeStore, deps: KeeperDeps & { readonly kind: ChallengeKind }): Promise<KeyPair> {
  const pair = await orderCertificate(settings, { accountKey: await store.accountKey(), challenges: deps.challenges, kind: deps.kind })
  await store.save(pair)
  return pair
}

/** Errors of the HTTP client carry whole requests along. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.message || ('code' in error ? String(error.code) : error.name)
}

function validityOf({ cert }: KeyPair): Validity {
  const { validFromDate, validToDate } = new X509Certificate(cert)
  return { from: validFromDate.getTime(), to: validToDate.getTime() }
}

/** False when the signal aborted first. */
async function awaitTime(clock: Clock, due: Ms, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const left = due - clock.now()
    if (left <= 0) return true
    await clock.sleep(Math.min(left, longestSleep), signal).catch(() => {})
  }
  return false
}
