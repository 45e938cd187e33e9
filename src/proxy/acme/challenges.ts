import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { KeyPair } from '../../lib/self-signed.ts'

/** What the certificate authority asks for at this moment, and the answers. */
export type Challenges = {
  /** HTTP-01 (RFC 8555 §8.3): text for a token; null for one that nobody waits for. */
  textFor(token: string): string | null
  /** TLS-ALPN-01 (RFC 8737): certificate for a host name; null when nobody waits for it. */
  contextFor(host: string): SecureContext | null
  /** True while a TLS-ALPN-01 check may come. */
  awaitsTls(): boolean
  putText(token: string, text: string): void
  putCertificate(host: string, pair: KeyPair): void
  /** Takes back what was put for this token and host. */
  remove(token: string, host: string): void
}

/** Nothing is asked for yet. */
export function createChallenges(): Challenges {
  const texts = new Map<string, string>()
  const contexts = new Map<string, SecureContext>()
  return {
    textFor: (token) => texts.get(token) ?? null,
    contextFor: (host) => contexts.get(host.toLowerCase()) ?? null,
    awaitsTls: () => contexts.size > 0,
    putText: (token, text) => void texts.set(token, text),
    putCertificate: (host, pair) => void contexts.set(host.toLowerCase(), createSecureContext(pair)),
    remove(token, host) {
      texts.delete(token)
      contexts.delete(host.toLowerCase())
    },
  }
}
