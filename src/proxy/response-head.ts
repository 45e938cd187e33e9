import { CR, LF, SP, byteAt, parseDecimal, sameText, valueBytes } from './bytes.ts'
import { connectionSays, markNamed, readConnection } from './connection-tokens.ts'
import { fieldKind } from './field-kind.ts'
import { createFields, scan, scanFields } from './field-lines.ts'
import type { Fields } from './field-lines.ts'

/** One response head, as offsets into the buffer it was read from. One instance serves all responses. */
export type ResponseHead = {
  readonly fields: Fields
  /** Where the fields begin. */
  fieldsStart: number
  status: number
  /** -1 without Content-Length. */
  contentLength: number
  chunked: boolean
  /** The upstream connection may be used again after this response, as far as its head says. */
  keepAlive: boolean
  /** The response says `Upgrade` and `Connection: upgrade`. */
  upgrade: boolean
}

/** An empty head, to be filled by `parseResponseHead`. */
export const createResponseHead = (): ResponseHead => ({
  fields: createFields(),
  fieldsStart: 0,
  status: 0,
  contentLength: -1,
  chunked: false,
  keepAlive: false,
  upgrade: false,
})

const versionText = 'HTTP/1.'

/** Reads a response head (RFC 9112 §4, §5, §6) as strictly as a request head. Answers the offset behind it, or a value of `scan`. */
export function parseResponseHead(buf: Buffer, end: number, head: ResponseHead): number {
  const known = Math.min(versionText.length, end)
  for (let i = 0; i < known; i++) {
    if (buf[i] !== versionText.charCodeAt(i)) return scan.bad
  }
  if (end < 13) return scan.incomplete
  const minor = byteAt(buf, 7) - 0x30
  if ((minor !== 0 && minor !== 1) || buf[8] !== SP) return scan.bad
  head.status = parseDecimal(buf, 9, 12)
  if (head.status < 100) return scan.bad
  let at = 12
  if (buf[at] !== SP && buf[at] !== CR) return scan.bad
  while (at < end && valueBytes[buf[at] ?? 0] === 1) at++
  if (at + 1 >= end) return scan.incomplete
  if (buf[at] !== CR || buf[at + 1] !== LF) return scan.bad
  head.fieldsStart = at + 2
  const after = scanFields(buf, at + 2, end, head.fields)
  if (after <= 0) return after
  return readFields(buf, head, minor) ? after : scan.bad
}

function readFields(buf: Buffer, head: ResponseHead, minor: number): boolean {
  const { fields } = head
  head.contentLength = -1
  head.chunked = false
  let says = 0
  let upgrades = 0
  for (let i = 0; i < fields.count; i++) {
    const kind = fields.kind[i] ?? 0
    if (kind === fieldKind.plain) continue
    const start = fields.valueStart[i] ?? 0
    const end = fields.valueEnd[i] ?? 0
    if (kind === fieldKind.connection) says |= readConnection(buf, start, end)
    else if (kind === fieldKind.upgrade) upgrades++
    else if (kind === fieldKind.disguised) return false
    else if (kind === fieldKind.contentLength) {
      if (head.contentLength !== -1) return false
      head.contentLength = parseDecimal(buf, start, end)
      if (head.contentLength === -1) return false
    } else if (kind === fieldKind.transferEncoding) {
      if (head.chunked || !sameText(buf, start, end, 'chunked')) return false
      head.chunked = true
    }
  }
  if (head.chunked && (head.contentLength !== -1 || minor === 0)) return false
  if ((says & connectionSays.bad) !== 0) return false
  if ((says & connectionSays.named) !== 0) markNamed(buf, fields)
  head.keepAlive = (says & connectionSays.close) === 0 && (minor === 1 || (says & connectionSays.keepAlive) !== 0)
  head.upgrade = upgrades === 1 && (says & connectionSays.upgrade) !== 0
  return true
}
