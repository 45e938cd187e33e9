import { SP, TAB, byteAt, foldedBytes, sameText } from './bytes.ts'
import { fieldKind } from './field-kind.ts'
import type { Fields } from './field-lines.ts'

/** Bits of what `Connection` fields say. */
export const connectionSays = { close: 1, keepAlive: 2, upgrade: 4, named: 8, bad: 16 } as const

const COMMA = 0x2c
const neverNamed = ['host', 'content-length', 'transfer-encoding', 'connection', 'expect']

/** Reads one `Connection` value: its options as bits. Naming a framing field is `bad`; naming any other field is `named`. */
export function readConnection(buf: Uint8Array, start: number, end: number): number {
  if (sameText(buf, start, end, 'keep-alive')) return connectionSays.keepAlive
  let bits = 0
  let at = start
  while (at < end) {
    const from = skipBlanks(buf, at, end)
    let comma = from
    while (comma < end && buf[comma] !== COMMA) comma++
    bits |= optionBits(buf, from, trimEnd(buf, from, comma))
    at = comma + 1
  }
  return bits
}

function optionBits(buf: Uint8Array, start: number, end: number): number {
  if (start === end) return 0
  if (sameText(buf, start, end, 'close')) return connectionSays.close
  if (sameText(buf, start, end, 'keep-alive')) return connectionSays.keepAlive
  if (sameText(buf, start, end, 'upgrade')) return connectionSays.upgrade
  return neverNamed.some((name) => sameText(buf, start, end, name)) ? connectionSays.bad : connectionSays.named
}

/** Marks every field that a `Connection` field names as hop-by-hop (RFC 9110 §7.6.1). */
export function markNamed(buf: Buffer, fields: Fields): void {
  const names = new Set<string>()
  for (let i = 0; i < fields.count; i++) {
    if (fields.kind[i] !== fieldKind.connection) continue
    for (const name of buf.toString('latin1', fields.valueStart[i], fields.valueEnd[i]).split(',')) names.add(name.trim().toLowerCase())
  }
  for (let i = 0; i < fields.count; i++) {
    if (fields.kind[i] === fieldKind.upgrade) continue
    if (names.has(buf.toString('latin1', fields.start[i], fields.nameEnd[i]).toLowerCase())) fields.kind[i] = fieldKind.hop
  }
}

/** True when a comma list holds the token, in any case; `folded` is lower-case ASCII. */
export function listHolds(buf: Uint8Array, start: number, end: number, folded: string): boolean {
  for (let at = start; at + folded.length <= end; at++) {
    const before = at === start || isGap(byteAt(buf, at - 1))
    const after = at + folded.length === end || isGap(byteAt(buf, at + folded.length))
    if (before && after && foldedBytes[byteAt(buf, at)] === folded.charCodeAt(0) && sameText(buf, at, at + folded.length, folded))
      return true
  }
  return false
}

const isGap = (byte: number): boolean => byte === COMMA || byte === SP || byte === TAB || byte === 0x2f

function skipBlanks(buf: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && (buf[at] === SP || buf[at] === TAB)) at++
  return at
}

function trimEnd(buf: Uint8Array, start: number, from: number): number {
  let end = from
  while (end > start && (buf[end - 1] === SP || buf[end - 1] === TAB)) end--
  return end
}
