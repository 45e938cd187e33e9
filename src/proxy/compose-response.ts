import { fieldKind } from './field-kind.ts'
import type { Fields } from './field-lines.ts'
import { ownPathOf, reachesBeyond } from './own-path.ts'
import type { ResponseHead } from './response-head.ts'
import type { Client } from './state.ts'

const version = Buffer.from('HTTP/1.1')
const closeLines = Buffer.from('Connection: close\r\n\r\n')
const upgradeLines = Buffer.from('Connection: Upgrade\r\n\r\n')
const endLines = Buffer.from('\r\n')
const redirectStatus = new Set([201, 301, 302, 307, 308])
const keepAliveLines = new Map<number, Buffer>()

/** Tells a client that its connection stays, and for how long. */
function keepAliveBytes(timeoutMs: number): Buffer {
  const known = keepAliveLines.get(timeoutMs)
  if (known !== undefined) return known
  const made = Buffer.from(`Connection: keep-alive\r\nKeep-Alive: timeout=${Math.max(1, Math.floor(timeoutMs / 1000))}\r\n\r\n`)
  keepAliveLines.set(timeoutMs, made)
  return made
}

/** Gathers the head for the client. `plainBody`: the body goes on without its chunk sizes. */
export function composeResponse(client: Client, buf: Buffer, head: ResponseHead, plainBody: boolean): void {
  const { gather, limits } = client.plane
  const { fields, status } = head
  gather.bytes(version, 0, version.length)
  const rewrites = redirectStatus.has(status) && (client.plane.forwarding.autoRewrite || client.plane.forwarding.protocolRewrite !== null)
  const ownPath = ownPathOf(client)
  let run = version.length
  for (let i = 0; i < fields.count; i++) {
    const kind = fields.kind[i] ?? 0
    if (kind === fieldKind.plain) continue
    const goesTooFar = ownPath !== null && kind >= fieldKind.setCookie && reachesBeyond(kind, valueOf(buf, fields, i), ownPath, client.url)
    if (!goesTooFar && !drops(kind, status, plainBody, rewrites)) continue
    const lineStart = fields.start[i] ?? 0
    if (lineStart > run) gather.bytes(buf, run, lineStart)
    run = fields.start[i + 1] ?? 0
    if (kind === fieldKind.location) gather.text(`Location: ${rewritten(client, valueOf(buf, fields, i))}\r\n`)
    if (kind === fieldKind.workerScope && ownPath !== null)
      gather.text(`Service-Worker-Allowed: ${encodeURI(ownPath).replace(/[?#]/g, encodeURIComponent)}/\r\n`)
  }
  if (fields.end > run) gather.bytes(buf, run, fields.end)
  const last =
    status === 101 ? upgradeLines : status < 200 ? endLines : client.keepAlive ? keepAliveBytes(limits.keepAliveTimeoutMs) : closeLines
  gather.bytes(last, 0, last.length)
}

const valueOf = (buf: Buffer, fields: Fields, index: number): string =>
  buf.toString('latin1', fields.valueStart[index], fields.valueEnd[index])

function drops(kind: number, status: number, plainBody: boolean, rewrites: boolean): boolean {
  switch (kind) {
    case fieldKind.connection:
    case fieldKind.hop:
      return true
    case fieldKind.upgrade:
      return status !== 101
    case fieldKind.contentLength:
      return status === 204 || status < 200
    case fieldKind.transferEncoding:
      return plainBody || status === 204 || status < 200
    case fieldKind.trailer:
      return plainBody
    case fieldKind.location:
      return rewrites
    default:
      return false
  }
}

/** Only an absolute redirect to the target itself is rewritten. */
function rewritten(client: Client, location: string): string {
  const { autoRewrite, protocolRewrite } = client.plane.forwarding
  const target = client.route?.target
  const match = /^(https?):\/\/([^/?#]+)(.*)$/i.exec(location)
  if (target === undefined || target === null || match === null || match[2]?.toLowerCase() !== target.authority.toLowerCase())
    return location
  const host = autoRewrite && client.hostText !== '' ? client.hostText : match[2]
  return `${protocolRewrite ?? match[1]}://${host}${match[3] ?? ''}`
}
