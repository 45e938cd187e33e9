import { byteAt } from './bytes.ts'
import { fieldKind } from './field-kind.ts'
import type { Fields } from './field-lines.ts'
import { appendForwarded } from './forwarded.ts'
import type { RequestHead } from './request-head.ts'
import type { Client } from './state.ts'
import { joinPaths } from './target.ts'
import type { Target } from './target.ts'

const CRLF = Buffer.from('\r\n')
const upgradeLine = Buffer.from('Connection: Upgrade\r\n')

/**
 * Gathers the head for the upstream: runs of unchanged lines are copied as they came, dropped lines are left out, our own lines follow.
 * `rawPath` is the client's path without query, `prefixLength` what the route covers of it.
 */
export function composeRequest(
  client: Client,
  buf: Buffer,
  head: RequestHead,
  target: Target,
  rawPath: string,
  prefixLength: number,
): void {
  const { gather, forwarding, customLines, hub } = client.plane
  const { fields } = head
  const ownLine = head.minor === 0 || byteAt(buf, head.targetStart - 1) !== 0x20 || changesTarget(client, target, prefixLength)
  if (ownLine) gather.text(requestLine(client, buf, head, target, rawPath, prefixLength))
  let run = ownLine ? head.fieldsStart : head.start
  for (let i = 0; i < fields.count; i++) {
    if (!drops(client, buf, head, i)) continue
    const lineStart = fields.start[i] ?? 0
    if (lineStart > run) gather.bytes(buf, run, lineStart)
    run = fields.start[i + 1] ?? 0
  }
  if (fields.end > run) gather.bytes(buf, run, fields.end)
  if (forwarding.changeOrigin || head.host === -1) gather.text(`Host: ${target.authority}\r\n`)
  if (head.upgrade) gather.bytes(upgradeLine, 0, upgradeLine.length)
  if (forwarding.xForward) appendForwarded(client, buf, head)
  if (customLines.length > 0) gather.bytes(customLines, 0, customLines.length)
  if (hub !== null && hub.key === target.key) gather.bytes(hub.line, 0, hub.line.length)
  gather.bytes(CRLF, 0, 2)
}

function changesTarget(client: Client, target: Target, prefixLength: number): boolean {
  const { prependPath, includePrefix } = client.plane.forwarding
  return (prependPath && target.path !== '') || target.query !== '' || (!includePrefix && prefixLength > 0)
}

function requestLine(client: Client, buf: Buffer, head: RequestHead, target: Target, rawPath: string, prefixLength: number): string {
  const { prependPath, includePrefix } = client.plane.forwarding
  const method = buf.toString('latin1', head.start, head.methodEnd)
  const rest = includePrefix ? rawPath : rawPath.slice(prefixLength) || '/'
  const path = prependPath && target.path !== '' ? joinPaths(target.path, rest) : rest
  const query = buf.toString('latin1', head.targetStart + rawPath.length + 1, head.targetEnd)
  const queries = [target.query, query].filter((part) => part !== '').join('&')
  return `${method} ${path}${queries === '' ? '' : `?${queries}`} HTTP/1.1\r\n`
}

function drops(client: Client, buf: Buffer, head: RequestHead, index: number): boolean {
  const { fields } = head
  const { forwarding, customNames } = client.plane
  if (customNames.size > 0 && customNames.has(nameOf(buf, fields, index))) return true
  switch (fields.kind[index] ?? 0) {
    case fieldKind.plain:
      return false
    case fieldKind.connection:
    case fieldKind.hop:
    case fieldKind.trailer:
    case fieldKind.hubProof:
      return true
    case fieldKind.host:
      return forwarding.changeOrigin
    case fieldKind.upgrade:
      return !head.upgrade
    case fieldKind.clientClaim:
      return !client.trusted
    case fieldKind.forwardedHost:
      return !client.trusted
    case fieldKind.forwardedFor:
    case fieldKind.forwardedPort:
    case fieldKind.forwardedProto:
      return forwarding.xForward || !client.trusted
    default:
      return false
  }
}

const nameOf = (buf: Buffer, fields: Fields, index: number): string =>
  buf.toString('latin1', fields.start[index], fields.nameEnd[index]).toLowerCase()
