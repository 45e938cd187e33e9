import { generateKeyPairSync } from 'node:crypto'

/** A new key of the kind that accounts and certificates have here (P-256), PEM. */
export const createKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
