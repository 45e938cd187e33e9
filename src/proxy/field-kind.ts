import { byteAt, foldedBytes } from './bytes.ts'
import { hubProofName } from './settings.ts'

/** What the data plane does with a field. `plain` fields are copied; all others are looked at by one of the passes. */
export const fieldKind = {
  plain: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  expect: 6,
  /** Hop-by-hop in any message: never forwarded. */
  hop: 7,
  /** Says who the client is; only a trusted proxy may send it. */
  clientClaim: 8,
  forwardedFor: 9,
  forwardedPort: 10,
  forwardedProto: 11,
  forwardedHost: 12,
  location: 13,
  trailer: 14,
  /** A framing field written with an underscore: refused. */
  disguised: 15,
  /** By which the hub knows this proxy; never taken from a client. */
  hubProof: 16,
  /** From here on: what only some responses may say (see own-path.ts). */
  setCookie: 17,
  workerScope: 18,
  /** Holds for a whole origin, or for the machine in front of this proxy, whatever path the response has. */
  originWide: 19,
} as const

const kinds: Readonly<Record<string, number>> = {
  host: fieldKind.host,
  'content-length': fieldKind.contentLength,
  'transfer-encoding': fieldKind.transferEncoding,
  connection: fieldKind.connection,
  upgrade: fieldKind.upgrade,
  expect: fieldKind.expect,
  'keep-alive': fieldKind.hop,
  'proxy-connection': fieldKind.hop,
  'proxy-authorization': fieldKind.hop,
  'http2-settings': fieldKind.hop,
  te: fieldKind.hop,
  proxy: fieldKind.hop,
  forwarded: fieldKind.clientClaim,
  'x-real-ip': fieldKind.clientClaim,
  'x-scheme': fieldKind.clientClaim,
  'x-original-url': fieldKind.clientClaim,
  'x-original-uri': fieldKind.clientClaim,
  'x-original-host': fieldKind.clientClaim,
  'x-rewrite-url': fieldKind.clientClaim,
  'x-forwarded': fieldKind.clientClaim,
  'x-forwarded-by': fieldKind.clientClaim,
  'x-forwarded-server': fieldKind.clientClaim,
  'x-forwarded-scheme': fieldKind.clientClaim,
  'x-forwarded-ssl': fieldKind.clientClaim,
  'x-forwarded-prefix': fieldKind.clientClaim,
  'x-forwarded-uri': fieldKind.clientClaim,
  'x-forwarded-for': fieldKind.forwardedFor,
  'x-forwarded-port': fieldKind.forwardedPort,
  'x-forwarded-proto': fieldKind.forwardedProto,
  'x-forwarded-host': fieldKind.forwardedHost,
  location: fieldKind.location,
  trailer: fieldKind.trailer,
  [hubProofName]: fieldKind.hubProof,
  'set-cookie': fieldKind.setCookie,
  'service-worker-allowed': fieldKind.workerScope,
  'clear-site-data': fieldKind.originWide,
  'strict-transport-security': fieldKind.originWide,
  'alt-svc': fieldKind.originWide,
  nel: fieldKind.originWide,
  'report-to': fieldKind.originWide,
  'public-key-pins': fieldKind.originWide,
  'public-key-pins-report-only': fieldKind.originWide,
  'x-accel-redirect': fieldKind.originWide,
  'x-accel-expires': fieldKind.originWide,
  'x-sendfile': fieldKind.originWide,
}

type Entry = { readonly bytes: Uint8Array; readonly kind: number }

/** Names by length, so that most fields are told apart by one look-up. */
const byLength: readonly (readonly Entry[])[] = Array.from({ length: 28 }, (_, length) =>
  Object.entries(kinds)
    .filter(([name]) => name.length === length)
    .map(([name, kind]) => ({ bytes: Buffer.from(name), kind })),
)

const none: readonly Entry[] = []

/** The kind of a field name in any case, with underscores read as hyphens. */
export function fieldKindOf(buf: Uint8Array, start: number, end: number): number {
  const candidates = byLength[end - start] ?? none
  if (candidates.length === 0) return fieldKind.plain
  const first = foldedBytes[byteAt(buf, start)]
  const last = foldedBytes[byteAt(buf, end - 1)]
  for (const candidate of candidates) {
    if (candidate.bytes[0] !== first || candidate.bytes[end - start - 1] !== last) continue
    if (matches(buf, start, candidate.bytes)) return disguiseOf(buf, start, end, candidate.kind)
  }
  return fieldKind.plain
}

function matches(buf: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 1; i < name.length; i++) {
    if (foldedBytes[byteAt(buf, start + i)] !== name[i]) return false
  }
  return true
}

/** A name with an underscore in it is never the field itself: claims about the client go, framing is refused, the rest stays plain. */
function disguiseOf(buf: Uint8Array, start: number, end: number, kind: number): number {
  let plain = true
  for (let i = start; i < end; i++) plain &&= buf[i] !== 0x5f
  if (plain) return kind
  if (kind === fieldKind.contentLength || kind === fieldKind.transferEncoding) return fieldKind.disguised
  return kind >= fieldKind.clientClaim && kind <= fieldKind.forwardedHost ? fieldKind.clientClaim : fieldKind.plain
}
