import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesSchema, parseBytes, parseCpu, parseSeconds, secondsSchema } from './units.ts'

describe('units', () => {
  const seconds: readonly (readonly [number | string, number | null])[] = [
    [300, 300],
    ['300', 300],
    ['5m', 300],
    ['1.5h', 5400],
    ['250ms', 0.25],
    ['14d', 1_209_600],
    [' 2 min ', 120],
    ['0', 0],
    [-1, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ['', null],
    ['-5s', null],
    ['5 parsecs', null],
    ['1e9', null],
    ['0x10', null],
    ['5m5', null],
    ['constructor', null],
  ]
  for (const [value, expected] of seconds)
    it(`reads ${JSON.stringify(value)} as ${expected} seconds`, () => assert.equal(parseSeconds(value), expected))

  const bytes: readonly (readonly [number | string, number | null])[] = [
    [1024, 1024],
    ['1K', 1024],
    ['512M', 536_870_912],
    ['2G', 2_147_483_648],
    ['2GiB', 2_147_483_648],
    ['2gb', 2_147_483_648],
    ['1.5G', 1_610_612_736],
    ['100b', 100],
    ['100', 100],
    ['2Q', null],
    ['', null],
    ['-1', null],
  ]
  for (const [value, expected] of bytes)
    it(`reads ${JSON.stringify(value)} as ${expected} bytes`, () => assert.equal(parseBytes(value), expected))

  it('reads cores and thousandths of cores', () => {
    assert.deepEqual([parseCpu(2), parseCpu('0.5'), parseCpu('500m'), parseCpu('x')], [2, 0.5, 0.5, null])
  })

  it('says in an option what was expected', () => {
    const parsed = secondsSchema.safeParse('soon')
    assert.match(parsed.error?.issues[0]?.message ?? '', /5m/)
    assert.equal(bytesSchema.parse('1K'), 1024)
  })
})
