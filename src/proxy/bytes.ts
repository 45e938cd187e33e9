const tokenText = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

const table = (holds: (byte: number) => boolean): Uint8Array => Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0))

/** 1 for the characters of a token: methods and field names (RFC 9110 §5.6.2). */
export const tokenBytes = table((byte) => tokenText.includes(String.fromCharCode(byte)))

/** 1 for what a field value may hold: visible characters, space, tab, obs-text (RFC 9110 §5.5). */
export const valueBytes = table((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))

/** 1 for what a request target may hold: visible ASCII without `#` (a fragment never travels). */
export const targetBytes = table((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23)

/** 1 for what a Host value may hold (RFC 3986 §3.2.2): names, addresses, brackets, a port. */
export const hostBytes = table((byte) => /[A-Za-z0-9._~!$&'()*+,;=:[\]-]/.test(String.fromCharCode(byte)))

/** Lower case for ASCII letters; underscore becomes a hyphen, because servers behind CGI-like borders cannot tell them apart. */
export const foldedBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte === 0x5f ? 0x2d : byte,
)

/** The bytes that the grammar of heads and chunks turns on. */
export const CR = 0x0d
export const LF = 0x0a
export const SP = 0x20
export const TAB = 0x09
export const COLON = 0x3a

/** The byte at `at`, or 0 behind the end. */
export const byteAt = (buf: Uint8Array, at: number): number => buf[at] ?? 0

/** True when the bytes are `text` (lower-case ASCII) in any case. */
export function sameText(buf: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) {
    const byte = byteAt(buf, start + i)
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (lower !== text.charCodeAt(i)) return false
  }
  return true
}

/** A decimal number of 1 to 15 digits and nothing else, or -1. */
export function parseDecimal(buf: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 15) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = byteAt(buf, i) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
