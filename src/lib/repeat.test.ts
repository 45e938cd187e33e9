import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './clock.ts'
import { silentLog } from './log.ts'
import { repeat } from './repeat.ts'

test('work that fails is done again; a row of failures is one line in the log, and its end another', async () => {
  const ending = new AbortController()
  const lines: string[] = []
  const note = (event: string): void => void lines.push(event)
  const log = { ...silentLog, info: note, warn: note }
  let round = 0
  const work = (): Promise<void> => {
    round += 1
    if (round === 5) ending.abort()
    return round === 2 || round === 3 ? Promise.reject(new Error('away')) : Promise.resolve()
  }
  await repeat({ clock: systemClock, log }, { name: 'proxy', pauseMs: 1, work }, ending.signal)
  assert.deepEqual([round, ...lines], [5, 'proxy.failed', 'proxy.recovered'])
})
