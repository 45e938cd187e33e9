import { type Check, runCheck } from '../checks.ts'
import { runTestFile } from './run-test-file.ts'
import { addFile, lineOf, type Tally } from './summary.ts'
import type { TestGroup } from './test-groups.ts'

type Report = { readonly tally: Tally; readonly strict: boolean; readonly say: (line: string) => void }

/** Runs the checks one after the other; each counts as one test. */
export function runChecks(checks: readonly Check[], { tally, say }: Report): void {
  for (const check of checks) {
    const result = runCheck(check)
    say(lineOf(result.ok, result.name, '', result.seconds))
    if (result.ok) tally.passed += 1
    else {
      tally.failed += 1
      tally.failures.push(`✗ ${result.name}\n${result.output.trimEnd()}`)
    }
  }
}

/** Runs the files of the groups, group after group, so many at once as the group allows. */
export async function runGroups(groups: readonly TestGroup[], report: Report): Promise<void> {
  for (const group of groups) {
    report.say(`${group.name} (${group.files.length} files)`)
    const waiting = [...group.files]
    const work = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        report.say(addFile(report.tally, await runTestFile(file, group.limitSeconds), report.strict))
      }
    }
    await Promise.all(Array.from({ length: group.width }, work))
  }
}

/** Shows what was skipped and what failed. */
export function showTrouble({ tally, say }: Report): void {
  if (tally.skips.length > 0) say(`\nskipped:\n${tally.skips.map((line) => `  ${line}`).join('\n')}`)
  if (tally.failures.length > 0) say(`\nfailed:\n\n${tally.failures.join('\n\n')}`)
  say('')
}
