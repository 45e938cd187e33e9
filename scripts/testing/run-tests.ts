import { type Check, runCheck } from '../checks.ts'
import { type FileResult, runTestFile } from './run-test-file.ts'
import { addFile, addUnsteady, lineOf, type Tally } from './summary.ts'
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
        report.say(addFile(report.tally, await runAtMostTwice(file, group, report), report.strict))
      }
    }
    await Promise.all(Array.from({ length: group.width }, work))
  }
}

/**
 * A failed file runs a second time where the group says so: whole walks wait for other programs on a machine that may be busy.
 * What failed at first is shown at the end, whatever the second run says.
 */
async function runAtMostTwice(file: string, group: TestGroup, { tally, say }: Report): Promise<FileResult> {
  const result = await runTestFile(file, group.limitSeconds)
  if (!group.secondRun || result.rows.every((row) => row.kind !== 'failed')) return result
  say(addUnsteady(tally, result))
  return runTestFile(file, group.limitSeconds)
}

/** Shows what was skipped and what failed. */
export function showTrouble({ tally, say }: Report): void {
  if (tally.skips.length > 0) say(`\nskipped:\n${tally.skips.map((line) => `  ${line}`).join('\n')}`)
  if (tally.unsteady.length > 0) say(`\nfailed in a first run, which was repeated:\n\n${tally.unsteady.join('\n\n')}`)
  if (tally.failures.length > 0) say(`\nfailed:\n\n${tally.failures.join('\n\n')}`)
  say('')
}
