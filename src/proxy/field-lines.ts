import { COLON, CR, LF, SP, TAB, tokenBytes, valueBytes } from './bytes.ts'
import { fieldKindOf } from './field-kind.ts'

/** More fields than this in one head or trailer are refused. */
export const maxFields = 100

/**
 * Where the fields of one head lie in its buffer. Line `i` is `[start, next start)`, its name `[start, nameEnd)`, its value
 * `[valueStart, valueEnd)` without blanks around it. One instance serves all messages: it is read before the next head is scanned.
 */
export type Fields = {
  count: number
  /** Behind the last field line: where the empty line begins. */
  end: number
  readonly start: Uint32Array
  readonly nameEnd: Uint32Array
  readonly valueStart: Uint32Array
  readonly valueEnd: Uint32Array
  readonly kind: Uint8Array
}

/** Room for the fields of one message. */
export const createFields = (): Fields => ({
  count: 0,
  end: 0,
  start: new Uint32Array(maxFields + 1),
  nameEnd: new Uint32Array(maxFields + 1),
  valueStart: new Uint32Array(maxFields + 1),
  valueEnd: new Uint32Array(maxFields + 1),
  kind: new Uint8Array(maxFields + 1),
})

/** What a scan answers instead of an offset. */
export const scan = { incomplete: 0, bad: -1, tooLarge: -2 } as const

/**
 * Reads field lines up to and with the empty line (RFC 9112 §5): CRLF only, no folding, no blank before the colon, no control characters.
 * Answers the offset behind the empty line, or a value of `scan`.
 */
export function scanFields(buf: Uint8Array, from: number, end: number, fields: Fields): number {
  let at = from
  fields.count = 0
  while (at < end) {
    if (buf[at] === CR) {
      fields.end = at
      fields.start[fields.count] = at
      if (at + 1 === end) return scan.incomplete
      return buf[at + 1] === LF ? at + 2 : scan.bad
    }
    if (fields.count === maxFields) return scan.tooLarge
    const next = scanLine(buf, at, end, fields, fields.count)
    if (next <= 0) return next
    fields.count++
    at = next
  }
  return scan.incomplete
}

/** One field line; answers the offset behind its line end. */
function scanLine(buf: Uint8Array, from: number, end: number, fields: Fields, index: number): number {
  let at = from
  while (at < end && tokenBytes[buf[at] ?? 0] === 1) at++
  if (at === end) return scan.incomplete
  if (at === from || buf[at] !== COLON) return scan.bad
  fields.start[index] = from
  fields.nameEnd[index] = at
  fields.kind[index] = fieldKindOf(buf, from, at)
  at++
  while (at < end && (buf[at] === SP || buf[at] === TAB)) at++
  fields.valueStart[index] = at
  while (at < end && valueBytes[buf[at] ?? 0] === 1) at++
  if (at === end) return scan.incomplete
  if (buf[at] !== CR) return scan.bad
  let valueEnd = at
  const valueStart = fields.valueStart[index] ?? 0
  while (valueEnd > valueStart && (buf[valueEnd - 1] === SP || buf[valueEnd - 1] === TAB)) valueEnd--
  fields.valueEnd[index] = valueEnd
  if (at + 1 === end) return scan.incomplete
  return buf[at + 1] === LF ? at + 2 : scan.bad
}
