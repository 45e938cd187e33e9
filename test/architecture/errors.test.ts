import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '../../src/core/errors.ts'
import { readSources } from './sources.ts'

const sources = readSources().filter((source) => !source.isTest && source.path !== 'src/core/errors.ts')

test('every error code can happen', () => {
  const text = sources.map((source) => source.text).join('\n')
  assert.deepEqual(
    Object.keys(errorCodes).filter((code) => !text.includes(`'${code}'`)),
    [],
  )
})

test('every error has one sentence, and a status that fits', () => {
  for (const [code, row] of Object.entries(errorCodes)) {
    assert.ok(row.title.length > 0, code)
    assert.ok(row.status >= 400 && row.status < 600, code)
  }
})
