import { createHash, timingSafeEqual } from 'node:crypto'

/** Longer secrets are none of JupyterHub's, and would only take time: it hashes a secret up to 16384 times over. */
const longestSecret = 255
const mostRounds = 16_384

/**
 * True when the text is JupyterHub's hash of the secret: `sha512:ROUNDS:SALT:DIGEST`, where the digest is SHA-512 over the salt as it is written, followed
 * by the secret ROUNDS times (rest-api §4.2).
 */
export function isJupyterHubHash(text: string, secret: string): boolean {
  const [algorithm, roundsText = '', salt = '', digest = '', ...rest] = text.split(':')
  const rounds = Number(roundsText)
  if (algorithm !== 'sha512' || rest.length > 0 || !/^[0-9a-f]{128}$/.test(digest)) return false
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > mostRounds || secret.length > longestSecret) return false
  const found = createHash('sha512').update(salt).update(secret.repeat(rounds)).digest()
  return timingSafeEqual(found, Buffer.from(digest, 'hex'))
}
