import { CR, LF, SP, byteAt, hostBytes, parseDecimal, sameText, targetBytes } from './bytes.ts'
import { connectionSays, listHolds, markNamed, readConnection } from './connection-tokens.ts'
import { fieldKind } from './field-kind.ts'
import { createFields, scan, scanFields } from './field-lines.ts'
import type { Fields } from './field-lines.ts'

/**
 * One request head, as offsets into the buffer it was read from. One instance serves all requests: it is used up before the next is read.
 */
export type RequestHead = {
  readonly fields: Fields
  /** Where the request line begins: 2 behind the buffer's start when an empty line came first. */
  start: number
  methodEnd: number
  /** The path and query of the target; for the absolute form what follows the authority. */
  targetStart: number
  targetEnd: number
  /** Where the fields begin. */
  fieldsStart: number
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  minor: number
  /** Index of the Host field, -1 without one (HTTP/1.0). */
  host: number
  /** -1 without Content-Length. */
  contentLength: number
  chunked: boolean
  keepAlive: boolean
  /** An upgrade is asked for and may be passed on. */
  upgrade: boolean
  /** The upgrade is one that is never passed on: HTTP/2. */
  upgradeRefused: boolean
  expectContinue: boolean
  isHead: boolean
  /** May be sent again when a kept connection turned out to be dead: no body, and an idempotent method (RFC 9110 §9.2.2). */
  repeatable: boolean
  /** The client sent fields that say who or where it is. */
  forwardedSeen: boolean
}

/** An empty head, to be filled by `parseRequestHead`. */
export const createRequestHead = (): RequestHead => ({
  fields: createFields(),
  start: 0,
  methodEnd: 0,
  targetStart: 0,
  targetEnd: 0,
  fieldsStart: 0,
  minor: 1,
  host: -1,
  contentLength: -1,
  chunked: false,
  keepAlive: true,
  upgrade: false,
  upgradeRefused: false,
  expectContinue: false,
  isHead: false,
  repeatable: false,
  forwardedSeen: false,
})

/** Longest method name and target that are taken. */
const maxMethodBytes = 24
const maxTargetBytes = 8192

/** A target that is too long: answered with 414. */
export const targetTooLong = -3

/**
 * Reads a request head (RFC 9112 §3, §5, §6). Whatever could be read in two ways is bad. Answers the offset behind the head, or a value of
 * `scan`, or `targetTooLong`.
 */
export function parseRequestHead(buf: Buffer, end: number, head: RequestHead): number {
  const line = parseRequestLine(buf, end, head)
  if (line <= 0) return line
  head.fieldsStart = line
  const after = scanFields(buf, line, end, head.fields)
  if (after <= 0) return after
  return readFields(buf, head) && targetAgrees(buf, head) ? after : scan.bad
}

function parseRequestLine(buf: Buffer, end: number, head: RequestHead): number {
  let at = 0
  if (buf[0] === CR) {
    if (end === 1) return scan.incomplete
    if (buf[1] !== LF) return scan.bad
    at = 2
  }
  head.start = at
  while (at < end && isMethodByte(byteAt(buf, at))) at++
  if (at - head.start > maxMethodBytes) return scan.bad
  if (at === end) return scan.incomplete
  if (at === head.start || buf[at] !== SP) return scan.bad
  head.methodEnd = at
  head.targetStart = ++at
  while (at < end && targetBytes[buf[at] ?? 0] === 1) at++
  if (at - head.targetStart > maxTargetBytes) return targetTooLong
  if (at === end) return scan.incomplete
  if (at === head.targetStart || buf[at] !== SP) return scan.bad
  head.targetEnd = at
  return parseVersion(buf, at + 1, end, head)
}

/** Upper-case letters and hyphen: every registered method. */
const isMethodByte = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d

const versionText = 'HTTP/1.'

function parseVersion(buf: Buffer, from: number, end: number, head: RequestHead): number {
  const known = Math.min(versionText.length, end - from)
  for (let i = 0; i < known; i++) {
    if (buf[from + i] !== versionText.charCodeAt(i)) return scan.bad
  }
  if (end - from < 10) return scan.incomplete
  head.minor = byteAt(buf, from + 7) - 0x30
  if (head.minor !== 0 && head.minor !== 1) return scan.bad
  return buf[from + 8] === CR && buf[from + 9] === LF ? from + 10 : scan.bad
}

function readFields(buf: Buffer, head: RequestHead): boolean {
  const { fields } = head
  head.host = -1
  head.contentLength = -1
  head.chunked = false
  head.expectContinue = false
  head.forwardedSeen = false
  let says = 0
  let upgradeAt = -1
  for (let i = 0; i < fields.count; i++) {
    const kind = fields.kind[i] ?? 0
    if (kind === fieldKind.plain) continue
    if (kind === fieldKind.connection) says |= readConnection(buf, fields.valueStart[i] ?? 0, fields.valueEnd[i] ?? 0)
    else if (kind === fieldKind.upgrade) upgradeAt = upgradeAt === -1 ? i : fields.count
    else if (!readField(buf, head, i, kind)) return false
  }
  if ((says & connectionSays.bad) !== 0 || (head.host === -1 && head.minor === 1)) return false
  if (head.chunked && (head.contentLength !== -1 || head.minor === 0)) return false
  if ((says & connectionSays.named) !== 0) markNamed(buf, fields)
  head.keepAlive = (says & connectionSays.close) === 0 && (head.minor === 1 || (says & connectionSays.keepAlive) !== 0)
  return readMethod(buf, head) && readUpgrade(buf, head, says, upgradeAt)
}

/** One field that matters for framing or routing; false when it makes the request ambiguous. */
function readField(buf: Buffer, head: RequestHead, index: number, kind: number): boolean {
  const start = head.fields.valueStart[index] ?? 0
  const end = head.fields.valueEnd[index] ?? 0
  if (kind === fieldKind.host) {
    if (head.host !== -1 || !isHost(buf, start, end)) return false
    head.host = index
  } else if (kind === fieldKind.contentLength) {
    if (head.contentLength !== -1) return false
    head.contentLength = parseDecimal(buf, start, end)
    return head.contentLength !== -1
  } else if (kind === fieldKind.transferEncoding) {
    if (head.chunked || !sameText(buf, start, end, 'chunked')) return false
    head.chunked = true
  } else if (kind === fieldKind.expect) {
    if (head.expectContinue || !sameText(buf, start, end, '100-continue')) return false
    head.expectContinue = true
  } else if (kind === fieldKind.disguised) return false
  else if (kind >= fieldKind.clientClaim && kind <= fieldKind.forwardedHost) head.forwardedSeen = true
  return true
}

function isHost(buf: Buffer, start: number, end: number): boolean {
  if (end === start || end - start > 255) return false
  for (let i = start; i < end; i++) {
    if (hostBytes[buf[i] ?? 0] !== 1) return false
  }
  return true
}

function readMethod(buf: Buffer, head: RequestHead): boolean {
  const length = head.methodEnd - head.start
  const bare = head.contentLength <= 0 && !head.chunked
  const method = length === 3 && buf[head.start] === 0x47 ? 'GET' : buf.toString('latin1', head.start, head.methodEnd)
  head.isHead = method === 'HEAD'
  head.repeatable = bare && (method === 'GET' || head.isHead || method === 'OPTIONS' || method === 'PUT' || method === 'DELETE')
  return method !== 'CONNECT'
}

/** An upgrade needs both fields, HTTP/1.1 and no body; with one of them only, it is ignored (RFC 9110 §7.8). */
function readUpgrade(buf: Buffer, head: RequestHead, says: number, at: number): boolean {
  head.upgrade = at !== -1 && (says & connectionSays.upgrade) !== 0 && head.minor === 1
  head.upgradeRefused = false
  if (!head.upgrade) return true
  if (at === head.fields.count || head.contentLength > 0 || head.chunked) return false
  const start = head.fields.valueStart[at] ?? 0
  const end = head.fields.valueEnd[at] ?? 0
  head.upgradeRefused = listHolds(buf, start, end, 'h2c') || listHolds(buf, start, end, 'h2')
  return start < end
}

/** The origin form is kept; the absolute form must name the same authority as Host and is cut to its path. All other forms are bad. */
function targetAgrees(buf: Buffer, head: RequestHead): boolean {
  if (buf[head.targetStart] === 0x2f) return true
  const text = buf.toString('latin1', head.targetStart, head.targetEnd)
  const match = /^https?:\/\/([^/?#@]+)(\/.*)$/i.exec(text)
  const authority = match?.[1]
  const path = match?.[2]
  if (authority === undefined || path === undefined || head.host === -1) return false
  const host = buf.toString('latin1', head.fields.valueStart[head.host], head.fields.valueEnd[head.host])
  if (host.toLowerCase() !== authority.toLowerCase()) return false
  head.targetStart = head.targetEnd - path.length
  return true
}
