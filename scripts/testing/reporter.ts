import { inspect } from 'node:util'
import type { TestEvent } from 'node:test/reporters'
import type { TestRow } from './test-row.ts'

/**
 * Reporter for `node --test-reporter`: one JSON line for each test that ended, with its full name.
 * A suite appears only when it failed by itself (a hook), not when one of its tests did.
 */
export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = []
  for await (const event of source) {
    if (event.type === 'test:start') names[event.data.nesting] = event.data.name
    if (event.type === 'test:diagnostic' && !isCount(event.data.message)) yield line(noteOf(event.data.message))
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const row = rowOf(event, [...names.slice(0, event.data.nesting), event.data.name].join(' › '))
    if (row !== null) yield line(row)
  }
}

/** Lines like "pass 12" at the end of a file. */
const isCount = (message: string): boolean => /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message)

/** What a test says by `t.diagnostic`; or the runner, when something that a test left running has failed after the test had ended. */
function noteOf(message: string): TestRow {
  const isFailure = message.includes('asynchronous activity after the test ended')
  return { kind: isFailure ? 'failed' : 'note', name: '(after a test)', text: message }
}

const line = (row: TestRow): string => `${JSON.stringify(row)}\n`

function rowOf(event: Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>, name: string): TestRow | null {
  const { skip, todo, details } = event.data
  const isSuite = details.type === 'suite'
  const reason = skip ?? todo
  if (reason !== undefined && reason !== false) return { kind: 'skipped', name, text: typeof reason === 'string' ? reason : '' }
  if (event.type === 'test:pass') return isSuite ? null : { kind: 'passed', name, text: '' }
  const error = event.data.details.error
  if (isSuite && error.message.endsWith('failed') && /^\d+ subtests? failed$/.test(error.message)) return null
  return { kind: 'failed', name, text: inspect(error.cause ?? error, { depth: 6 }).replace(/^ +at .*\bnode:internal.*\n/gm, '') }
}
