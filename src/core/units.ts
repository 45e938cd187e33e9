import { z } from 'zod'

const secondsPer: ReadonlyMap<string, number> = new Map([
  ['ms', 0.001],
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['min', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
])

const bytesPer: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 2 ** 10],
  ['m', 2 ** 20],
  ['g', 2 ** 30],
  ['t', 2 ** 40],
  ['p', 2 ** 50],
])

const cpusPer: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['m', 0.001],
])

function parseWithUnit(text: string, units: ReadonlyMap<string, number>): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)$/.exec(text.trim().toLowerCase())
  const factor = units.get(match?.[2] ?? '-')
  return match === null || factor === undefined ? null : Number(match[1]) * factor
}

const finite = (value: number): number | null => (Number.isFinite(value) && value >= 0 ? value : null)

/** Seconds of `300`, `'300'`, `'5m'`, `'1.5h'`. Units are ms, s, m, min, h, d, w; none means seconds. Null when not understood. */
export function parseSeconds(value: number | string): number | null {
  return typeof value === 'number' ? finite(value) : parseWithUnit(value, secondsPer)
}

/** Whole bytes of `1073741824`, `'512M'`, `'2G'`, `'2GiB'`. K, M, G, T, P are powers of 1024. Null when not understood. */
export function parseBytes(value: number | string): number | null {
  const parsed = typeof value === 'number' ? finite(value) : parseWithUnit(value.trim().replace(/(?<=[kmgtp])i?b$/i, ''), bytesPer)
  return parsed === null ? null : Math.round(parsed)
}

/** Processor cores of `2`, `'0.5'`, `'500m'` (thousandths). Null when not understood. */
export function parseCpu(value: number | string): number | null {
  return typeof value === 'number' ? finite(value) : parseWithUnit(value, cpusPer)
}

const sizeUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes as people say them, the steps being 1024 as in the options: `512 MB`, `6.1 GB`. */
export function formatSize(bytes: number): string {
  const step = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), sizeUnits.length - 1)
  const shown = bytes / 1024 ** step
  return `${Number(shown.toFixed(shown < 100 && step > 0 ? 1 : 0))} ${sizeUnits[step]}`
}

function unitSchema(parse: (value: number | string) => number | null, expected: string): z.ZodType<number, number | string> {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const parsed = parse(value)
    if (parsed !== null) return parsed
    context.addIssue({ code: 'custom', message: `expected ${expected}` })
    return z.NEVER
  })
}

/** Option schema of a time span, in seconds. */
export const secondsSchema = unitSchema(parseSeconds, "a number of seconds, or a text such as '90s', '5m', '2h', '14d'")
/** Option schema of a size, in bytes. */
export const bytesSchema = unitSchema(parseBytes, "a number of bytes, or a text such as '512M', '2G'")
/** Option schema of a share of processors, in cores. */
export const cpuSchema = unitSchema(parseCpu, "a number of cores, or a text such as '0.5', '500m'")
