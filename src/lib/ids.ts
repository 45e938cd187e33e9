import { randomBytes, randomInt } from 'node:crypto'

/** Where random identifiers come from; a test passes its own. */
export type Ids = {
  /** Lower-case hex of so many random bytes. `hex(16)` is an API token, `hex(32)` a cookie value. */
  hex(bytes: number): string
  /** So many random characters of A–Z, a–z, 0–9. `alphanumeric(30)` is an OAuth token. */
  alphanumeric(length: number): string
  /** Id of one attempt to start a server: sorts by nothing, never repeats. */
  attempt(): string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Identifiers from the machine's random source. */
export const systemIds: Ids = {
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  alphanumeric: (length) => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join(''),
  attempt: () => randomBytes(12).toString('hex'),
}
