/** Milliseconds since the Unix epoch, UTC. The one time type inside the program. */
export type Ms = number

/**
 * The form in which times are stored: fixed-width ISO-8601 UTC with milliseconds, so that text order is time order.
 * Example: `2026-01-02T03:04:05.678Z`.
 */
export type IsoTime = string

/** Milliseconds to the stored form. */
export const toIso = (at: Ms): IsoTime => new Date(at).toISOString()

/** The stored form to milliseconds. The text must come from `toIso`. */
export const fromIso = (text: IsoTime): Ms => Date.parse(text)

/**
 * The form in which the REST API shows times: six fraction digits, left out together with their dot when zero.
 * Null stays null.
 */
export function wireTime(text: IsoTime | null): string | null {
  if (text === null) return null
  const [seconds = '', fraction = ''] = text.replace('Z', '').split('.')
  return /[1-9]/.test(fraction) ? `${seconds}.${fraction.padEnd(6, '0')}Z` : `${seconds}Z`
}
