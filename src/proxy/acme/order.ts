import { axios, Client, crypto } from 'acme-client'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { KeyPair } from '../../lib/self-signed.ts'
import type { AcmeSettings } from '../settings.ts'
import type { Challenges } from './challenges.ts'
import { createKey } from './key.ts'

/** How the certificate authority makes sure that a name is ours. */
export type ChallengeKind = 'http-01' | 'tls-alpn-01'

const requestTimeoutMs = 30_000
/** Waits of the library between two looks at an order. */
const polling = { backoffAttempts: 15, backoffMin: 1000, backoffMax: 15_000 }

/**
 * Orders a certificate for all names of the settings, with a key of its own (RFC 8555 §7.4). The account of the key is made when it does not
 * exist. Rejects with what the certificate authority says.
 */
export async function orderCertificate(
  settings: AcmeSettings,
  deps: { readonly accountKey: string; readonly challenges: Challenges; readonly kind: ChallengeKind },
): Promise<KeyPair> {
  const { challenges, kind } = deps
  axios.defaults.timeout = requestTimeoutMs
  axios.defaults.httpsAgent = new Agent(settings.caFile === null ? {} : { ca: readFileSync(settings.caFile) })
  const client = new Client({ directoryUrl: settings.directoryUrl, accountKey: deps.accountKey, ...polling })
  const [key, csr] = await crypto.createCsr({ altNames: [...settings.domains] }, createKey())
  const cert = await client.auto({
    csr,
    termsOfServiceAgreed: true,
    ...(settings.email === null ? {} : { email: settings.email }),
    challengePriority: [kind],
    skipChallengeVerification: true,
    challengeCreateFn: async (authz, challenge, text) => {
      if (challenge.type !== kind) throw new Error(`the certificate authority offers no ${kind} for ${authz.identifier.value}`)
      if (kind === 'http-01') challenges.putText(challenge.token, text)
      else challenges.putCertificate(authz.identifier.value, await alpnPair(authz, text))
    },
    challengeRemoveFn: (authz, challenge) => Promise.resolve(challenges.remove(challenge.token, authz.identifier.value)),
  })
  return checkedPair({ key: key.toString(), cert }, settings.domains)
}

type Authorization = Parameters<typeof crypto.createAlpnCertificate>[0]

async function alpnPair(authz: Authorization, text: string): Promise<KeyPair> {
  const [key, cert] = await crypto.createAlpnCertificate(authz, text, createKey())
  return { key: key.toString(), cert: cert.toString() }
}

/** What came has to be usable: the key fits, every name is in it. */
function checkedPair(pair: KeyPair, domains: readonly string[]): KeyPair {
  createSecureContext(pair)
  const leaf = new X509Certificate(pair.cert)
  const missing = domains.find((domain) => leaf.checkHost(domain) === undefined)
  if (missing !== undefined) throw new Error(`the certificate that came is not for ${missing}`)
  return pair
}
