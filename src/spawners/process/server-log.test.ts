import assert from 'node:assert/strict'
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { olderOf, tailLog, trimLog } from './server-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'orrery-log-'))
after(() => rmSync(folder, { recursive: true }))
let logs = 0
const newLog = (text: string): string => {
  const path = join(folder, `${(logs += 1)}.log`)
  writeFileSync(path, text)
  return path
}

test('no log has no lines', () => {
  assert.deepEqual(tailLog(join(folder, 'none'), 10), [])
  assert.deepEqual(tailLog(newLog(''), 10), [])
})

test('the last lines come oldest first, with or without a line end', () => {
  assert.deepEqual(tailLog(newLog('one\ntwo\r\nthree\n'), 2), ['two', 'three'])
  assert.deepEqual(tailLog(newLog('one\ntwo'), 5), ['one', 'two'])
  assert.deepEqual(tailLog(newLog('one\n'), 0), [])
})

test('colours, titles, control characters and turned text are taken out, progress bars show their last state', () => {
  const path = newLog('\u001b[31mred\u001b[0m\n\u001b]0;title\u0007after\n10%\r50%\r100%\r\na\u0000b\u202ec\td\n')
  assert.deepEqual(tailLog(path, 10), ['red', 'after', '100%', 'abc\td'])
})

test('a line without end is cut', () => {
  const [line = ''] = tailLog(newLog('x'.repeat(100_000)), 1)
  assert.equal(line.length, 4001)
})

test('bytes that are no UTF-8 do no harm', () => {
  const path = newLog('')
  appendFileSync(path, Buffer.from([0xff, 0xfe, 0x41, 0x0a]))
  assert.match(tailLog(path, 1)[0] ?? '', /A$/)
})

test('a short log is left alone', () => {
  const path = newLog('short\n')
  trimLog(path)
  assert.throws(() => statSync(olderOf(path)), { code: 'ENOENT' })
})

test('a long log is cut while somebody writes to it, and its last 2000 lines stay readable across the cut', () => {
  const path = newLog('')
  const writer = openSync(path, 'a')
  for (let index = 0; index < 3; index += 1) {
    writeSync(writer, Array.from({ length: 30_000 }, (_, line) => `${index} ${line} ${'x'.repeat(30)}\n`).join(''))
    trimLog(path)
    assert.equal(statSync(path).size, 0)
    assert.ok(statSync(olderOf(path)).size <= 524_288)
    writeSync(writer, `after cut ${index}\n`)
    const lines = tailLog(path, 10_000)
    assert.equal(lines.length, 2000)
    assert.deepEqual([lines.at(-1), lines.at(-2)?.split(' ').slice(0, 2)], [`after cut ${index}`, [`${index}`, '29999']])
  }
  closeSync(writer)
  assert.equal(statSync(olderOf(path)).mode & 0o777, 0o600)
})
