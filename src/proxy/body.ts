import { CR, LF, byteAt, valueBytes } from './bytes.ts'
import { fieldKind } from './field-kind.ts'
import { createFields, scanFields } from './field-lines.ts'

/** How the end of a body is found. */
export const framing = { none: 0, length: 1, chunked: 2, untilClose: 3 } as const

/** Where a chunked body stands between two reads. */
const step = { size: 0, sizeEnd: 1, extension: 2, data: 3, dataCr: 4, dataLf: 5, trailer: 6 } as const

/** Largest chunk extension of one chunk and largest trailer section. */
const maxExtensionBytes = 1024
const maxTrailerBytes = 8192
/** 2^48 - 1: more hexadecimal digits are refused before the number can lose precision. */
const maxSizeDigits = 12

/** One body on its way. The owner makes one for each direction of a connection and calls `beginBody` for each message. */
export type Body = {
  kind: number
  done: boolean
  /** Bytes that are still to come: of the body (`length`) or of the current chunk. */
  remaining: number
  step: number
  /** Digits of the size, or bytes of the extension, seen so far. */
  seen: number
  trailer: Buffer | null
  /** Trailer fields may go on to the receiver. Otherwise they are read and left out. */
  readonly keepsTrailer: boolean
  /** Only the data goes on, without chunk sizes: for a receiver that speaks HTTP/1.0. */
  unwrap: boolean
}

/** A body that is done; `beginBody` starts one. */
export const createBody = (keepsTrailer: boolean): Body => ({
  kind: framing.none,
  done: true,
  remaining: 0,
  step: step.size,
  seen: 0,
  trailer: null,
  keepsTrailer,
  unwrap: false,
})

/** Starts a new body. `length` matters for `framing.length` only. */
export function beginBody(body: Body, kind: number, length: number): void {
  body.kind = kind
  body.remaining = kind === framing.length ? length : 0
  body.done = kind === framing.none || (kind === framing.length && length === 0)
  body.step = step.size
  body.seen = 0
  body.trailer = null
  body.unwrap = false
}

/** Takes the ranges of a buffer that go on to the receiver. */
export type Sink = (buf: Buffer, start: number, end: number) => void

/**
 * Reads the body's part of `[from, end)`, gives what goes on to `sink` and answers the offset behind it; less than `end` only when the body
 * is done. -1 when the framing is broken: nothing of the message can be trusted from there on.
 */
export function takeBody(body: Body, buf: Buffer, from: number, end: number, sink: Sink): number {
  if (body.done) return from
  if (body.kind === framing.chunked) return takeChunked(body, buf, from, end, sink)
  if (body.kind === framing.untilClose) {
    sink(buf, from, end)
    return end
  }
  const upTo = Math.min(end, from + body.remaining)
  body.remaining -= upTo - from
  body.done = body.remaining === 0
  if (upTo > from) sink(buf, from, upTo)
  return upTo
}

/** Runs of bytes that go on are joined, so that a plain chunked stream passes as it came (RFC 9112 §7.1). */
function takeChunked(body: Body, buf: Buffer, from: number, end: number, sink: Sink): number {
  let at = from
  let run = from
  while (at < end && !body.done) {
    if (body.step === step.data) {
      at = takeData(body, buf, at, end, sink)
    } else if (body.step === step.trailer) {
      if (!endsHere(body, buf, at, end)) {
        pass(body, buf, run, at, sink)
        return takeTrailer(body, buf, at, end, sink)
      }
      at += 2
    } else {
      if (!advance(body, byteAt(buf, at))) return -1
      at++
      if (body.step === step.extension) {
        pass(body, buf, run, at - 1, sink)
        run = at
      }
    }
  }
  pass(body, buf, run, at, sink)
  return at
}

function pass(body: Body, buf: Buffer, start: number, end: number, sink: Sink): void {
  if (!body.unwrap && end > start) sink(buf, start, end)
}

function takeData(body: Body, buf: Buffer, from: number, end: number, sink: Sink): number {
  const upTo = Math.min(end, from + body.remaining)
  if (body.unwrap) sink(buf, from, upTo)
  body.remaining -= upTo - from
  if (body.remaining === 0) body.step = step.dataCr
  return upTo
}

/** The usual end: no trailer fields, and the empty line lies in this buffer. */
function endsHere(body: Body, buf: Buffer, at: number, end: number): boolean {
  body.done = body.trailer === null && at + 2 <= end && buf[at] === CR && buf[at + 1] === LF
  return body.done
}

/** One byte outside the data; false when it does not belong there. */
function advance(body: Body, byte: number): boolean {
  switch (body.step) {
    case step.size:
      return advanceSize(body, byte)
    case step.extension:
      return advanceExtension(body, byte)
    case step.sizeEnd:
      body.step = body.remaining === 0 ? step.trailer : step.data
      body.seen = 0
      return byte === LF
    case step.dataCr:
      body.step = step.dataLf
      return byte === CR
    case step.dataLf:
      body.step = step.size
      return byte === LF
    default:
      return false
  }
}

function advanceSize(body: Body, byte: number): boolean {
  const digit = hexDigit(byte)
  if (digit >= 0) {
    body.remaining = body.remaining * 16 + digit
    return ++body.seen <= maxSizeDigits
  }
  if (body.seen === 0) return false
  body.seen = 0
  body.step = byte === CR ? step.sizeEnd : step.extension
  return byte === CR || byte === 0x3b
}

/** Extensions are read and left out; they start with `;`, so that blanks before it are refused. */
function advanceExtension(body: Body, byte: number): boolean {
  if (byte === CR) {
    body.step = step.sizeEnd
    return true
  }
  return valueBytes[byte] === 1 && ++body.seen <= maxExtensionBytes
}

const hexDigit = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

const fields = createFields()

/** The lines behind the last chunk, gathered until the empty line is there. Framing and routing fields among them break the message. */
function takeTrailer(body: Body, buf: Buffer, from: number, end: number, sink: Sink): number {
  const part = buf.subarray(from, end)
  const held = body.trailer === null ? part : Buffer.concat([body.trailer, part])
  const already = held.length - part.length
  const after = scanFields(held, 0, held.length, fields)
  if (after < 0 || (after === 0 && held.length > maxTrailerBytes)) return -1
  if (after === 0) {
    body.trailer = Buffer.from(held)
    return end
  }
  for (let i = 0; i < fields.count; i++) {
    const kind = fields.kind[i] ?? 0
    if (kind !== fieldKind.plain) return -1
  }
  body.done = true
  body.trailer = null
  if (!body.unwrap) sink(held, body.keepsTrailer ? 0 : after - 2, after)
  return from + after - already
}

/** Size line of one chunk, for data that is chunked by us. */
export const chunkSizeLine = (bytes: number): string => `${bytes.toString(16)}\r\n`
