import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createLog } from './log.ts'
import { parseLine } from './log-pretty.ts'
import type { LogFields } from './log.ts'

function logged(event: string, fields?: LogFields): Readonly<Record<string, unknown>> {
  const lines: string[] = []
  createLog({ level: 'debug', format: 'json', process: 'hub', write: (line) => lines.push(line) }).info(event, fields)
  assert.equal(lines.length, 1)
  return parseLine(lines[0] ?? '') ?? {}
}

test('a line has time, level, process, event and fields', () => {
  const line = logged('server.started', { user: 'alice', ms: 12 })
  assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual({ ...line, time: '' }, { level: 'info', time: '', process: 'hub', event: 'server.started', user: 'alice', ms: 12 })
})

test('secrets are hidden by name, at any depth, and inside texts', () => {
  const line = logged('x', {
    token: 'abc',
    apiToken: 'abc',
    headers: { Authorization: 'token abc', cookie: 'a=b', accept: '*/*' },
    url: 'http://h/oauth?code=SECRET1&state=SECRET2&next=/hub',
    code: 'Zk3SECRET4',
    list: [{ password: 'SECRET5' }],
    said: 'password=SECRET6x',
  })
  const text = JSON.stringify(line)
  assert.doesNotMatch(text, /SECRET|abc|a=b/)
  assert.match(text, /next=\/hub/)
  assert.match(text, /\*\/\*/)
})

test('error codes, ids and counts stay readable', () => {
  const line = logged('x', { code: 'server_exited_early', tokenId: 7, errno: { code: 'ECONNREFUSED' } })
  assert.equal(line['code'], 'server_exited_early')
  assert.equal(line['tokenId'], 7)
  assert.deepEqual(line['errno'], { code: 'ECONNREFUSED' })
})

test('an error is written with message, stack and cause, without its secrets', () => {
  const line = logged('x', { error: new Error('no token=SECRETSECRET', { cause: new Error('deeper') }) })
  const error: unknown = line['error']
  assert.ok(typeof error === 'object' && error !== null && 'message' in error && 'stack' in error && 'cause' in error)
  assert.equal(error.message, 'no token=[hidden]')
  assert.doesNotMatch(String(error.stack), /SECRETSECRET/)
  assert.match(JSON.stringify(error.cause), /deeper/)
})

test('cycles are cut and a field cannot take the place of the event', () => {
  const self: Record<string, unknown> = {}
  self['self'] = self
  const line = logged('real', { event: 'other', self })
  assert.equal(line['event'], 'real')
  assert.equal(line['event_'], 'other')
  assert.match(JSON.stringify(line['self']), /…/)
})

test('a child adds its fields, and lines below the level are not written', () => {
  const lines: string[] = []
  const log = createLog({ level: 'warn', format: 'json', process: 'hub', write: (line) => lines.push(line) }).child({ server: 3 })
  log.info('quiet')
  log.warn('loud')
  assert.equal(lines.length, 1)
  assert.equal(parseLine(lines[0] ?? '')?.['server'], 3)
})

test('pretty lines are single and name time, level, process, event and fields', () => {
  const lines: string[] = []
  createLog({ level: 'info', format: 'pretty', process: 'hub', write: (line) => lines.push(line) }).error('server.died', {
    user: 'alice',
    error: new Error('out of\nluck'),
  })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d .*error.* hub {3}server\.died user=alice error="out of\\nluck"\n$/)
})
