import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { fieldKind } from './field-kind.ts'
import type { RequestHead } from './request-head.ts'
import type { Client } from './state.ts'

const empty = Buffer.alloc(0)

/** Appends the X-Forwarded lines of a request. What a trusted peer sent is kept in front, joined by a bare comma. */
export function appendForwarded(client: Client, buf: Buffer, head: RequestHead): void {
  const { gather } = client.plane
  if ((head.forwardedSeen && client.trusted) || head.upgrade) {
    gather.text(mergedLines(client, buf, head))
    return
  }
  const start = head.host === -1 ? 0 : (head.fields.valueStart[head.host] ?? 0)
  const end = head.host === -1 ? 0 : (head.fields.valueEnd[head.host] ?? 0)
  if (!sameBytes(client.forwardedHost, buf, start, end)) {
    client.forwardedHost = end === start ? empty : Buffer.from(buf.subarray(start, end))
    client.forwardedLines = Buffer.from(mergedLines(client, buf, head), 'latin1')
  }
  gather.bytes(client.forwardedLines, 0, client.forwardedLines.length)
}

function sameBytes(known: Buffer, buf: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start || known.length === 0) return false
  for (let i = 0; i < known.length; i++) {
    if (known[i] !== buf[start + i]) return false
  }
  return true
}

function mergedLines(client: Client, buf: Buffer, head: RequestHead): string {
  const host = head.host === -1 ? '' : buf.toString('latin1', head.fields.valueStart[head.host], head.fields.valueEnd[head.host])
  const scheme = head.upgrade ? (client.secure ? 'wss' : 'ws') : client.secure ? 'https' : 'http'
  const port = /:(\d+)$/.exec(host)?.[1] ?? (client.secure ? '443' : '80')
  const join = (kind: number, own: string): string => [...received(client, buf, head, kind), own].filter((part) => part !== '').join(',')
  const from = join(fieldKind.forwardedFor, client.address)
  const lines =
    (from === '' ? '' : `X-Forwarded-For: ${from}\r\n`) +
    `X-Forwarded-Port: ${join(fieldKind.forwardedPort, port)}\r\n` +
    `X-Forwarded-Proto: ${join(fieldKind.forwardedProto, scheme)}\r\n`
  const sentHost = received(client, buf, head, fieldKind.forwardedHost).length > 0
  return head.upgrade || sentHost || host === '' ? lines : `${lines}X-Forwarded-Host: ${host}\r\n`
}

function received(client: Client, buf: Buffer, head: RequestHead, kind: number): readonly string[] {
  if (!client.trusted || !head.forwardedSeen) return []
  const values: string[] = []
  for (let i = 0; i < head.fields.count; i++) {
    if (head.fields.kind[i] !== kind) continue
    const value = buf.toString('latin1', head.fields.valueStart[i], head.fields.valueEnd[i])
    if (value !== '') values.push(value)
  }
  return values
}

/**
 * Decides whose X-Forwarded-* is believed. `*` stands for everybody; a peer without address (unix socket) is believed.
 * Throws a RangeError that names an entry which is neither address nor CIDR range.
 */
export function createTrust(entries: readonly string[]): (address: string) => boolean {
  if (entries.includes('*')) return () => true
  const list = new BlockList()
  for (const entry of entries) addEntry(list, entry)
  return (address) => {
    if (address === '') return true
    const bare = address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address
    return list.check(bare, isIPv4(bare) ? 'ipv4' : 'ipv6')
  }
}

function addEntry(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/')
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null
  const most = family === 'ipv4' ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  if (family === null || !Number.isInteger(length) || length < 0 || length > most)
    throw new RangeError(`not an address or CIDR range: ${entry}`)
  list.addSubnet(address, length, family)
}
