// `npm test`: prepares the machine, then runs all checks and all tests. Started by scripts/bootstrap.mjs.
import { chdir } from 'node:process'
import { parseArgs } from 'node:util'
import { checks } from './checks.ts'
import { prepareMachine } from './testing/prepare-machine.ts'
import { runChecks, runGroups, showTrouble } from './testing/run-tests.ts'
import { lastLine, newTally } from './testing/summary.ts'
import { testGroups } from './testing/test-groups.ts'

const usage = `Usage: npm test -- [--only PATTERN] [--limit SECONDS]
  --only PATTERN    run only the test files whose path matches the regular expression, and no other checks
  --limit SECONDS   time that one test file may take (300)`

const { values } = parseArgs({
  options: { only: { type: 'string' }, limit: { type: 'string', default: '300' }, help: { type: 'boolean' } },
})
if (values.help === true) {
  console.log(usage)
  process.exit(0)
}

chdir(`${import.meta.dirname}/..`)
const only = values.only ?? null
const report = { tally: newTally(), strict: process.env['CI'] === 'true', say: (line: string) => console.log(line) }
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

for (const line of prepareMachine(report.say)) report.say(line)
if (only === null) runChecks(checks, report)
await runGroups(testGroups(only, Number(values.limit)), report)
showTrouble(report)
if (report.tally.passed + report.tally.failed + report.tally.skipped === 0) report.say('No test was found.')
report.say(lastLine(report.tally))
process.exitCode = report.tally.failed > 0 || report.tally.passed === 0 ? 1 : 0
