import type { Ms } from './time.ts'

/** Life of a certificate. */
export type Validity = { readonly from: Ms; readonly to: Ms }

const minute: Ms = 60_000
const longestWait: Ms = 6 * 60 * minute

/**
 * When a certificate is renewed: after two thirds of its life, up to a tenth of it earlier, so that not all of a day ask at once.
 * `chance`: 0 to 1.
 */
export const renewalTime = ({ from, to }: Validity, chance: number): Ms => from + (to - from) * (2 / 3 - chance / 10)

/**
 * How long to wait after so many failures in a row (1, 4, 16, 64 minutes, then 6 hours), a quarter more or less. Certificate authorities
 * count failed checks per name and hour. `chance`: 0 to 1.
 */
export const retryDelay = (failures: number, chance: number): Ms =>
  Math.min(minute * 4 ** Math.max(0, failures - 1), longestWait) * (0.75 + chance / 2)
