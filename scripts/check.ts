// `npm run check`: types, lint, format, generated files, architecture and unit tests. Started by scripts/bootstrap.mjs.
import { chdir } from 'node:process'
import { checks } from './checks.ts'
import { runChecks, runGroups, showTrouble } from './testing/run-tests.ts'
import { lastLine, newTally } from './testing/summary.ts'
import { testGroups } from './testing/test-groups.ts'

chdir(`${import.meta.dirname}/..`)
const report = { tally: newTally(), strict: false, say: (line: string) => console.log(line) }
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

runChecks(checks, report)
await runGroups(testGroups('^src/|^scripts/|^test/architecture', 60), report)
showTrouble(report)
report.say(lastLine(report.tally))
process.exitCode = report.tally.failed > 0 ? 1 : 0
