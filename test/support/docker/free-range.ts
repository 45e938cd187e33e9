import { readFileSync } from 'node:fs'

/** Networks of an engine: `10.N.0.0/16`. */
export type Range = {
  /** Address of this machine on the engine's own bridge, with the length of the prefix. */
  readonly bridge: string
  readonly gateway: string
  /** Where the engine takes further networks from. */
  readonly pool: string
}

const candidates = [213, 214, 215, 216, 217, 218, 219, 231, 232, 233, 234]

/** A private range that no route of this machine touches. Throws when every candidate is taken. */
export function freeRange(routes = readFileSync('/proc/net/route', 'utf8')): Range {
  const taken = parseRoutes(routes)
  const second = candidates.find((number) => !taken.some((route) => overlaps(route, number)))
  if (second === undefined) throw new Error('no private address range is free on this machine')
  return { bridge: `10.${second}.0.1/24`, gateway: `10.${second}.0.1`, pool: `10.${second}.128.0/17` }
}

type Route = { readonly network: number; readonly mask: number }

/** The kernel writes addresses as hexadecimal numbers in the byte order of the machine; the default route says nothing about who is where. */
function parseRoutes(text: string): readonly Route[] {
  const rows = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
  return rows
    .filter((row) => row.length > 7)
    .map((row) => ({ network: swap(row[1] ?? '0'), mask: swap(row[7] ?? '0') }))
    .filter((route) => route.mask !== 0)
}

const swap = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE()

function overlaps({ network, mask }: Route, second: number): boolean {
  const ours = ((10 << 24) | (second << 16)) >>> 0
  const common = (mask & 0xffff0000) >>> 0
  return (network & common) >>> 0 === (ours & common) >>> 0
}
