import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Ms } from '../core/time.ts'

/** SHA-256 in lower-case hex: how tokens and codes (128 random bits or more) are kept. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Compares two texts of any length in a time that tells nothing about where they differ. */
export const safeEqual = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())

/** Keeps secrets that have to be read again. */
export type Vault = {
  /** An envelope that opens only with the same purpose. Text without blanks. */
  seal(text: string, purpose: string): string
  /** What was sealed, or null when the key is unknown, the purpose is another one or the envelope was changed. */
  open(envelope: string, purpose: string): string | null
}

const version = 'v1'
const ivBytes = 12
const tagBytes = 16
const keyBytes = 32

const keyId = (key: Uint8Array): string => createHash('sha256').update('orrery vault key id').update(key).digest('hex').slice(0, 12)

/** AES-256-GCM with keys of 32 bytes. The first one seals, all of them open. Throws when there is none or one has another length. */
export function createVault(keys: Uint8Array | readonly Uint8Array[]): Vault {
  const list = keys instanceof Uint8Array ? [keys] : keys
  const [first] = list
  if (first === undefined || list.some((key) => key.length !== keyBytes)) throw new Error('A vault key has 32 bytes.')
  const byId = new Map(list.map((key) => [keyId(key), key]))
  const currentId = keyId(first)
  const associated = (id: string, purpose: string): Buffer => Buffer.from(`${version}.${id}.${purpose}`)

  return {
    seal: (text, purpose) => {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', first, iv).setAAD(associated(currentId, purpose))
      const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${version}.${currentId}.${body.toString('base64url')}`
    },
    open: (envelope, purpose) => {
      const [found, id = '', text = '', ...rest] = envelope.split('.')
      const key = byId.get(id)
      const body = Buffer.from(text, 'base64url')
      if (found !== version || key === undefined || rest.length > 0 || body.length < ivBytes + tagBytes) return null
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, ivBytes), { authTagLength: tagBytes })
      decipher.setAAD(associated(id, purpose)).setAuthTag(body.subarray(-tagBytes))
      try {
        return Buffer.concat([decipher.update(body.subarray(ivBytes, -tagBytes)), decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}

/**
 * Keys from one text: several separated by `;`, each 64 hex digits, 44 characters of base64, or 32 characters.
 * Null when one of them is neither.
 */
export function parseVaultKeys(text: string): readonly Uint8Array[] | null {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const keys = parts.map((part) => {
    if (/^[0-9a-f]{64}$/i.test(part)) return Buffer.from(part, 'hex')
    return part.length === 44 ? Buffer.from(part, 'base64url') : Buffer.from(part, 'utf8')
  })
  return keys.length > 0 && keys.every((key) => key.length === keyBytes) ? keys : null
}

const futureToleranceMs = 60_000

const signature = (secret: Uint8Array, purpose: string, at: string, value: string): string =>
  createHmac('sha256', secret).update(`${purpose.length}:${purpose}:${at}:${value}`).digest('base64url')

/** The value with the time and a signature (HMAC-SHA-256), legal in a cookie. It says nothing under another purpose. */
export function signValue(secret: Uint8Array, value: string, purpose: string, now: Ms): string {
  const at = now.toString(36)
  return `${Buffer.from(value).toString('base64url')}.${at}.${signature(secret, purpose, at, value)}`
}

/** The value that was signed with one of the secrets for this purpose at most `maxAgeMs` ago, or null. */
export function verifyValue(
  secrets: Uint8Array | readonly Uint8Array[],
  signed: string,
  purpose: string,
  limits: { readonly now: Ms; readonly maxAgeMs: Ms },
): string | null {
  const [encoded = '', at = '', mac = '', ...rest] = signed.split('.')
  const signedAt = Number.parseInt(at, 36)
  if (rest.length > 0 || !Number.isSafeInteger(signedAt)) return null
  const value = Buffer.from(encoded, 'base64url').toString('utf8')
  const list = secrets instanceof Uint8Array ? [secrets] : secrets
  if (!list.some((secret) => safeEqual(signature(secret, purpose, at, value), mac))) return null
  const age = limits.now - signedAt
  return age <= limits.maxAgeMs && age >= -futureToleranceMs ? value : null
}
