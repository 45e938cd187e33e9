import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireEvent } from '../../src/http/api/progress-events.ts'
import { createLog } from '../../src/lib/log.ts'

/** What a terminal would obey, and what would turn or break a line. */
const orders = ['\u001b[2J', '\u009b31m', '\u0007', '\r', '\n', '\u202e', '\u2066', '\u2028', '\u200b', 'a\u0000b']

test('nothing that somebody sends gives orders to the terminal that shows the log, or makes a line of its own', () => {
  for (const order of orders) {
    const lines: string[] = []
    const log = createLog({ level: 'info', format: 'pretty', process: 'hub', write: (line) => lines.push(line) })
    log.info('page.policy_broken', { report: `x${order}y`, error: new Error(order), list: [order], [`key${order}`]: 1 })
    // Only the colour of the level is an order, and it is ours.
    const text = lines.join('').replace('\u001b[36m', '').replace('\u001b[0m', '')
    assert.match(text, /^[^\p{C}\p{Zl}\p{Zp}]*\n$/u)
    assert.equal(lines.length, 1)
  }
})

test('what a step of a start brings along never passes for the end of it, or for markup', () => {
  const data = { ready: true, failed: true, url: 'https://evil.example/', html_message: '<img>', layers: 3 }
  const event = { id: 1, phase: 'pulling', progress: 40, message: 'pulling', at: '2026-01-02T00:00:00.000Z', data } as const
  const seen = wireEvent(event, '/user/alice/')
  assert.deepEqual(
    [seen['ready'], seen['failed'], seen['url'], seen['html_message'], seen['layers']],
    [undefined, undefined, undefined, undefined, 3],
  )
})
